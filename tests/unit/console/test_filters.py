from uuid import UUID

import pytest

from tests.unit.console.samples import ID
from tidegate.console.shown.filters import ListQuery, read_query
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import State


def test_an_address_is_read_and_written_alike() -> None:
    given = {"state": "failed", "pipeline": "documents", "batch": str(ID), "failure": "document_corrupt", "q": "annual report"}
    query = read_query(given)
    assert query == ListQuery(State.FAILED, "documents", ID, FailureCode.DOCUMENT_CORRUPT, "annual report")
    assert query.fields == given
    assert query.address == f"/ingestion?state=failed&pipeline=documents&batch={ID}&failure=document_corrupt&q=annual+report"


def test_what_an_address_says_wrongly_is_left_out() -> None:
    assert read_query({"state": "broken", "batch": "1; DROP", "failure": "x", "before": "-", "q": "  "}) == ListQuery()


def test_a_text_too_short_to_search_for_is_left_out_and_told() -> None:
    query = read_query({"q": "ab"})
    assert (query.narrowed.text, query.text_is_short, query.is_narrowed) == (None, True, True)


def test_another_state_begins_at_the_newest_row() -> None:
    assert ListQuery(before=ID, text="abc").with_state(State.FAILED) == "/ingestion?state=failed&q=abc"


@pytest.mark.parametrize("state", [None, State.FAILED])
def test_the_state_alone_is_no_filter(state: State | None) -> None:
    assert not ListQuery(state=state, before=UUID(int=1)).is_narrowed
