from uuid import UUID

import pytest

from tests.unit.console.samples import ID
from tidegate.console.shown.filters import ListQuery, Submitted, read_query
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import Attention, State
from tidegate.operations.causes import Window


def test_an_address_is_read_and_written_alike() -> None:
    given = {
        "state": "failed", "attention": "unresolved", "pipeline": "documents", "source": "upload", "batch": str(ID),
        "submitter": "grace", "failure": "document_corrupt", "step": "extract", "q": "annual report", "submitted": "7d",
        "failed": "24h",
    }  # fmt: skip
    query = read_query(given)
    assert query == ListQuery(
        state=State.FAILED, attention=Attention.UNRESOLVED, pipeline="documents", source="upload", batch=ID, submitter="grace",
        failure=FailureCode.DOCUMENT_CORRUPT, step="extract", text="annual report", submitted=Submitted.WEEK, failed=Window.DAY,
    )  # fmt: skip
    assert query.fields == given
    assert query.address.startswith("/ingestion?state=failed&attention=unresolved&pipeline=documents&source=upload&batch=")


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
