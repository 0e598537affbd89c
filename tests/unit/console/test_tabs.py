from tests.unit.console.samples import ID, counts
from tidegate.console.shown.filters import ListQuery
from tidegate.console.shown.tabs import parts, tabs
from tidegate.domain.lifecycle import Attention, State


def test_all_comes_first_then_what_needs_attention_then_each_state() -> None:
    found = [(tab.word, tab.count) for tab in tabs(ListQuery(), counts())]
    assert found == [
        ("All", "15"), ("Needs attention", "3"), ("Queued", "1"), ("Running", "2"), ("Succeeded", "6"), ("Failed", "5"),
        ("Cancelled", "1"),
    ]  # fmt: skip


def test_counting_that_stopped_is_shown_as_such() -> None:
    assert {tab.word: tab.count for tab in tabs(ListQuery(), counts(more=True))}["All"] == "15+"


def test_needs_attention_leads_to_the_unresolved_under_the_same_filters() -> None:
    needing = tabs(ListQuery(state=State.FAILED, source="upload", before=ID), counts())[1]
    assert needing.url == "/ingestion?attention=unresolved&source=upload"


def test_one_tab_is_the_page_that_is_shown() -> None:
    def current(query: ListQuery) -> dict[str, str]:
        return {tab.id: tab.current for tab in tabs(query, counts()) if tab.current}

    assert current(ListQuery()) == {"all": "page"}
    assert current(ListQuery(state=State.FAILED)) == {"failed": "page"}
    assert current(ListQuery(attention=Attention.UNRESOLVED)) == {"attention": "page"}
    assert current(ListQuery(attention=Attention.RECOVERED)) == {"attention": "true"}


def test_what_became_of_failures_is_told_where_the_list_is_about_that() -> None:
    found = parts(ListQuery(attention=Attention.RECOVERED, text="abc"), counts())
    assert [(tab.word, tab.count, tab.current) for tab in found] == [
        ("Unresolved", "3", ""), ("Retrying", "1", ""), ("Recovered", "4", "page"), ("Acknowledged", "2", ""),
    ]  # fmt: skip
    assert found[3].url == "/ingestion?attention=acknowledged&q=abc"
    assert parts(ListQuery(state=State.FAILED), counts()) == []
