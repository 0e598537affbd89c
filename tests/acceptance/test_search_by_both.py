"""One list from words and meaning: it finds what each ranks low, and is measured on the project's own pages."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests import story
from tests.acceptance.axe import violations
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import serving
from tests.acceptance.reaching import Reach
from tests.acceptance.test_search_by_meaning import finished_library, names, settings
from tests.processes import environment
from tidegate import wiring
from tidegate.client import AsyncClient
from tidegate.domain.actor import Role
from tidegate.domain.refusals import Forbidden, Invalid
from tidegate.ledger.views import SearchMode
from tidegate.operations import reading
from tidegate.operations.door import Services

__all__ = ["settings"]

DOCS = Path(__file__).parents[2] / "docs"
FOLDERS = ("how-to", "explanation")
QUESTIONS = {
    "PgBouncer": "external-database",
    "OpenTelemetry collector": "trace",
    "Prometheus": "monitor",
    "Keycloak": "single-sign-on",
    "watch a bucket for new files": "sources",
    "Airflow": "lineage",
    "systemd": "deploy",
    "Slack": "notify",
    "FastAPI": "embed",
    "Celery": "celery",
    "translate the screens into another tongue": "add-a-language",
    "send an email to the team when jobs fail": "notify",
    "log in with the account of our company": "single-sign-on",
    "run more processes on several machines": "run-workers",
    "a newer version without downtime": "upgrade",
    "how do I prove that nobody altered the record": "audit",
    "repeat everything that broke overnight": "retry-every-morning",
    "hundreds of failures of one cause": "retry-many",
    "write my own step": "own-pipeline",
    "what if a machine dies in the middle of its work": "reliability",
    "benchmark on my own hardware": "measure",
    "await a client in a script": "python-client",
    "which attacks were considered": "security",
    "questions in other words than the text": "search-by-meaning",
}
"""What somebody may type, and the page that answers it."""

ASKED, ANSWER = "late payment", "answer.txt"
LATE = {
    ANSWER: (
        "Whoever pays after the last day owes the supplier interest of nine percent a year. With a late payment the reminder, "
        "the court and the lawyer are paid by the buyer as well."
    ),
    "bus.txt": (
        "The late bus took the choir to the museum, with payment in apples. Blue herons, seagulls and swans slept on the roof; "
        "the painter hung lanterns, a violin played under the oak, and the children danced in wet boots around the fire. A late "
        "payment in pears, said the cook, would do for the soup, the bread and the honey."
    ),
    "garden.txt": (
        "Roses bloom late under the oak, tulips early. A late payment of rain saves the beans, moss and snails; late frost takes "
        "the seeds, and payment in honey brings the bees. Shovels, bulbs, pumpkins and ladders stand behind the green shed, "
        "where a hedgehog sleeps among leaves and the cat hunts mice by the light of the moon."
    ),
    "arrears.txt": "Delayed payments, payments overdue.",
    "dunning.txt": "Deadlines for payments and delayed invoices.",
    "reminder.txt": "Reminders for overdue payments and unpaid bills.",
    "overdue.txt": "Overdue invoices and overdue payments.",
}
"""The answer has both words once. Two have them more often and are about something else, four say the like in other words."""


@pytest.fixture
async def library(services: Services, inbox: Path) -> Services:
    await finished_library(services, inbox, LATE)
    return services


async def search(services: Services, text: str, mode: SearchMode | None = None, limit: int = 20) -> reading.Found:
    return await reading.search(services, story.OPERATOR.actor, text, mode=mode, limit=limit)


async def test_what_each_ranks_low_is_first_in_one_list(library: Services) -> None:
    words, meaning = [await names(library, ASKED, mode) for mode in (SearchMode.WORDS, SearchMode.MEANING)]
    assert (set(words[:2]), words[2:]) == ({"bus.txt", "garden.txt"}, [ANSWER])
    assert (meaning[0], ANSWER in meaning[1:]) == ("arrears.txt", True)
    found = await search(library, ASKED)
    assert (found.mode, found.hits[0].name) == (SearchMode.BOTH, ANSWER)
    assert {hit.name for hit in found.hits} == set(LATE)
    assert len({(hit.document_id, hit.snippet) for hit in found.hits}) == len(LATE), "no passage stands twice"
    for hit in found.hits:
        of_lists = [1 / (60 + 1 + one.index(hit.name)) for one in (words, meaning) if hit.name in one]
        assert hit.rank == pytest.approx(sum(of_lists) * 61 / 2)
        assert ("\x02" in hit.snippet) == (hit.name in words), "found words are marked, and only there"
    assert [hit.name for hit in (await search(library, ASKED, limit=3)).hits] == [hit.name for hit in found.hits[:3]]


async def test_one_list_is_there_for_everybody(library: Services) -> None:
    async with (
        serving(library, wiring.asgi) as server,
        contextlib.AsyncExitStack() as stack,
        looking(server, await story.person(library, Role.VIEWER)) as page,
        looking(
            server, await story.person(library, Role.VIEWER), locale="de-DE", viewport={"width": 360, "height": 800}
        ) as narrow,
    ):
        client = await Reach(server, AsyncClient, stack).by(Role.VIEWER)
        assert (await client.do("search", ASKED))[0].name == ANSWER
        assert (await client.do("search", ASKED, mode="both"))[0].name == ANSWER
        assert (await client.do("search", ASKED, mode="words"))[-1].name == ANSWER
        await page.goto("/search")
        await expect(page.get_by_label("Both")).to_be_checked()
        await page.get_by_label("Words to find").fill(ASKED)
        await page.keyboard.press("Enter")
        await expect(page.locator(".hit h2").first).to_have_text(ANSWER)
        await expect(page.locator(".hit mark").first).to_have_text("late")
        await expect(page.get_by_text("Best by words and meaning first")).to_be_visible()
        assert await violations(page) == []
        await page.get_by_label("Words to find").fill('"late payment" -moon')
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Only the words count here")).to_be_visible()
        await expect(page.get_by_label("Both")).to_be_checked()
        await expect(page.locator(".hit h2")).to_have_count(2)
        await page.goto("/search?q=rain&mode=feeling")
        await expect(page.get_by_label("Both")).to_be_checked()
        await narrow.goto(f"/search?q={ASKED}")
        await expect(narrow.get_by_label("Beidem")).to_be_checked()
        assert await narrow.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (await by_shell(library, *ASKED.split()))[0]["name"] == ANSWER
    assert (await by_shell(library, "--mode", "words", *ASKED.split()))[-1]["name"] == ANSWER


async def by_shell(services: Services, *words: str) -> list[dict[str, object]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tidegate", "search", "--json", *words,
        env=environment(services.settings, search_meaning="true"), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    found: list[dict[str, object]] = json.loads((await process.communicate())[0])
    return found


async def test_only_the_words_count_where_somebody_means_them(library: Services) -> None:
    for text, expected in {
        '"late payment" -moon': {ANSWER, "bus.txt"},
        "late -museum": {ANSWER, "garden.txt"},
        '"payment late"': set[str](),
    }.items():
        found = await search(library, text, SearchMode.BOTH)
        assert (found.mode, {hit.name for hit in found.hits}) == (SearchMode.WORDS, expected)
    assert (await search(library, "nine-percent late-payment")).mode is SearchMode.BOTH, "a hyphen leaves nothing out"


async def test_without_a_mode_words_are_found_until_passages_have_a_meaning(services: Services, inbox: Path) -> None:
    assert (await search(services, ASKED)).mode is SearchMode.WORDS
    assert await search(services, ASKED, SearchMode.BOTH) == reading.Found(SearchMode.BOTH, [])
    await finished_library(services, inbox, {ANSWER: LATE[ANSWER]})
    assert (await search(services, ASKED)).mode is SearchMode.BOTH
    off = replace(services, meaning=None)
    assert (await search(off, ASKED)).mode is SearchMode.WORDS
    with pytest.raises(Invalid, match="meaning_is_off"):
        await search(off, ASKED, SearchMode.BOTH)


async def test_a_model_that_cannot_be_loaded_leaves_the_words(library: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library.meaning, "of", _unloadable)
    found = await search(library, ASKED)
    assert (found.mode, len(found.hits)) == (SearchMode.WORDS, 3)
    for mode in (SearchMode.BOTH, SearchMode.MEANING):
        with pytest.raises(Invalid, match="meaning_not_possible"):
            await search(library, ASKED, mode)


async def _unloadable(_: object) -> list[str | None]:
    raise OSError("no such file")


async def test_a_new_passage_is_in_the_list_before_it_has_a_meaning(library: Services) -> None:
    async with library.pool.connection() as connection:
        await connection.execute(
            "DELETE FROM chunk_meaning WHERE document_id = (SELECT id FROM document WHERE name = %s)", (ANSWER,)
        )
    found = await search(library, ASKED)
    [hit] = [hit for hit in found.hits if hit.name == ANSWER]
    assert found.mode is SearchMode.BOTH
    assert hit.rank == pytest.approx(61 / 2 / 63), "it is third by words"


@pytest.mark.parametrize("mode", [SearchMode.BOTH, None])
async def test_who_may_not_read_content_finds_nothing_by_both(services: Services, mode: SearchMode | None) -> None:
    stranger = replace((await story.person(services, Role.ADMIN)).actor, reads_content=False)
    with pytest.raises(Forbidden):
        await reading.search(services, stranger, ASKED, mode=mode)


async def places(services: Services, mode: SearchMode) -> Mapping[str, int | None]:
    """Return for each question the place of the first passage of its page among the first 50, None where there is none."""
    found: dict[str, int | None] = {}
    for question, page in QUESTIONS.items():
        hits = (await search(services, question, mode, limit=50)).hits
        found[question] = next((place for place, hit in enumerate(hits, 1) if hit.name == f"{page}.md"), None)
    return found


def mean_reciprocal_rank(found: Mapping[str, int | None]) -> float:
    return sum(1 / place for place in found.values() if place) / len(found)


async def test_one_list_answers_better_than_either(services: Services, inbox: Path) -> None:
    pages = {page.name: page.read_text(encoding="utf-8") for folder in FOLDERS for page in sorted((DOCS / folder).glob("*.md"))}
    assert {f"{page}.md" for page in QUESTIONS.values()} <= pages.keys()
    await finished_library(services, inbox, pages)
    words, meaning, both = [await places(services, mode) for mode in (SearchMode.WORDS, SearchMode.MEANING, SearchMode.BOTH)]
    assert None not in both.values()
    assert mean_reciprocal_rank(both) > mean_reciprocal_rank(meaning) + 0.02, (meaning, both)
    assert mean_reciprocal_rank(both) > mean_reciprocal_rank(words) + 0.2, (words, both)
