"""The whole story in one: a real server, a real worker, a real browser, and the specification's own words."""

import pytest
from playwright.async_api import FilePayload, expect

from tests import documents, processes, story
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tidegate.audit.vocabulary import AuditAction
from tidegate.domain.actor import Role
from tidegate.operations.door import perform
from tidegate.operations.people import AddPerson

PASSWORD = "the lock opens at slack water"
GOOD = FilePayload(name="tides.pdf", mimeType="application/pdf", buffer=documents.pdf(["High water at six."]))
BROKEN = FilePayload(name="broken.pdf", mimeType="application/pdf", buffer=b"%PDF-1.4\nand no more than that")
DAMAGED = "The document is damaged."
WAIT = 40_000
"""Milliseconds for what a worker does on a busy machine."""

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def test_a_power_user_uploads_sees_retries_and_the_proof_is_there(live_server: LiveServer) -> None:
    services = live_server.services
    await perform(services, story.OPERATOR, AddPerson("grace", "Grace", Role.POWER_USER, PASSWORD))
    async with processes.running(services.settings, "work"), looking(live_server) as page:
        await page.goto("/ingestion/new")
        await page.get_by_label("Name").fill("grace")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()

        await page.locator("#files").set_input_files([GOOD, BROKEN])
        await page.get_by_role("button", name="Upload and ingest").click()
        rows = page.locator(".row")
        await expect(rows).to_have_count(2)
        loads: list[str] = []
        page.on("load", lambda loaded: loads.append(loaded.url))
        await expect(rows.filter(has_text="tides.pdf")).to_contain_text("Succeeded", timeout=WAIT)
        await expect(rows.filter(has_text="broken.pdf")).to_contain_text(DAMAGED, timeout=WAIT)
        assert loads == []

        await rows.filter(has_text="broken.pdf").get_by_role("link", name="Retry broken.pdf").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Reason").fill("Sent again by the supplier.")
        await dialog.get_by_role("button", name="Retry").click()
        await expect(rows.filter(has_text="broken.pdf")).to_contain_text("Attempt 2", timeout=WAIT)
        await expect(rows.filter(has_text="broken.pdf")).to_contain_text(DAMAGED, timeout=WAIT)
        assert loads == []

        await rows.filter(has_text="broken.pdf").get_by_role("link", name="broken.pdf", exact=True).click()
        await page.locator("#attempt-2").get_by_role("link", name="audit event", exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("grace retried broken.pdf")
        await expect(page.get_by_text("Sent again by the supplier.")).to_be_visible()

    [event] = await story.events(services, action=AuditAction.RETRY)
    assert event.body.target.id is not None
    job = await story.job(services, event.body.target.id)
    assert [attempt.audit_event_id for attempt in job.attempts if attempt.attempt_no == 2] == [event.id]
