"""The list's tabs, filters and pages: every view is an address, every number is that of its list, and no page moves by itself."""

import re
from dataclasses import replace

import pytest
from playwright.async_api import Locator, Page, expect

from tests import story
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tidegate.domain.actor import Role
from tidegate.domain.failures import Failure, FailureCode
from tidegate.operations import execution
from tidegate.operations.acknowledging import Acknowledge
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.jobs import Retry

pytestmark = pytest.mark.browser

TABS = ("All", "Needs attention", "Queued", "Running", "Succeeded", "Failed", "Cancelled")


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("navigation", name="States").get_by_role("link", name=name)


async def names(page: Page) -> list[str]:
    return await page.locator(".row-name").all_text_contents()


async def colour(part: Locator) -> str:
    return str(await part.evaluate("element => getComputedStyle(element).color"))


async def fail(services: Services, name: str, asking: Asking = story.OPERATOR) -> None:
    job_id = (await story.submitted(services, name, asking=asking)).job_ids[0]
    await execution.fail(services, await story.begun(services, job_id), Failure(FailureCode.DOCUMENT_CORRUPT), "")


async def test_a_filtered_list_is_shared_by_its_address(live_server: LiveServer) -> None:
    services = live_server.services
    grace, linus = await story.person(services, Role.POWER_USER, "grace"), await story.person(services, Role.VIEWER)
    for name, asking in (("one.pdf", grace), ("two.pdf", grace), ("three.pdf", story.OPERATOR)):
        await fail(services, name, asking)
    await story.submitted(services, "four.pdf", asking=grace)
    async with looking(live_server, grace) as page:
        await page.goto("/ingestion")
        await tab(page, "Needs attention").click()
        await page.get_by_text("More filters").click()
        await page.get_by_label("Submitted by").fill("grace")
        await page.get_by_label("Source").select_option("Folder")
        await page.get_by_label("Failed at step").select_option("-")
        await page.get_by_role("button", name="Apply").click()
        await expect(page.get_by_role("list", name="Filters that are set").get_by_role("listitem")).to_have_count(4)
        shared, shown = page.url, await names(page)
    assert shown == ["two.pdf", "one.pdf"]
    async with looking(live_server, linus) as page:
        await page.goto(shared)
        assert await names(page) == shown
        await expect(page.get_by_label("Submitted by")).to_have_value("grace")
        await page.get_by_role("link", name="Remove the filter Submitted by: grace").click()
        await expect(page.locator(".row")).to_have_count(3)
        await page.get_by_role("link", name="Clear", exact=True).click()
        await expect(page).to_have_url(f"{live_server.url}/ingestion?attention=unresolved")
        await expect(page.get_by_label("Submitted by")).to_be_hidden()


async def test_who_submitted_a_job_leads_to_what_they_submitted(live_server: LiveServer) -> None:
    services = live_server.services
    grace = await story.person(services, Role.POWER_USER, "grace")
    await story.submitted(services, "mine.pdf", asking=grace)
    await story.submitted(services, "other.pdf")
    async with looking(live_server, grace) as page:
        await page.goto("/ingestion?state=queued")
        await page.get_by_role("link", name="grace", exact=True).click()
        await expect(page).to_have_url(f"{live_server.url}/ingestion?state=queued&submitter=grace")
        assert await names(page) == ["mine.pdf"]


async def test_tabs_count_what_their_lists_have_after_live_changes(live_server: LiveServer) -> None:
    services = live_server.services
    failed = [await story.failed(services, name=f"failed-{n}.pdf") for n in range(4)]
    queued = (await story.submitted(services, "queued.pdf", "waits.pdf")).job_ids
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/ingestion?attention=unresolved")
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        await expect(tab(page, "Needs attention").locator(".count")).to_have_text("4")
        await perform(services, story.OPERATOR, Retry(failed[0]))
        await perform(services, story.OPERATOR, Acknowledge(failed[1], "It is a test page."))
        await story.begun(services, queued[0])
        await expect(tab(page, "Needs attention").locator(".count")).to_have_text("2")
        await expect(tab(page, "Running").locator(".count")).to_have_text("1")
        await expect(page.locator(".row[data-gone]")).to_have_count(2)
        for name in (*TABS, "Needs attention", "Unresolved", "Retrying", "Recovered", "Acknowledged"):
            link = tab(page, name)
            await link.click()
            await expect(link).to_have_attribute("aria-current", "page")
            assert await page.locator(".row").count() == int(await link.locator(".count").inner_text())


async def test_what_became_of_a_failure_is_told_and_red_only_while_it_is_unresolved(live_server: LiveServer) -> None:
    services = live_server.services
    await story.failed(services, name="open.pdf")
    known = await story.failed(services, name="known.pdf")
    await perform(services, story.OPERATOR, Acknowledge(known, "Sent again by the supplier."))
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/ingestion?state=failed")
        await expect(page.locator(".row")).to_have_count(2)
        told = page.locator(".row").filter(has_text="known.pdf")
        await expect(told).to_contain_text("Sent again by the supplier.")
        red = await colour(page.locator(".row").filter(has_text="open.pdf").locator(".row-line"))
        assert await colour(told.locator(".mark .icon")) != red
        assert await colour(told.locator(".row-line").first) != red


async def test_a_page_of_older_jobs_stays_where_it_is_while_it_changes(live_server: LiveServer) -> None:
    services = live_server.services
    patient = replace(services, settings=replace(services.settings, lease_seconds=120.0))
    worker = await story.worker(patient)
    jobs = (await story.submitted(services, *(f"page-{n}.pdf" for n in range(60)))).job_ids
    async with looking(live_server, await story.person(services, Role.VIEWER), viewport={"width": 1200, "height": 500}) as page:
        await page.goto("/ingestion")
        await page.get_by_role("link", name="Older").click()
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        last = page.locator(".row").last
        await page.get_by_role("link", name="Newest").scroll_into_view_if_needed()
        before = page.url, await names(page), await page.evaluate("scrollY")
        await story.submitted(services, "new.pdf")
        await story.begun(services, min(jobs), worker_id=worker)
        await expect(last).to_contain_text("Running", timeout=15_000)
        assert (page.url, await names(page), await page.evaluate("scrollY")) == before
        await expect(page.get_by_text("new, show")).to_have_count(0)
        await page.get_by_role("link", name="Newest").click()
        await expect(page.locator(".row-name").first).to_have_text("new.pdf")


async def test_a_row_that_did_not_change_stays_the_same_element(live_server: LiveServer) -> None:
    services = live_server.services
    patient = replace(services, settings=replace(services.settings, lease_seconds=120.0))  # a lost worker changes every row
    job_id, worker = (await story.submitted(services, "old.pdf", "changes.pdf")).job_ids[1], await story.worker(patient)
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/ingestion")
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        still = page.locator(".row").filter(has_text="old.pdf")
        await expect(still.locator("time")).to_have_attribute("title", re.compile("CES?T$"))  # the reader's zone is known by now
        await still.evaluate("row => { row.kept = true; row.querySelector('time').textContent = 'long ago'; }")
        await story.begun(services, job_id, worker_id=worker)
        await expect(page.locator(".row").filter(has_text="changes.pdf")).to_contain_text("Running")
        assert await still.evaluate("row => row.kept")


async def test_what_is_new_moves_no_row(live_server: LiveServer) -> None:
    services = live_server.services
    await story.submitted(services, "old.pdf")
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/ingestion")
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        box = await page.locator("#rows").bounding_box()
        await story.submitted(services, *(f"new-{n}.pdf" for n in range(12)))
        await expect(page.get_by_role("link", name="12 new, show")).to_be_visible()
        await expect(page.locator("#said")).to_contain_text("New jobs: 12")
        assert await page.locator("#rows").bounding_box() == box
        await page.keyboard.press("n")
        await expect(page.locator(".row")).to_have_count(13)


async def test_filtering_paging_and_choosing_work_without_script(live_server: LiveServer) -> None:
    services = live_server.services
    for n in range(51):
        await story.failed(services, name=f"page-{n}.pdf")
    async with looking(
        live_server, await story.person(services, Role.POWER_USER), java_script_enabled=False, expected="404"
    ) as page:
        await page.goto("/ingestion")
        await tab(page, "Needs attention").click()
        await page.get_by_text("More filters").click()
        await page.get_by_label("Source").select_option("Folder")
        await page.get_by_role("button", name="Apply").click()
        await expect(page.locator(".row")).to_have_count(50)
        await page.get_by_role("link", name="Older", exact=True).click()
        await expect(page.locator(".row")).to_have_count(1)
        await page.get_by_label("Select page-0.pdf").check()
        chosen = await page.get_by_label("Select page-0.pdf").get_attribute("value")
        await page.get_by_role("button", name="Retry…").click()
        await page.wait_for_url("**/ingestion/retries/new?**")
        assert "attention=unresolved&source=folder&" in page.url
        assert page.url.endswith(f"&id={chosen}")
