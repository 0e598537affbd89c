"""The list of batches: in the browser, over HTTP and on the command line's own data."""

import pytest
from playwright.async_api import expect

from tests import story
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tests.visitors import Visitor
from tidegate.domain.actor import Role
from tidegate.domain.failures import Failure, FailureCode
from tidegate.domain.ids import new_id
from tidegate.operations import execution
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Cancel

BATCHES = "/api/ingestion/batches"


async def test_the_api_pages_through_batches(services: Services, viewer: Visitor) -> None:
    ids = [str((await story.submitted(services, "a", "b")).batch_id) for _ in range(3)]
    first = (await viewer.http.get(BATCHES, params={"page_size": 2})).json()
    rest = (await viewer.http.get(BATCHES, params={"page_size": 2, "page_token": first["next_page_token"]})).json()
    assert [row["batch"]["id"] for row in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next_page_token"] is None
    assert {(row["states"]["queued"], row["is_over"]) for row in first["items"]} == {(2, False)}


@pytest.mark.browser
async def test_each_batch_shows_how_it_stands_and_changes_in_place(live_server: LiveServer) -> None:
    services = live_server.services
    old = await story.submitted(services, "one.pdf", "two.pdf", "three.pdf")
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/ingestion")
        await page.get_by_role("link", name="Batches").click()
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        row = page.locator(f"#batch-{old.batch_id}")
        await expect(row).to_contain_text("3 still to go")
        await row.locator(".row-name").focus()
        hold = await story.begun(services, old.job_ids[0])
        await execution.fail(services, hold, Failure(FailureCode.DOCUMENT_CORRUPT), "")
        for job_id in old.job_ids[1:]:
            await perform(services, story.OPERATOR, Cancel(job_id))
        await expect(row).to_contain_text("Over: 1 failed")
        await expect(row.locator(".row-name")).to_be_focused()
        await story.submitted(services, "new.pdf")
        await expect(page.locator(".row")).to_have_count(1)
        await page.get_by_role("link", name="1 new batch, show").click()
        await expect(page.locator(".row")).to_have_count(2)
        await page.locator(f"#batch-{old.batch_id}").get_by_role("link", name="Cancelled 2").click()
        await expect(page.locator(".row")).to_have_count(2)
        await expect(page.get_by_role("link", name="three.pdf", exact=True)).to_be_visible()


@pytest.mark.browser
async def test_older_batches_are_reached_without_script(live_server: LiveServer) -> None:
    services = live_server.services
    first, *_ = [(await story.submitted(services, f"{n}.pdf")).batch_id for n in range(51)]
    async with looking(live_server, await story.person(services, Role.VIEWER), java_script_enabled=False) as page:
        await page.goto("/ingestion/batches")
        await expect(page.locator(".row")).to_have_count(50)
        await page.get_by_role("link", name="Older").click()
        await expect(page.locator(".row")).to_have_count(1)
        await page.locator(f"#batch-{first}-name").click()
        await expect(page.get_by_role("link", name="0.pdf", exact=True)).to_be_visible()


async def test_a_part_for_any_address_is_answered(viewer: Visitor) -> None:
    for newest in ("", "x", str(new_id()), "f" * 32):
        answer = await viewer.http.get("/ingestion/batches/changes", params={"newest": newest, "older": "1"})
        assert answer.status_code == 200
