"""The pulse on the screen: charts with their tables, links to the lists, workers, and all of it live."""

import re
from dataclasses import replace

import pytest
from playwright.async_api import expect

from tests import story
from tests.acceptance import seeds
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tidegate.domain.actor import Role
from tidegate.domain.failures import Failure, FailureCode
from tidegate.operations import execution

pytestmark = pytest.mark.browser

CHARTS = ("Attempts that ended", "Share that failed", "How long attempts waited", "How long attempts ran")


async def test_charts_and_their_tables_say_what_was_counted(live_server: LiveServer) -> None:
    services = live_server.services
    await seeds.seed(services.settings.database_url, services)
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/ingestion")
        await page.get_by_role("link", name="Pulse").click()
        await expect(page.get_by_role("link", name="Pulse")).to_have_attribute("aria-current", "page")
        await expect(page.get_by_role("link", name="Ingestion", exact=True)).to_have_attribute("aria-current", "true")
        await expect(page.get_by_role("link", name="Jobs", exact=True)).not_to_have_attribute("aria-current", re.compile(""))
        for title in CHARTS:
            chart = page.locator(".chart").filter(has=page.get_by_role("heading", name=title))
            await expect(chart.get_by_role("img", name=title)).to_be_visible()
            await chart.get_by_text("As a table").click()
            await expect(chart.get_by_role("row")).to_have_count(49)
        rows = [row.split("\t") for row in await page.locator("#chart-ended tbody tr").all_inner_texts()]
        sums = [sum(map(int, column)) for column in list(zip(*rows, strict=True))[1:]]
        time, *most = max(rows, key=lambda row: sum(map(int, row[1:])))
        text = f"{sums[0]} succeeded, {sums[1]} cancelled, {sums[2]} failed. Most: {sum(map(int, most))}, {time}."
        await expect(page.get_by_role("img", name=CHARTS[0])).to_have_accessible_name(f"{CHARTS[0]} {text}")
        assert sums == [54, 1, 19]
        for window, bars in (("1 hour", 12), ("7 days", 28), ("30 days", 30)):
            await page.get_by_role("navigation", name="Window").get_by_role("link", name=window).click()
            await expect(page.locator("#chart-ended .chart-column")).to_have_count(bars)


async def test_numbers_lead_to_their_lists(live_server: LiveServer) -> None:
    services = live_server.services
    for name in ("one.pdf", "two.pdf"):
        await story.failed(services, name=name)
    await story.submitted(services, "old.pdf", "new.pdf")
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/ingestion/pulse?window=7d")
        await page.get_by_role("region", name="Pipelines").get_by_role("link", name="2", exact=True).first.click()
        await expect(page).to_have_url(f"{live_server.url}/ingestion?state=failed&pipeline=documents")
        await expect(page.locator(".row")).to_have_count(2)
        await page.go_back()
        await page.get_by_role("link", name="oldest for").first.click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("old.pdf")


async def test_it_is_live_and_an_open_table_stays_as_it_is(live_server: LiveServer) -> None:
    services = live_server.services
    patient = replace(services, settings=replace(services.settings, lease_seconds=120.0))
    worker = await story.worker(patient)
    await story.failed(services, name="one.pdf")
    waiting = (await story.submitted(services, "two.pdf")).job_ids[0]
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/ingestion/pulse?window=1h")
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        await page.locator("#chart-ended").get_by_text("As a table").click()
        table = page.locator("#chart-ended-rows")
        await table.evaluate("box => box.scrollTo(0, 40)")
        hold = await story.begun(services, waiting, worker_id=worker)
        await execution.start_step(services, hold, 3, 5, "extract")
        await execution.set_progress(services, hold, 41, 120, "pages")
        workers = page.get_by_role("region", name="Workers")
        await expect(workers).to_contain_text("Step 3 of 5, extract · 41 of 120 pages")
        await expect(workers).to_contain_text("1 of 2 at once")
        await execution.fail(services, hold, Failure(FailureCode.DOCUMENT_CORRUPT), "")
        await expect(page.locator(".gauge").filter(has_text="Failed")).to_contain_text("2 of 2 attempts")
        await expect(workers.get_by_text("Idle").first).to_be_visible()
        await expect(table).to_be_visible()
        assert await table.evaluate("box => box.scrollTop") == 40


async def test_an_empty_house_says_what_to_do(live_server: LiveServer) -> None:
    async with looking(live_server, await story.person(live_server.services, Role.POWER_USER)) as page:
        await page.goto("/ingestion/pulse")
        await expect(page.get_by_role("heading", name="Nothing has been ingested yet")).to_be_visible()
        await expect(page.get_by_role("heading", name="No worker is alive")).to_be_visible()
        await expect(page.get_by_role("link", name="Ingest documents")).to_be_visible()
        await story.submitted(live_server.services, "a.pdf")  # a page on a day looks every 5 s at most
        await expect(page.get_by_text("No worker is running. 1 job waits.")).to_be_visible(timeout=15_000)
        await expect(page.get_by_role("heading", name="No attempt began or ended in the last 24 hours")).to_be_visible()


async def test_it_is_read_without_a_script_and_by_pipeline(live_server: LiveServer) -> None:
    services = live_server.services
    await story.failed(services)
    async with looking(live_server, await story.person(services, Role.VIEWER), java_script_enabled=False) as page:
        await page.goto("/ingestion/pulse")
        await page.get_by_role("region", name="Pipelines").get_by_role("link", name="documents").click()
        await expect(page).to_have_url(f"{live_server.url}/ingestion/pulse?window=24h&pipeline=documents")
        await page.locator("#chart-runs").get_by_text("As a table").click()
        await expect(page.locator("#chart-runs table")).to_be_visible()
        await page.get_by_label("Pipeline", exact=True).select_option("All pipelines")
        await page.get_by_role("button", name="Apply").click()
        await expect(page).to_have_url(f"{live_server.url}/ingestion/pulse?window=24h&pipeline=")
        await expect(page.get_by_role("img", name="Share that failed")).to_be_visible()
