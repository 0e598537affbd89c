"""A reader who chose German gets German, everywhere and alone."""

import asyncio
import re

import httpx
import pytest
from playwright.async_api import Page, expect

from tests import story
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import ClientAs, LiveServer
from tests.acceptance.seeds import PASSWORD
from tests.visitors import Visitor
from tidegate.console.static_files import static
from tidegate.domain.actor import Role
from tidegate.domain.failures import FailureCode
from tidegate.operations.door import perform
from tidegate.operations.people import AddPerson

GERMAN = {"Accept": "text/html", "Accept-Language": "de-DE,de;q=0.9,en;q=0.1"}


async def choose(page: Page, language: str) -> None:
    """Press a language's button, in the menu where there is no room for a rail."""
    await page.get_by_role("button", name=language).click()


@pytest.mark.browser
async def test_german_is_chosen_on_the_sign_in_page_and_stays(live_server: LiveServer) -> None:
    services = live_server.services
    await perform(services, story.OPERATOR, AddPerson("grace", "Grace", Role.POWER_USER, PASSWORD))
    await story.failed(services, FailureCode.DOCUMENT_ENCRYPTED, "report.pdf")
    somebody = await story.person(services, Role.VIEWER)
    async with looking(live_server, somebody) as other, looking(live_server, expected="401") as page:
        await page.goto("/ingestion?state=failed")
        await choose(page, "Deutsch")
        await expect(page.locator("html")).to_have_attribute("lang", "de")
        await page.get_by_label("Name").fill("grace")
        await page.get_by_label("Passwort").fill("not the password")
        await page.get_by_role("button", name="Anmelden").click()
        await expect(page.get_by_role("alert")).to_have_text("Name oder Passwort stimmt nicht.")
        await page.get_by_label("Passwort").fill(PASSWORD)
        await page.get_by_role("button", name="Anmelden").click()
        await expect(page).to_have_url(re.compile("state=failed"))
        await expect(page.get_by_role("link", name="Fehlgeschlagen 1")).to_have_attribute("aria-current", "page")
        await expect(page.locator(".row-line")).to_have_text("Das Dokument ist durch ein Passwort geschützt.")
        await expect(page.locator(".row time")).to_have_text(re.compile(r"fehlgeschlagen vor \d+ (Sek|Min)\."))
        await _retry_in_german(page)
        await other.goto("/ingestion")
        await expect(other.locator("html")).to_have_attribute("lang", "en")
        await expect(other.locator(".row")).to_contain_text(re.compile("Queued.*waiting", re.DOTALL))
        await page.reload()
        await expect(page.locator("html")).to_have_attribute("lang", "de")


async def _retry_in_german(page: Page) -> None:
    await page.get_by_role("link", name="report.pdf", exact=True).click()
    await expect(page.get_by_text("Eine Kopie ohne Passwort einreichen.")).to_be_visible()
    await page.get_by_role("link", name="Erneut versuchen").click()
    dialog = page.get_by_role("dialog", name="Diesen Auftrag erneut versuchen?")
    await dialog.get_by_label("Grund").fill("Ohne Passwort")
    await dialog.get_by_role("button", name="Erneut versuchen").click()
    await expect(page.get_by_text("Versuch 2 wartet jetzt.").first).to_be_visible()
    await expect(page.locator("#job-head")).to_contain_text("Wartet")
    await page.get_by_role("link", name="Prüfprotokoll", exact=True).click()
    entry = page.locator(".event").first
    await expect(entry.locator(".event-what")).to_have_text(re.compile(r"grace hat report\.pdf erneut versucht\s+Ohne Passwort"))
    await expect(entry.locator("time")).to_have_text(re.compile(r"\d+\. \w+\.? 20\d\d, \d\d:\d\d:\d\d ME(S)?Z"))


@pytest.mark.browser
async def test_the_browsers_language_is_spoken_until_the_reader_chooses(live_server: LiveServer) -> None:
    asking = await story.person(live_server.services, Role.VIEWER)
    await story.submitted(live_server.services, "a.txt")
    async with looking(live_server, asking, locale="de-AT", java_script_enabled=False) as page:
        await page.goto("/ingestion?state=queued&q=a.txt")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Aufnahme")
        await choose(page, "English")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Ingestion")
        await expect(page).to_have_url(re.compile(r"state=queued&q=a\.txt"))
        await expect(page.get_by_role("button", name="English")).to_have_attribute("aria-pressed", "true")


@pytest.mark.browser
async def test_the_script_speaks_and_counts_as_the_page_does(live_server: LiveServer) -> None:
    await story.submitted(live_server.services, "a.txt")
    asking = await story.person(live_server.services, Role.VIEWER)
    async with looking(live_server, asking, locale="de-DE") as page:
        await page.goto("/ingestion")
        time = page.locator(".row time")
        first = await time.inner_text()
        await expect(time).not_to_have_text(first)
        await expect(time).to_have_text(re.compile(r"wartet seit \d+ (Sek|Min)\."))
        told = await page.evaluate(
            "async (address) => { const { counted, number, words } = await import(address);"
            " return [counted(words.changed, 1), counted(words.changed, 1234), number(1.55, 1)]; }",
            static("page.js"),
        )
        assert told == ["1 Auftrag geändert", "1.234 Aufträge geändert", "1,6"]


async def test_requests_at_the_same_time_are_each_answered_in_their_language(power_user: Visitor) -> None:
    async def answer(tag: str) -> tuple[str, str]:
        answer = await power_user.http.get("/ingestion", headers={"Accept-Language": tag})
        found = re.search(r'<html lang="(\w+)".*<h1>(\w+)</h1>', answer.text, re.DOTALL)
        assert found is not None
        return found[1], found[2]

    told = await asyncio.gather(*(answer(("en", "de")[n % 2]) for n in range(24)))
    assert told == [("en", "Ingestion"), ("de", "Aufnahme")] * 12


@pytest.mark.parametrize(
    ("method", "path", "status", "text"),
    [
        ("GET", "/nowhere", 404, "Hier ist nichts"),
        ("DELETE", "/sign-in", 405, "Diese Adresse nimmt solche Anfragen nicht an"),
        ("GET", "/ingestion/jobs/01a20a3f-1342-7000-964e-2b28795e8229", 404, "Diesen Auftrag gibt es nicht."),
        ("GET", "/admin", 403, "Das steht Ihnen nicht offen"),
        ("POST", "/ingestion/new", 400, "Diese Anfrage ist unverständlich"),
    ],
)
async def test_problems_are_told_in_german(power_user: Visitor, method: str, path: str, status: int, text: str) -> None:
    answer = await power_user.http.request(method, path, headers=GERMAN)
    assert (answer.status_code, '<html lang="de"' in answer.text, text in answer.text) == (status, True, True)


async def test_the_api_stays_english(client_as: ClientAs, nobody: httpx.AsyncClient) -> None:
    viewer = await client_as(Role.VIEWER)
    refused = await viewer.http.get("/api/people", headers={"Accept-Language": "de"})
    assert refused.json()["detail"] == "This needs the role admin."
    assert (await nobody.get("/api/me", headers={"Accept-Language": "de"})).json()["detail"] == "Sign in first."


async def test_a_language_that_is_not_spoken_is_forgotten(nobody: httpx.AsyncClient) -> None:
    headers = {"Sec-Fetch-Site": "same-origin"}
    answer = await nobody.post("/preferences/language", data={"language": "xx", "back": "//evil.example"}, headers=headers)
    assert (answer.headers["location"], "Max-Age=0" in answer.headers["set-cookie"]) == ("/ingestion", True)
