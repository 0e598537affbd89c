import pytest

from tidegate.audit.vocabulary import AuditAction, TargetKind
from tidegate.console.flash import SAID, flash_cookie, read_flash
from tidegate.console.pages.forms import local_path
from tidegate.console.shown import events
from tidegate.console.shown.browsers import browser_name
from tidegate.console.shown.found import Piece, page_text, pieces
from tidegate.console.shown.states import WORDS, mark
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import State


def test_every_action_and_target_has_its_words() -> None:
    assert set(events.DONE) == set(events.REFUSED) == set(AuditAction)
    assert set(events.TARGETS) == set(TargetKind)


def test_every_state_has_a_word_a_shape_and_a_colour_of_its_own() -> None:
    marks = [mark(state) for state in State]
    assert set(WORDS) == set(State)
    assert len({sign.icon for sign in marks}) == len({sign.tone for sign in marks}) == len(marks)


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x",
        "",
        None,
        "/a\\b",
    ],
)
def test_only_paths_of_this_site_are_gone_back_to(text: str | None) -> None:
    assert local_path(text) == "/ingestion"


def test_a_path_of_this_site_is_kept_with_its_query() -> None:
    assert local_path("/ingestion?state=failed&q=a%20b") == "/ingestion?state=failed&q=a%20b"


def test_a_flash_is_read_back_with_its_link() -> None:
    id = new_id()
    flash = read_flash(flash_cookie("retried", id, 2).value)
    assert flash is not None
    assert (flash.text, flash.url) == ("Attempt 2 is queued.", f"/audit/{id}")


def test_what_can_be_undone_says_where() -> None:
    id = new_id()
    flash = read_flash(flash_cookie("acknowledged", id).value)
    assert flash is not None
    assert (flash.url, flash.undo) == ("", f"/ingestion/jobs/{id}/unacknowledge")


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "x",
        "retried",
        "retried.not-an-id.2",
        "retried..x",
        "<b>..1",
        "retried.1.2.3",
        "retried..²",
        f"retried..{9**500}",
    ],
)
def test_a_cookie_that_is_not_ours_says_nothing(value: str | None) -> None:
    assert read_flash(value) is None
    assert "retried" in SAID


def test_marked_words_are_cut_out_of_a_snippet() -> None:
    assert pieces("the \x02gate\x03 is <b>") == [Piece("the ", hit=False), Piece("gate", hit=True), Piece(" is <b>", hit=False)]


@pytest.mark.parametrize(
    ("first", "last", "text"), [(None, None, ""), (4, None, "Page 4"), (4, 4, "Page 4"), (4, 5, "Pages 4 to 5")]
)
def test_pages_are_told(first: int | None, last: int | None, text: str) -> None:
    assert page_text(first, last) == text


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox 140 on Windows"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
            "Chrome 140 on Linux",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 (KHTML, like Gecko) Version/18.4 Safari/605.1",
            "Safari 18 on macOS",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_called_by_its_name(agent: str, name: str) -> None:
    assert browser_name(agent) == name
