"""A failure that may stay is acknowledged with a reason, alone or with many, and that can be taken back."""

import pytest
from playwright.async_api import expect

from tests import story
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tidegate.domain.actor import Role
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import Attention
from tidegate.operations.acknowledging import Acknowledge
from tidegate.operations.door import perform

pytestmark = pytest.mark.browser


async def test_a_failure_is_acknowledged_and_undone_at_once(live_server: LiveServer) -> None:
    services = live_server.services
    job_id = await story.failed(services, name="template.docx")
    async with looking(live_server, await story.person(services, Role.POWER_USER, "grace")) as page:
        await page.goto(f"/ingestion/jobs/{job_id}")
        await page.get_by_role("link", name="Acknowledge").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_label("Reason")).to_be_focused()
        await dialog.get_by_label("Reason").fill("A template, not a document.")
        await dialog.get_by_role("button", name="Acknowledge").click()
        await expect(page.locator(".toast")).to_contain_text("The failure is acknowledged.")
        state = page.get_by_role("region", name="Acknowledged")
        await expect(state).to_contain_text("Acknowledged by grace")
        await expect(state).to_contain_text("A template, not a document.")
        await page.locator(".toast").get_by_role("button", name="Undo").click()
        await expect(page.locator(".toast")).to_contain_text("The failure is unresolved again.")
        await expect(page.get_by_role("link", name="Acknowledge")).to_be_visible()
    assert (await story.job(services, job_id)).summary.attention is Attention.UNRESOLVED


async def test_a_reason_is_needed_and_a_change_is_told(live_server: LiveServer) -> None:
    services = live_server.services
    job_id = await story.failed(services)
    async with looking(live_server, await story.person(services, Role.POWER_USER), expected="40") as page:
        await page.goto(f"/ingestion/jobs/{job_id}/acknowledge")
        await page.get_by_role("button", name="Acknowledge").click()
        await expect(page).to_have_url(f"{live_server.url}/ingestion/jobs/{job_id}/acknowledge")
        await page.get_by_label("Reason").fill("   ")
        await page.get_by_role("button", name="Acknowledge").click()
        await expect(page.get_by_role("alert")).to_contain_text("Say why")
        await perform(services, story.OPERATOR, Acknowledge(job_id, "first"))
        await page.get_by_label("Reason").fill("second")
        await page.get_by_role("button", name="Acknowledge").click()
        await expect(page.get_by_role("alert")).to_contain_text("has changed since you looked")


async def test_a_cause_is_acknowledged_whole(live_server: LiveServer) -> None:
    services = live_server.services
    for number in range(3):
        await story.failed(services, FailureCode.DOCUMENT_EMPTY, f"empty-{number}.docx")
    await story.failed(services)
    async with looking(live_server, await story.person(services, Role.POWER_USER, "grace")) as page:
        await page.goto("/ingestion/causes")
        await page.get_by_role("link", name="Acknowledge these…").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("3 failures are unresolved.")
        late = await story.failed(services, FailureCode.DOCUMENT_EMPTY, "late.docx")
        await dialog.get_by_label("Reason").fill("Empty templates.")
        await dialog.get_by_role("button", name="Acknowledge 3 failures").click()
        await expect(page.locator(".toast")).to_contain_text("Failures acknowledged: 3.")
        cause = page.locator(".cause", has_text="There is no text in the document.")
        await expect(cause.locator(".cause-n")).to_contain_text("1")
        await expect(cause.get_by_role("link", name="3 acknowledged")).to_be_visible()
        await page.locator(".toast").get_by_role("link", name="See the audit event").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("grace acknowledged the failures of 3 jobs")
        await expect(page.get_by_role("link", name="3 events")).to_be_visible()
    assert (await story.job(services, late)).summary.attention is Attention.UNRESOLVED


async def test_a_viewer_sees_who_acknowledged_and_why_it_is_not_theirs_to_take_back(live_server: LiveServer) -> None:
    services = live_server.services
    known, open_ = await story.failed(services), await story.failed(services)
    await perform(services, story.OPERATOR, Acknowledge(known, "known"))
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        for job_id, name in ((known, "Take back"), (open_, "Acknowledge")):
            await page.goto(f"/ingestion/jobs/{job_id}")
            button = page.get_by_role("button", name=name)
            await expect(button).to_have_attribute("aria-disabled", "true")
            await expect(button).to_have_accessible_description("This needs the role power user.")


async def test_without_script_it_is_all_forms(live_server: LiveServer) -> None:
    services = live_server.services
    job_id = await story.failed(services)
    await story.failed(services)
    async with looking(live_server, await story.person(services, Role.POWER_USER), java_script_enabled=False) as page:
        await page.goto(f"/ingestion/jobs/{job_id}")
        await page.get_by_role("link", name="Acknowledge").click()
        await page.get_by_label("Reason").fill("known")
        await page.get_by_role("button", name="Acknowledge").click()
        await expect(page.get_by_role("status").first).to_contain_text("The failure is acknowledged.")
        await page.get_by_role("button", name="Undo").click()
        await expect(page.get_by_role("status").first).to_contain_text("The failure is unresolved again.")
        await page.goto("/ingestion/causes")
        await page.get_by_role("link", name="Acknowledge these…").click()
        await page.get_by_label("Reason").fill("both known")
        await page.get_by_role("button", name="Acknowledge 2 failures").click()
        await expect(page.get_by_text("Failures acknowledged: 2.")).to_be_visible()
        await expect(page.get_by_text("No unresolved failure")).to_be_visible()
        await page.goto(f"/ingestion/jobs/{job_id}")
        await page.get_by_role("link", name="Take back").click()
        await page.get_by_role("button", name="Take back").click()
        await expect(page.get_by_text("The failure is unresolved again.")).to_be_visible()
