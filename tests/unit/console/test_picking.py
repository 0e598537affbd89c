import pytest

from tests.unit.console.samples import ID, actor, counts
from tidegate.console.shown.filters import ListQuery
from tidegate.console.shown.picking import picking
from tidegate.domain.actor import Role
from tidegate.domain.lifecycle import Attention, State
from tidegate.ledger.views import Count, Counts

GRACE = actor(Role.POWER_USER)


@pytest.mark.parametrize(
    ("query", "jobs", "failed"),
    [
        (ListQuery(), 15, 5),
        (ListQuery(state=State.FAILED), 5, 5),
        (ListQuery(state=State.QUEUED), 1, 0),
        (ListQuery(attention=Attention.UNRESOLVED), 3, 3),
        (ListQuery(attention=Attention.ACKNOWLEDGED), 2, 2),
        (ListQuery(attention=Attention.RECOVERED), 4, 0),
    ],
)
def test_the_bar_counts_what_its_list_has_and_how_many_of_it_failed(query: ListQuery, jobs: int, failed: int) -> None:
    bar = picking(query, counts(), GRACE)
    assert (bar.n, bar.failed) == (jobs, failed)


def test_an_act_on_all_that_match_goes_by_the_filters_alone() -> None:
    bar = picking(ListQuery(attention=Attention.UNRESOLVED, source="upload", before=ID), counts(), GRACE)
    assert bar.fields == {"attention": "unresolved", "source": "upload"}
    assert (bar.all_of_them, bar.jobs) == ("Select all 3 matching", "3 jobs, newest first")


def test_counting_that_stopped_is_said() -> None:
    bar = picking(ListQuery(), counts(more=True), GRACE)
    assert (bar.all_of_them, bar.jobs) == ("Select all 15+ matching", "15+ jobs, newest first")


def test_where_counting_stopped_before_it_found_one_there_may_be_some() -> None:
    none = Counts(states=dict.fromkeys(State, Count(n=0, more=True)), attention=dict.fromkeys(Attention, Count(n=0, more=True)))
    bar = picking(ListQuery(text="abc", state=State.FAILED), none, GRACE)
    assert (bar.n, bar.failed, bar.count) == (1, 1, "0+")


def test_a_viewer_is_told_which_role_the_acts_need() -> None:
    bar = picking(ListQuery(), counts(), actor(Role.VIEWER))
    assert not bar.retry.yes
    assert bar.retry.why_not == bar.acknowledge.why_not == "This needs the role power user; yours is viewer."
