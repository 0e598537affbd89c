import pytest

from tests.unit.console.samples import ID, actor
from tidegate.console.shown.emptiness import FOR_ATTENTION, IN_STATE, of_list
from tidegate.console.shown.filters import ListQuery
from tidegate.domain.actor import Role
from tidegate.domain.lifecycle import Attention, State

GRACE = actor(Role.POWER_USER)


def test_every_empty_tab_has_words_of_its_own() -> None:
    assert (set(FOR_ATTENTION), set(IN_STATE)) == (set(Attention), set(State))
    assert of_list(ListQuery(attention=Attention.UNRESOLVED), GRACE).title == "Nothing needs attention"


@pytest.mark.parametrize("query", [ListQuery(attention=Attention.UNRESOLVED, text="abc"), ListQuery(before=ID)])
def test_behind_filters_the_way_on_is_to_clear_them(query: ListQuery) -> None:
    assert of_list(query, GRACE).url == query.cleared


def test_where_nothing_was_ever_ingested_the_way_on_is_to_submit() -> None:
    assert of_list(ListQuery(), GRACE).url == "/ingestion/new"
    assert of_list(ListQuery(), actor(Role.VIEWER)).url == ""
