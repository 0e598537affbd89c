import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.unit.console.samples import CLOCK, NOW, ago
from tidegate.console.language import LANGUAGES, forms, gettext, hear, ngettext, number, spoken
from tidegate.console.shown.moments import Clock, duration, span, zone_of
from tidegate.console.shown.sentences import say, size
from tidegate.domain.actor import Permission, Role
from tidegate.domain.failures import Failure, FailureCode
from tidegate.domain.lifecycle import State
from tidegate.domain.refusals import Conflict, Forbidden, Invalid


@pytest.fixture(autouse=True)
def _english_afterwards() -> Iterator[None]:
    yield
    hear(None, "")


@pytest.fixture
def _in_german() -> None:
    hear("de", "")


@pytest.mark.parametrize(
    ("chosen", "wished", "tag"),
    [
        (None, "", "en"),
        ("de", "en", "de"),
        ("en", "de-DE,de;q=0.9", "en"),
        ("xx", "de", "de"),
        ("../../etc", "", "en"),
        (None, "de-DE,de;q=0.9,en;q=0.8", "de"),
        (None, "DE-ch", "de"),
        (None, "en;q=0.5, de;q=0.7", "de"),
        (None, "fr-FR, fr;q=0.9, de;q=0.3, en;q=0.2", "de"),
        (None, "de;q=0, en;q=0.1", "en"),
        (None, "de;q=0", "en"),
        (None, "fr, *;q=0.5", "en"),
        (None, "de;q=7, ;;, \x00", "en"),
        (None, "x" * 100_000, "en"),
    ],
)
def test_a_readers_choice_comes_before_the_browsers_wishes_and_english_after_them(
    chosen: str | None, wished: str, tag: str
) -> None:
    hear(chosen, wished)
    assert spoken().tag == tag


async def test_what_one_request_hears_no_other_speaks() -> None:
    everybody_has_heard = asyncio.Barrier(20)

    async def answer(tag: str) -> str:
        hear(tag, "")
        await everybody_has_heard.wait()
        return gettext("Retry")

    told = await asyncio.gather(*(answer(("en", "de")[n % 2]) for n in range(20)))
    assert told == ["Retry", "Erneut versuchen"] * 10


@pytest.mark.parametrize(
    ("tag", "texts"), [("en", ["1,204", "0", "2.4", "-1,000.50"]), ("de", ["1.204", "0", "2,4", "-1.000,50"])]
)
def test_numbers_have_the_readers_marks(tag: str, texts: list[str]) -> None:
    hear(tag, "")
    assert [number(1204), number(0), number(2.44, 1), number(-1000.5, 2)] == texts
    assert number(2**60).count(spoken().thousands) == 6


@pytest.mark.parametrize(
    ("tag", "n", "text"),
    [
        ("en", 0, "0 jobs"), ("en", 1, "1 job"), ("en", 1204, "1,204 jobs"),
        ("de", 0, "0 Aufträge"), ("de", 1, "1 Auftrag"), ("de", 1204, "1.204 Aufträge"),
    ],
)  # fmt: skip
def test_counted_texts_have_the_form_of_their_number(tag: str, n: int, text: str) -> None:
    hear(tag, "")
    assert ngettext("{n} job", "{n} jobs", n) == text


@pytest.mark.usefixtures("_in_german")
def test_the_script_gets_both_forms() -> None:
    assert forms("{n} job changed", "{n} jobs changed") == {"one": "{n} Auftrag geändert", "other": "{n} Aufträge geändert"}


@pytest.mark.usefixtures("_in_german")
def test_times_are_told_in_german() -> None:
    berlin = Clock(NOW, zone_of("Europe/Berlin"))
    assert berlin.exact(NOW) == "23. Nov. 2026, 10:00:00 MEZ"
    assert berlin.exact(datetime(2026, 3, 31, 22, 5, tzinfo=UTC)) == "1. Apr. 2026, 00:05:00 MESZ"
    assert Clock(NOW, zone_of("Asia/Tokyo")).exact(NOW) == "23. Nov. 2026, 18:00:00 JST"
    assert CLOCK.since(ago(180), gettext("failed {} ago")).text == "fehlgeschlagen vor 3 Min."
    assert [span(12), span(7200), span(9 * 86400)] == ["12 Sek.", "2 Std.", "9 Tg."]
    assert [duration(0.04), duration(2.44), duration(3840)] == ["40 ms", "2,4 Sek.", "1 Std. 4 Min."]


@pytest.mark.usefixtures("_in_german")
def test_failures_and_refusals_are_told_in_german_with_their_values() -> None:
    mismatch = Failure(FailureCode.TYPE_MISMATCH, {"named": "application/zip", "found": "text/html"})
    assert say(mismatch) == "Dem Namen nach: ZIP-Archiv; dem Inhalt nach: HTML-Seite."
    assert say(Failure(FailureCode.FILE_TOO_LARGE, {"limit": 1536})) == "Die Datei ist größer als die Grenze von 1,5 KiB."
    assert say(Failure(FailureCode.PARSE_TIMEOUT, {"limit": 1200})).endswith("(Grenze: 1.200 Sek.).")
    assert say(Failure(FailureCode.PROVIDER_UNAVAILABLE, {"status": 503})).endswith("antwortete mit Status 503.")
    assert say(Invalid("too_many_items", "At most {limit} items may be submitted at once.", limit=100_000)).startswith(
        "Höchstens 100.000 "
    )
    assert say(Conflict("x", "The job has changed since you looked: it is {state} now.", state=State.RUNNING)).endswith("läuft.")
    assert say(Forbidden(Permission.PERSON_MANAGE, Role.ADMIN)) == "Dafür ist die Rolle Administrator nötig."
    assert size(1_500_000) == "1,4 MiB"


def test_english_is_what_the_operations_say() -> None:
    for told in (
        Failure(FailureCode.PARSE_TIMEOUT, {"limit": 1200}),
        Failure(FailureCode.UNSUPPORTED_TYPE, {"found": "application/x-tar"}),
        Forbidden(Permission.JOB_RETRY, Role.POWER_USER),
        Invalid("too_many_items", "At most {limit} items may be submitted at once.", limit=100_000),
        Conflict("x", "The job has changed since you looked: it is {state} now.", state=State.RUNNING),
    ):
        assert say(told) == told.message


@pytest.mark.parametrize("tag", LANGUAGES)
def test_an_empty_text_stays_empty(tag: str) -> None:
    hear(tag, "")
    assert gettext("") == ""
