"""Reading, filtering, paging, retrying, cancelling and submitting work with plain forms."""

import pytest
from playwright.async_api import FilePayload, expect

from tests import story
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tests.acceptance.seeds import PASSWORD
from tidegate.domain.actor import Role
from tidegate.operations.door import perform
from tidegate.operations.people import AddPerson

pytestmark = pytest.mark.browser


async def test_everything_that_matters_works_by_forms(live_server: LiveServer) -> None:
    services = live_server.services
    await perform(services, story.OPERATOR, AddPerson("grace", "Grace", Role.POWER_USER, PASSWORD))
    await story.submitted(services, *(f"page-{n}.pdf" for n in range(60)))
    await story.failed(services, name="broken.pdf")
    async with looking(live_server, java_script_enabled=False) as page:
        await page.goto("/ingestion")
        await page.get_by_label("Name").fill("grace")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.locator(".row")).to_have_count(50)
        await page.get_by_role("link", name="Older").click()
        await expect(page.locator(".row")).to_have_count(11)
        await page.get_by_label("Part of a name").fill("broken")
        await page.get_by_role("button", name="Apply").click()
        await expect(page.locator(".row")).to_have_count(1)
        await page.get_by_role("link", name="Retry broken.pdf").click()
        await page.get_by_label("Reason").fill("again")
        await page.get_by_role("button", name="Retry").click()
        await expect(page.get_by_text("Attempt 2 is queued.")).to_be_visible()
        await expect(page.locator(".row")).to_contain_text("Queued")
        await page.get_by_role("link", name="broken.pdf", exact=True).click()
        await page.get_by_role("link", name="Cancel").click()
        await page.get_by_role("button", name="Cancel the job").click()
        await expect(page.get_by_text("The job is cancelled.")).to_be_visible()
        await expect(page.get_by_text("grace cancelled this job before it ran.")).to_be_visible()


async def test_a_file_is_uploaded_by_a_plain_form(live_server: LiveServer) -> None:
    services = live_server.services
    async with looking(live_server, await story.person(services, Role.POWER_USER), java_script_enabled=False) as page:
        await page.goto("/ingestion/new")
        await page.locator("#files").set_input_files(FilePayload(name="hello.txt", mimeType="text/plain", buffer=b"hello"))
        await page.get_by_role("button", name="Upload and ingest").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("hello.txt")
        await expect(page.locator(".row")).to_contain_text("Queued")
