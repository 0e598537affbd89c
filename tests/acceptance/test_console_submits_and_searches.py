"""Submitting from the browser, and the pages beside the list."""

import pytest
from playwright.async_api import FilePayload, expect

from tests import story
from tests.acceptance import seeds
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tidegate.domain.actor import Role

pytestmark = pytest.mark.browser


async def test_files_are_chosen_listed_and_sent(live_server: LiveServer) -> None:
    services = live_server.services
    async with looking(live_server, await story.person(services, Role.POWER_USER), expected="413") as page:
        await page.goto("/ingestion/new")
        files = page.locator("#files")
        await files.set_input_files(
            FilePayload(name="huge.bin", mimeType="x/y", buffer=b"0" * (services.settings.max_file_bytes + 1))
        )
        await page.get_by_role("button", name="Upload and ingest").click()
        await expect(page.get_by_role("alert")).to_contain_text("at most")
        await files.set_input_files(
            [FilePayload(name=name, mimeType="text/plain", buffer=b"hello") for name in ("a.txt", "b.txt")]
        )
        await expect(page.locator("#chosen li")).to_have_count(2)
        await page.get_by_role("button", name="Upload and ingest").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("a.txt +1")
        await expect(page.locator(".row")).to_have_count(2)


async def test_a_wrong_address_is_named_and_nothing_is_submitted(live_server: LiveServer) -> None:
    async with looking(live_server, await story.person(live_server.services, Role.POWER_USER), expected="400") as page:
        await page.goto("/ingestion/new")
        await page.get_by_label("One a line").fill("https://example.org/a.pdf\nnot an address")
        await page.get_by_role("button", name="Ingest", exact=True).click()
        await expect(page.get_by_role("alert")).to_contain_text("It is about: not an address")
        await expect(page.get_by_label("One a line")).to_have_value("https://example.org/a.pdf\nnot an address")


async def test_found_words_are_marked_and_lead_to_the_text(live_server: LiveServer) -> None:
    services = live_server.services
    await seeds.seed(services.settings.database_url, services)
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/search")
        await page.get_by_label("Words to find").fill('"harbour master"')
        await page.keyboard.press("Enter")
        await expect(page.locator(".hit mark").first).to_have_text("harbour")
        await page.locator(".hit h2 a").first.click()
        await expect(page.get_by_text("outer dolphins").first).to_be_visible()


async def test_an_administrator_opens_a_diagnostic_on_record(live_server: LiveServer) -> None:
    services = live_server.services
    job_id = await story.failed(services, detail="Traceback: at line 3")
    async with looking(live_server, await story.person(services, Role.ADMIN, "ada")) as page:
        await page.goto(f"/ingestion/jobs/{job_id}")
        await page.get_by_text("Open the diagnostic").click()
        await page.get_by_label("Reason").fill("The supplier asked.")
        await page.get_by_role("button", name="Open and record").click()
        await expect(page.get_by_text("Traceback: at line 3")).to_be_visible()
        await page.get_by_role("link", name="See the audit event").click()
        await expect(page.get_by_text("The supplier asked.")).to_be_visible()
        await page.goto(f"/ingestion/jobs/{job_id}")
        await expect(page.get_by_text("opened the diagnostic of this job")).to_be_visible()
