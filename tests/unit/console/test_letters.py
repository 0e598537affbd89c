"""Every message in every language: made of the catalogue's words and numbers, the same at each try."""

from datetime import UTC, datetime, timedelta

import pytest

from tidegate.channels.channel import LANGUAGES, Event
from tidegate.channels.outbox import Told
from tidegate.console.language import LANGUAGES as SPOKEN
from tidegate.console.language import spoken
from tidegate.console.letters import write
from tidegate.domain.failures import CATALOGUE, FailureCode

BASE = "https://tidegate.example.org"
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def told(event: Event, reason: str = "document_corrupt", n: int = 1, step: str = "extract") -> Told:
    return Told(
        event=event, reason=reason, pipeline="documents", step=step, source_kind="folder", n=n,
        first_at=NOON - timedelta(hours=1), last_at=NOON,
    )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_failure_is_told_in_the_catalogues_words(language: str) -> None:
    words = SPOKEN[language].catalogue.gettext
    for code in FailureCode:
        letter = write(told(Event.FAILED, code.value, 1204), language, BASE)
        assert words(CATALOGUE[code].message).rstrip(".") in letter.subject
        assert words(CATALOGUE[code].remedy) in letter.lines
        assert letter.url.startswith(f"{BASE}/ingestion?attention=unresolved&")
        assert f"failure={code.value}" in letter.url
        assert letter == write(told(Event.FAILED, code.value, 1204), language, BASE)


def test_numbers_and_times_are_in_the_readers_form_and_the_request_keeps_its_own_language() -> None:
    assert (
        write(told(Event.FAILED, n=1204), "de", BASE).subject == "1.204 Aufträge sind fehlgeschlagen: Das Dokument ist beschädigt"
    )
    assert write(told(Event.FAILED, n=1204), "en", BASE).subject == "1,204 jobs failed: The document is damaged"
    assert write(told(Event.FAILED, n=2), "de", BASE).lines[1].startswith("Von 29. Nov. 2026, 11:00:00 UTC bis ")
    assert spoken().tag == "en"


@pytest.mark.parametrize(
    ("said", "subject", "leads"),
    [
        (told(Event.RECOVERED), "1 job recovered: The document is damaged", "attention=recovered"),
        (told(Event.STUCK, "no_worker", 3, ""), "3 jobs wait and no worker is alive: documents", "state=queued"),
        (told(Event.STUCK, "no_progress"), "1 job runs without progress: documents", "state=running"),
        (told(Event.TEST, ""), "A test from Tidegate", "/admin/channels"),
    ],
)
def test_what_else_is_told_leads_to_its_jobs(said: Told, subject: str, leads: str) -> None:
    letter = write(said, "en", BASE)
    assert letter.subject == subject
    assert leads in letter.url
