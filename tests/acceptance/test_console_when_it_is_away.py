"""The database, the server or the live stream goes away and comes back: what was there stays, marked, and goes on by itself."""

import re

import pytest
from playwright.async_api import Page, Route, expect

from tests import story
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tests.databases import away
from tidegate.domain.actor import Role
from tidegate.domain.failures import Failure, FailureCode
from tidegate.operations import execution
from tidegate.operations.acknowledging import Acknowledge
from tidegate.operations.door import perform
from tidegate.operations.jobs import Retry

pytestmark = pytest.mark.browser

WAIT = 40_000
"""Milliseconds in which what was away must have been noticed, or must be back."""

DAMAGED = "The document is damaged."


def loads_of(page: Page) -> list[str]:
    """Return a list that grows with every page that is loaded from now on."""
    loads: list[str] = []
    page.on("load", lambda loaded: loads.append(loaded.url))
    return loads


async def test_a_live_list_keeps_its_rows_marks_them_stale_and_goes_on_by_itself(live_server: LiveServer, cluster: str) -> None:
    services = live_server.services
    hold = await story.begun(services, (await story.submitted(services, "report.pdf")).job_ids[0])
    async with looking(live_server, await story.person(services, Role.VIEWER), expected="503") as page:
        await page.goto("/ingestion")
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        loads, stale = loads_of(page), page.locator("#stale")
        await expect(stale).to_be_hidden()
        async with away(cluster, services.settings.database_url):
            await expect(stale).to_be_visible(timeout=WAIT)
            await expect(stale).to_contain_text("The database is away.")
            await expect(stale).to_contain_text("What you see is")
            await expect(page.locator("#connection")).to_have_attribute("data-state", "lost")
            await expect(page.locator("#said")).to_contain_text("The database is away.")
            await expect(page.locator(".row")).to_contain_text("report.pdf")
        await execution.fail(services, hold, Failure(FailureCode.DOCUMENT_CORRUPT), "")
        await expect(page.locator(".row")).to_contain_text(DAMAGED, timeout=WAIT)
        await expect(page.get_by_text("Live", exact=True)).to_be_visible(timeout=WAIT)
        await expect(stale).to_be_hidden()
        assert loads == []


async def test_a_page_that_was_asked_for_comes_by_itself_when_the_database_is_back(live_server: LiveServer, cluster: str) -> None:
    services = live_server.services
    await story.submitted(services, "report.pdf")
    async with looking(live_server, await story.person(services, Role.VIEWER), expected="503") as page:
        async with away(cluster, services.settings.database_url):
            answer = await page.goto("/ingestion?state=queued")
            assert answer is not None
            assert (answer.status, answer.headers["retry-after"]) == (503, "2")
            await expect(page.get_by_role("heading", level=1)).to_have_text("The database is away")
            await expect(page.get_by_text("This page looks again every few seconds")).to_be_visible()
        await expect(page.locator(".row")).to_contain_text("report.pdf", timeout=WAIT)
        await expect(page).to_have_url(f"{live_server.url}/ingestion?state=queued")


async def test_without_script_the_page_reloads_itself(live_server: LiveServer, cluster: str) -> None:
    services = live_server.services
    await story.submitted(services, "report.pdf")
    viewer = await story.person(services, Role.VIEWER)
    async with looking(live_server, viewer, expected="503", java_script_enabled=False) as page:
        async with away(cluster, services.settings.database_url):
            await page.goto("/ingestion")
            await expect(page.get_by_role("heading", level=1)).to_have_text("The database is away")
        await expect(page.locator(".row")).to_contain_text("report.pdf", timeout=WAIT)


async def test_an_act_while_the_database_is_away_keeps_what_was_typed(live_server: LiveServer, cluster: str) -> None:
    services = live_server.services
    await story.failed(services, name="broken.pdf")
    async with looking(live_server, await story.person(services, Role.POWER_USER), expected="503") as page:
        await page.goto("/ingestion")
        await page.get_by_role("link", name="Retry broken.pdf").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Reason").fill("The file was put back.")
        async with away(cluster, services.settings.database_url):
            await dialog.get_by_role("button", name="Retry").click()
            await expect(dialog.get_by_role("alert")).to_contain_text("Nothing was changed.", timeout=WAIT)
            await expect(dialog.get_by_label("Reason")).to_have_value("The file was put back.")
        await expect(page.locator("#stale")).to_be_hidden(timeout=WAIT)
        await dialog.get_by_role("button", name="Retry").click()
        await expect(page.locator(".row")).to_contain_text("Queued", timeout=WAIT)


async def test_a_blocked_stream_becomes_polling_and_says_so(live_server: LiveServer) -> None:
    services = live_server.services
    job_id = await story.failed(services, name="broken.pdf")
    async with looking(live_server, await story.person(services, Role.VIEWER), expected="ERR_FAILED") as page:
        await page.route("**/api/ingestion/stream", lambda route: route.abort())
        await page.goto("/ingestion")
        await expect(page.locator("#connection")).to_have_attribute("data-state", "polling")
        await expect(page.locator("#connection")).to_contain_text("Checked")
        loads = loads_of(page)
        await perform(services, story.OPERATOR, Retry(job_id))
        await expect(page.locator(".row")).to_contain_text("Queued", timeout=WAIT)
        assert loads == []


async def test_a_server_that_does_not_answer_is_told_and_found_again(live_server: LiveServer) -> None:
    services = live_server.services
    job_id = await story.failed(services, name="broken.pdf")
    async with looking(live_server, await story.person(services, Role.VIEWER), expected="ERR_") as page:
        await page.goto("/ingestion")
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        await page.route("**/*", lambda route: route.abort())
        await perform(services, story.OPERATOR, Retry(job_id))
        await expect(page.locator("#stale")).to_contain_text("The server does not answer.", timeout=WAIT)
        await expect(page.locator(".row")).to_contain_text(DAMAGED)
        await page.unroute("**/*")
        await expect(page.locator(".row")).to_contain_text("Queued", timeout=WAIT)
        await expect(page.locator("#stale")).to_be_hidden()


async def test_an_act_without_an_answer_is_told_as_not_known(live_server: LiveServer) -> None:
    services = live_server.services
    await story.failed(services, name="broken.pdf")
    async with looking(live_server, await story.person(services, Role.POWER_USER), expected="ERR_FAILED") as page:
        await page.goto("/ingestion")
        await page.get_by_role("link", name="Retry broken.pdf").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Reason").fill("The file was put back.")
        await page.route("**/retry", lambda route: route.abort())
        await dialog.get_by_role("button", name="Retry").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("it is not known whether this was done")
        await expect(dialog.get_by_label("Reason")).to_have_value("The file was put back.")


async def test_what_loads_is_busy_and_nothing_flashes(live_server: LiveServer) -> None:
    services = live_server.services
    job_id = await story.failed(services, name="broken.pdf")
    waiting: list[Route] = []
    async with looking(live_server, await story.person(services, Role.POWER_USER)) as page:
        await page.goto("/ingestion")
        await page.route(re.compile(r"/retry\?"), lambda route: waiting.append(route))  # noqa: PLW0108
        link = page.get_by_role("link", name="Retry broken.pdf")
        await link.click()
        await expect(link).to_have_attribute("aria-busy", "true")
        await link.evaluate("link => { link.parentElement.closest('[id]').dataset.old = 'yes' }")
        await perform(services, story.OPERATOR, Acknowledge(job_id, "known"))
        await expect(page.locator("[data-old]")).to_have_count(0)
        await expect(link).to_have_attribute("aria-busy", "true")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await waiting[0].continue_()
        await expect(page.get_by_role("dialog")).to_be_visible()
        await expect(link).not_to_have_attribute("aria-busy", "true")


async def test_a_link_that_is_pressed_stays_until_it_is_released(live_server: LiveServer) -> None:
    services = live_server.services
    job_id = await story.failed(services, name="broken.pdf")
    async with looking(live_server, await story.person(services, Role.POWER_USER)) as page:
        await page.goto("/ingestion")
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        link = page.get_by_role("link", name="Retry broken.pdf")
        await link.hover()
        await page.mouse.down()
        async with page.expect_response(lambda answer: "/ingestion/changes" in answer.url):
            await perform(services, story.OPERATOR, Acknowledge(job_id, "known"))
        await page.wait_for_timeout(200)
        await expect(page.locator(".row")).not_to_contain_text("Acknowledged")
        await page.mouse.up()
        await expect(page.get_by_role("dialog")).to_be_visible()
        await expect(page.locator(".row")).to_contain_text("Acknowledged")
