"""A power user's morning: the list is live, a failed job is retried, and the retry is proven."""

import pytest
from playwright.async_api import Page, expect

from tests import story
from tests.acceptance import seeds
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tidegate.domain.actor import Role
from tidegate.domain.failures import Failure, FailureCode
from tidegate.operations import execution
from tidegate.operations.door import perform
from tidegate.operations.jobs import Retry
from tidegate.operations.people import AddPerson

pytestmark = pytest.mark.browser

DAMAGED = "The document is damaged."


async def sign_in(page: Page, login: str, password: str) -> None:
    await page.get_by_label("Name").fill(login)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()


async def test_signing_in_leads_to_the_wanted_page(live_server: LiveServer) -> None:
    await perform(live_server.services, story.OPERATOR, AddPerson("ada", "Ada", Role.ADMIN, seeds.PASSWORD))
    async with looking(live_server, expected="401") as page:
        await page.goto("/ingestion?state=failed")
        await sign_in(page, "ada", "not the password at all")
        await expect(page.get_by_role("alert")).to_contain_text("not right")
        await sign_in(page, "ada", seeds.PASSWORD)
        await expect(page).to_have_url(f"{live_server.url}/ingestion?state=failed")
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_text("You are signed out.")).to_be_visible()


async def test_tabs_count_what_their_lists_show(live_server: LiveServer) -> None:
    services = live_server.services
    for name in ("one.pdf", "two.pdf"):
        await story.failed(services, name=name)
    await story.submitted(services, "three.pdf", "four.pdf", "five.pdf")
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        for tab, n in (("All", 5), ("Queued", 3), ("Failed", 2)):
            await page.goto("/ingestion")
            link = page.get_by_role("navigation", name="States").get_by_role("link", name=tab)
            await expect(link.locator(".count")).to_have_text(str(n))
            await link.click()
            await expect(page.locator(".row")).to_have_count(n)
        await expect(page.locator(".row").first).to_contain_text(DAMAGED)


async def test_a_row_changes_in_place_without_a_reload(live_server: LiveServer) -> None:
    services = live_server.services
    submitted = await story.submitted(services, "report.pdf")
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/ingestion")
        row = page.locator(".row")
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        await expect(row).to_contain_text("Queued")
        await row.locator(".row-name").focus()
        hold = await story.begun(services, submitted.job_ids[0])
        await execution.start_step(services, hold, 3, 5, "extract")
        await execution.set_progress(services, hold, 41, 120, "pages")
        await expect(row).to_contain_text("Step 3 of 5, extract · 41 of 120 pages")
        await expect(row.locator(".row-name")).to_be_focused()
        await execution.fail(services, hold, Failure(FailureCode.DOCUMENT_CORRUPT), "")
        await expect(row).to_contain_text(DAMAGED)
        await expect(page.locator("#said")).to_contain_text("report.pdf: Failed")


async def test_new_jobs_are_told_of_and_never_jump_in(live_server: LiveServer) -> None:
    services = live_server.services
    await story.submitted(services, "old.pdf")
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/ingestion")
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        await story.submitted(services, "new.pdf", "newer.pdf")
        await expect(page.get_by_role("link", name="2 new, show")).to_be_visible()
        await expect(page.locator(".row")).to_have_count(1)
        await page.get_by_role("link", name="2 new, show").click()
        await expect(page.locator(".row")).to_have_count(3)


async def test_a_power_user_retries_from_the_list_and_follows_the_audit_link(live_server: LiveServer) -> None:
    services = live_server.services
    await story.failed(services, name="broken.pdf")
    async with looking(live_server, await story.person(services, Role.POWER_USER, "grace")) as page:
        await page.goto("/ingestion")
        await page.get_by_role("link", name="Retry broken.pdf").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Reason").fill("The file was put back.")
        await dialog.get_by_role("button", name="Retry").click()
        await expect(page.get_by_text("Attempt 2 is queued.").first).to_be_visible()
        await expect(page.locator(".row")).to_contain_text("Queued")
        await page.get_by_role("link", name="See the audit event").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("grace retried broken.pdf")
        await expect(page.get_by_text("The file was put back.")).to_be_visible()


async def test_a_power_user_retries_from_the_page_of_the_job(live_server: LiveServer) -> None:
    services = live_server.services
    job_id = await story.failed(services, name="broken.pdf")
    async with looking(live_server, await story.person(services, Role.POWER_USER, "grace")) as page:
        await page.goto(f"/ingestion/jobs/{job_id}")
        await expect(page.get_by_role("heading", name=DAMAGED)).to_be_visible()
        await page.keyboard.press("r")
        await page.get_by_role("dialog").get_by_text("From the start", exact=True).click()
        await page.get_by_role("dialog").get_by_role("button", name="Retry").click()
        await expect(page.get_by_text("Retried from the start by grace")).to_be_visible()
        await page.locator("#attempt-2").get_by_role("link", name="audit event", exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("grace retried broken.pdf")


async def test_a_dialog_stays_open_while_its_row_changes_and_tells_of_the_conflict(live_server: LiveServer) -> None:
    services = live_server.services
    job_id = await story.failed(services, name="broken.pdf")
    async with looking(live_server, await story.person(services, Role.POWER_USER), expected="409") as page:
        await page.goto("/ingestion")
        await page.get_by_role("link", name="Retry broken.pdf").click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        await perform(services, story.OPERATOR, Retry(job_id))
        await expect(page.locator(".row")).to_contain_text("Queued")
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("button", name="Retry").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("queued")


async def test_a_viewer_is_told_why_retry_is_off(live_server: LiveServer) -> None:
    services = live_server.services
    job_id = await story.failed(services, name="broken.pdf")
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/ingestion")
        await expect(page.get_by_text("You can look, but not retry.")).to_be_visible()
        button = page.locator(".row").get_by_role("button", name="Retry")
        await expect(button).to_have_attribute("aria-disabled", "true")
        await button.hover()
        await expect(page.locator(".row .tip:visible")).to_have_text("This needs the role power user.")
        await page.goto(f"/ingestion/jobs/{job_id}/retry")
        await expect(page.get_by_text("This needs the role power user.")).to_be_visible()
        await expect(page.get_by_role("button", name="Retry")).to_have_count(0)


async def test_triage_by_keyboard_alone(live_server: LiveServer) -> None:
    services = live_server.services
    for name in ("one.pdf", "two.pdf"):
        await story.failed(services, name=name)
    async with looking(live_server, await story.person(services, Role.POWER_USER)) as page:
        await page.goto("/ingestion?state=failed")
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        await expect(page.get_by_role("link", name="one.pdf", exact=True)).to_be_focused()
        await page.keyboard.press("r")
        await expect(page.get_by_role("dialog")).to_contain_text("one.pdf")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator(".row").filter(has_text="one.pdf")).to_contain_text("It has left this list: it is queued now.")
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        await page.keyboard.press("Escape")
        await page.keyboard.press("/")
        await expect(page.get_by_label("Part of a name")).to_be_focused()
