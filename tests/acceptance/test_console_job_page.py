"""The page of one job: why it stands where it stands, and everything that became of it."""

from dataclasses import replace
from uuid import UUID

import pytest
from playwright.async_api import expect

from tests import story
from tests.acceptance.axe import violations
from tests.acceptance.browsing import Theme, looking
from tests.acceptance.conftest import LiveServer
from tests.operations.test_execution import RESULT
from tidegate.domain.actor import Role
from tidegate.domain.failures import Failure, FailureCode
from tidegate.operations import execution
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Cancel, Retry

pytestmark = pytest.mark.browser


async def change(services: Services, statement: str, *values: object) -> None:
    async with services.pool.connection() as connection:
        await connection.execute(statement.encode(), values)


async def steady(services: Services) -> UUID:
    """A worker whose lease outlasts any test."""
    return await story.worker(replace(services, settings=replace(services.settings, lease_seconds=3600.0)))


async def stubborn(services: Services, attempts: int) -> UUID:
    """A job that failed in all its attempts but the last, by turns for two causes, and then succeeded."""
    quick = replace(services, settings=replace(services.settings, retry_delay_scale=0.0))
    worker_id = await steady(quick)
    job_id = (await story.submitted(quick, "stubborn.pdf")).job_ids[0]
    for number in range(1, attempts):
        hold = await story.begun(quick, job_id, number, worker_id)
        await execution.start_step(quick, hold, 1, 5, "fetch")
        code = FailureCode.DOCUMENT_CORRUPT if number % 2 else FailureCode.DOCUMENT_EMPTY
        assert not await execution.fail(quick, hold, Failure(code), f"boom {number}")
        await perform(quick, story.OPERATOR, Retry(job_id, reason="once more"))
    await execution.succeed(quick, await story.begun(quick, job_id, attempts, worker_id), RESULT)
    return job_id


async def lost(services: Services) -> UUID:
    """A job whose worker has fallen silent."""
    job_id = (await story.submitted(services, "lost.pdf")).job_ids[0]
    hold = await story.begun(services, job_id)
    await execution.start_step(services, hold, 3, 5, "extract")
    await change(services, "UPDATE worker SET lease_until = now() - interval '1 second' WHERE id = %s", hold.worker_id)
    return job_id


async def still(services: Services) -> UUID:
    """A job that runs without progress."""
    job_id = (await story.submitted(services, "still.pdf")).job_ids[0]
    hold = await story.begun(services, job_id, worker_id=await steady(services))
    await execution.start_step(services, hold, 3, 5, "extract")
    await change(services, "UPDATE job SET progress_at = now() - interval '90 seconds' WHERE id = %s", job_id)
    return job_id


async def test_a_waiting_job_tells_its_place_and_follows_it(live_server: LiveServer) -> None:
    services = live_server.services
    worker_id = await steady(services)
    first, job_id = (await story.submitted(services, "a.pdf", "b.pdf")).job_ids
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto(f"/ingestion/jobs/{job_id}")
        await expect(page.get_by_text("Place 2 of 2 waiting for the pipeline documents.")).to_be_visible()
        await story.begun(services, first, worker_id=worker_id)
        await expect(page.get_by_text("Place 1 of 1 waiting for the pipeline documents.")).to_be_visible(timeout=15_000)
        hold = await story.begun(services, job_id, worker_id=worker_id)
        await expect(page.get_by_text("A worker is on it.")).to_be_visible()
        await execution.fail(services, hold, Failure(FailureCode.DOCUMENT_CORRUPT), "")
        await expect(page.get_by_role("list", name="Its life so far")).to_contain_text("Failed")


async def test_a_list_marks_what_is_held_up_and_the_page_says_why(live_server: LiveServer) -> None:
    services = live_server.services
    await lost(services)
    await still(services)
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/ingestion")
        row = page.locator(".row").filter(has_text="still.pdf")
        await expect(row.locator(".hindered")).to_have_text("no progress 1 min")
        row = page.locator(".row").filter(has_text="lost.pdf")
        await expect(row.locator(".hindered")).to_have_text("worker lost")
        await row.get_by_role("link", name="lost.pdf", exact=True).click()
        await expect(page.get_by_text("Its worker was lost: resuming at about")).to_be_visible()
        assert await execution.reap(services) == 1
        await expect(page.get_by_text("because the worker of attempt 1 was lost")).to_be_visible()
        await expect(page.get_by_text("Place 1 of 1 waiting")).to_be_visible()


async def test_a_recovered_job_says_which_attempt_and_what_came_before(live_server: LiveServer) -> None:
    services = live_server.services
    job_id = await stubborn(services, 4)
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto(f"/ingestion/jobs/{job_id}")
        await expect(page.locator("#advice")).to_contain_text("Recovered by attempt 4. Ingested and searchable.")
        before = page.get_by_role("list", name="What had failed before").get_by_role("listitem")
        await expect(before).to_have_text(
            ["The document is damaged. 2 times, last in attempt 3", "There is no text in the document. in attempt 2"]
        )
        await before.first.get_by_role("link").click()
        await expect(page).to_have_url(f"{live_server.url}/ingestion/jobs/{job_id}#attempt-3")
        await page.locator("#attempt-3").get_by_text("Why, and what to do").click()
        await expect(page.locator("#attempt-3 .why")).to_contain_text("Who can do it")
        button = page.locator("#attempt-3").get_by_role("button", name="Open the diagnostic")
        await expect(button).to_have_attribute("aria-disabled", "true")
        await button.hover()
        await expect(page.locator("#attempt-3 .tip")).to_have_text("This needs the role administrator; yours is viewer.")


async def test_a_long_history_is_folded_and_an_old_attempt_has_a_link(live_server: LiveServer) -> None:
    services = live_server.services
    job_id = await stubborn(services, 30)
    async with looking(live_server, await story.person(services, Role.ADMIN)) as page:
        await page.goto(f"/ingestion/jobs/{job_id}")
        await expect(page.locator("#attempt-30")).to_be_visible()
        await expect(page.locator("#attempt-2")).to_be_hidden()
        await page.get_by_text("22 older attempts").click()
        await page.locator("#attempt-2").get_by_role("link", name="Attempt 2").click()
        await expect(page.locator("#attempt-2").get_by_role("list", name="Steps")).to_be_visible()
        await page.locator("#attempt-2").get_by_text("Why, and what to do").click()
        await page.locator("#attempt-2").get_by_text("Open the diagnostic").click()
        await page.locator("#attempt-2").get_by_role("button", name="Open and record").click()
        await expect(page.get_by_text("boom 2", exact=True)).to_be_visible()


async def test_cancelling_a_running_job_is_told_with_its_reason(live_server: LiveServer) -> None:
    services = live_server.services
    job_id = await still(services)
    grace = await story.person(services, Role.POWER_USER, "grace")
    async with looking(live_server, grace) as page:
        await page.goto(f"/ingestion/jobs/{job_id}")
        await expect(page.locator("#advice")).to_contain_text("Running, but without progress for 1 min")
        cancelled = await perform(services, grace, Cancel(job_id, "The wrong annex."))
        await expect(page.locator("#advice")).to_contain_text("grace cancelled this job while it ran, in step 3 of 5, extract.")
        await expect(page.locator("#advice")).to_contain_text("The wrong annex.")
        act = page.locator(f"#event-{cancelled.audit_event_id}")
        await expect(act).to_contain_text(str(cancelled.audit_event_id))
        await act.get_by_role("link", name="audit event", exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("grace cancelled still.pdf")


async def test_who_may_not_read_content_is_told_so(live_server: LiveServer) -> None:
    services = live_server.services
    job_id = await stubborn(services, 1)
    asking = await story.person(services, Role.VIEWER)
    await change(services, "UPDATE person SET reads_content = false WHERE id = %s", asking.actor.id)
    async with looking(live_server, asking) as page:
        await page.goto(f"/ingestion/jobs/{job_id}")
        await expect(page.get_by_role("button", name="Read the text")).to_have_attribute("aria-disabled", "true")
        await expect(page.locator(".why-not")).to_have_text("This needs the right to read content, which an administrator gives.")


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_on_any_standing(live_server: LiveServer, theme: Theme) -> None:
    services = live_server.services
    worker_id = await steady(services)
    slow = replace(services, settings=replace(services.settings, retry_delay_scale=9.0))
    delayed = (await story.submitted(services, "later.pdf")).job_ids[0]
    await execution.fail(
        slow, await story.begun(services, delayed, worker_id=worker_id), Failure(FailureCode.SOURCE_UNREACHABLE), "detail"
    )
    waiting = (await story.submitted(services, "waiting.pdf")).job_ids[0]
    moving = (await story.submitted(services, "moving.pdf")).job_ids[0]
    await story.begun(services, moving, worker_id=worker_id)
    ids = [delayed, waiting, moving, await lost(services), await still(services), await stubborn(services, 12)]
    found: list[str] = []
    async with looking(
        live_server, await story.person(services, Role.ADMIN), color_scheme=theme, reduced_motion="reduce"
    ) as page:
        for path in ("/ingestion", *(f"/ingestion/jobs/{id}?attempt=1" for id in ids)):
            await page.goto(path)
            found += await violations(page)
    assert found == []
