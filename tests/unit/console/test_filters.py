from uuid import UUID

import pytest

from tests.unit.console.samples import ID
from tidegate.console.shown.filters import ListQuery, Submitted, read_query
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import Attention, State
from tidegate.operations.causes import Window


def test_an_address_is_read_and_written_alike() -> None:
    given = {
        "attention": "unresolved", "pipeline": "documents", "source": "upload", "batch": str(ID),
        "submitter": "grace", "failure": "document_corrupt", "step": "extract", "q": "annual report", "submitted": "7d",
        "failed": "24h",
    }  # fmt: skip
    query = read_query(given)
    assert query == ListQuery(
        attention=Attention.UNRESOLVED, pipeline="documents", source="upload", batch=ID, submitter="grace",
        failure=FailureCode.DOCUMENT_CORRUPT, step="extract", text="annual report", submitted=Submitted.WEEK, failed=Window.DAY,
    )  # fmt: skip
    assert query.fields == given
    assert query.address.startswith("/ingestion?attention=unresolved&pipeline=documents&source=upload&batch=")


def test_an_attention_goes_before_a_state_as_it_implies_one() -> None:
    assert read_query({"state": "queued", "attention": "recovered"}) == ListQuery(attention=Attention.RECOVERED)


def test_before_the_first_step_is_not_any_step() -> None:
    assert (read_query({"step": ""}).step, read_query({"step": "-"}).step) == (None, "")
    assert ListQuery(step="").fields == {"step": "-"}


def test_a_window_of_failures_begins_at_a_full_hour_as_the_counters_do() -> None:
    since = ListQuery(failed=Window.WEEK).narrowed.failed_since
    assert since is not None
    assert (since.minute, since.second, since.microsecond) == (0, 0, 0)
    assert ListQuery(failed=Window.ALL).narrowed.failed_since is None


def test_what_an_address_says_wrongly_is_left_out() -> None:
    assert (
        read_query(
            {"state": "broken", "batch": "1; DROP", "failure": "x", "source": "moon", "failed": "1y", "before": "-", "q": "  "}
        )
        == ListQuery()
    )


def test_a_text_too_short_to_search_for_is_left_out_and_told() -> None:
    query = read_query({"q": "ab"})
    assert (query.narrowed.text, query.text_is_short, query.is_narrowed) == (None, True, True)


def test_another_state_begins_at_the_newest_row() -> None:
    assert ListQuery(before=ID, text="abc").with_state(State.FAILED) == "/ingestion?state=failed&q=abc"


@pytest.mark.parametrize("state", [None, State.FAILED])
def test_the_state_alone_is_no_filter(state: State | None) -> None:
    assert not ListQuery(state=state, before=UUID(int=1)).is_narrowed


def test_one_filter_is_taken_away_and_the_others_stay() -> None:
    query = ListQuery(attention=Attention.UNRESOLVED, source="upload", text="abc", before=ID)
    assert query.without("source") == "/ingestion?attention=unresolved&q=abc"
    assert query.cleared == "/ingestion?attention=unresolved"


def test_what_one_person_submitted_is_sought_under_the_same_filters() -> None:
    assert ListQuery(state=State.FAILED, before=ID).of_submitter("ada & co") == "/ingestion?state=failed&submitter=ada+%26+co"


def test_the_filters_of_a_list_are_those_of_all_its_pages() -> None:
    assert ListQuery(state=State.FAILED, text="abc", before=ID).filters == {"state": "failed", "q": "abc"}
    assert ListQuery(state=State.FAILED, text="ab").filters == {"state": "failed"}


@pytest.mark.parametrize(
    ("query", "more"),
    [
        (ListQuery(pipeline="documents", failure=FailureCode.DOCUMENT_CORRUPT, text="abc", state=State.FAILED), False),
        (ListQuery(source="upload"), True),
        (ListQuery(submitter="grace"), True),
        (ListQuery(step=""), True),
        (ListQuery(submitted=Submitted.DAY), True),
        (ListQuery(failed=Window.DAY), True),
    ],
)
def test_filters_that_are_not_always_in_sight_are_known(query: ListQuery, more: bool) -> None:
    assert query.has_more is more
