"""Many failures are retried as one act: previewed, asked for with a reason, worked off by the server, and on record."""

import pytest
from playwright.async_api import Page, expect

from tests import many, story
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tidegate.audit.browse import AuditFilter
from tidegate.audit.vocabulary import AuditAction
from tidegate.domain.actor import Role
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import State
from tidegate.operations import bulk_retry, reading
from tidegate.operations.acknowledging import Acknowledge, Unacknowledge
from tidegate.operations.door import Services, perform

pytestmark = pytest.mark.browser

PROTECTED = "/ingestion/retries/new?attention=unresolved&failure=document_encrypted&back=%2Fingestion%2Fcauses"


async def protected(services: Services, n: int) -> list[object]:
    return [await story.failed(services, FailureCode.DOCUMENT_ENCRYPTED, f"invoice-{i}.pdf") for i in range(n)]


async def retry(page: Page, n: int, reason: str = "The passwords came by post.") -> None:
    """Say why and retry, then wait for the end."""
    await page.get_by_label("Reason").fill(reason)
    await page.get_by_role("button", name=f"Retry {n} job").click()
    await expect(page.get_by_role("heading", level=1, name=f"Retry of {n} job")).to_be_visible()
    await expect(page.locator("#retried .mark")).to_have_text("Done", timeout=30_000)


async def test_a_cause_of_twelve_is_retried_to_the_end_and_proven(live_server: LiveServer) -> None:
    services = live_server.services
    await protected(services, 12)
    await story.failed(services, name="another.pdf")
    async with looking(live_server, await story.person(services, Role.POWER_USER, "grace")) as page:
        await page.goto("/ingestion/causes")
        await page.get_by_role("link", name="Retry these 12…").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_role("heading", name="Retry 12 jobs?")).to_be_visible()
        await expect(dialog.get_by_role("list", name="What will happen")).to_contain_text("12from the start")
        await expect(dialog.get_by_text("Among them:")).to_contain_text("invoice-11.pdf, invoice-10.pdf")
        await expect(dialog.get_by_text("and 7 more")).to_be_visible()
        await retry(page, 12)
        tabs = page.get_by_role("navigation", name="What became of them")
        await expect(tabs.get_by_role("link")).to_have_text(["All 12", "Retried 12"])
        await expect(page.locator(".item")).to_have_count(12)
        await expect(page.locator("#outcomes")).to_contain_text("12queued or running")
        await page.get_by_role("link", name="audit event", exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("grace retried 12 jobs")
        await page.get_by_role("link", name="12 events").click()
        await expect(page.locator(".event")).to_have_count(12)
        await page.locator(".event").first.get_by_role("link", name="ingestion.retry").click()
        await page.get_by_role("link", name="the act on many").click()
        await page.get_by_role("link", name="12 jobs").click()
        await expect(page.get_by_text("The passwords came by post.")).to_be_visible()
    [made] = await bulk_retry.list_bulk(services, story.OPERATOR.actor)
    assert (made.total, made.retried, made.requester_name) == (12, 12, "grace")


async def test_a_cause_of_312_is_one_act_with_one_result_page(live_server: LiveServer) -> None:
    services = live_server.services
    await many.failed(services.settings.database_url, 312)
    async with looking(live_server, await story.person(services, Role.POWER_USER)) as page:
        await page.goto("/ingestion/causes")
        await page.get_by_role("link", name="Retry these 312…").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_role("heading", name="Retry 312 jobs?")).to_be_visible()
        await expect(dialog.get_by_role("list", name="What will happen")).to_contain_text("312from the start")
        await retry(page, 312)
        tabs = page.get_by_role("navigation", name="What became of them")
        await expect(tabs.get_by_role("link")).to_have_text(["All 312", "Retried 312"])
        await expect(page.locator("#outcomes")).to_contain_text("312queued or running")
    [made] = await bulk_retry.list_bulk(services, story.OPERATOR.actor)
    seen = await bulk_retry.get(services, story.OPERATOR.actor, made.id)
    assert (made.total, seen.retried, seen.reason) == (312, 312, "The passwords came by post.")
    children, before = AuditFilter(parent_id=made.audit_event_id), None
    targets: list[object] = []
    while not targets or before is not None:
        page_of = await reading.list_audit_events(services, story.OPERATOR.actor, children, before=before, limit=200)
        targets += [event.body.target.id for event in page_of.events]
        before = page_of.next_before
    assert len(targets) == len(set(targets)) == 312


async def test_the_page_follows_the_work_and_the_jobs_without_a_reload(live_server: LiveServer) -> None:
    services = live_server.services
    ids = await protected(services, 2)
    async with looking(live_server, await story.person(services, Role.POWER_USER)) as page:
        await page.goto(PROTECTED)
        await retry(page, 2)
        loads: list[str] = []
        page.on("load", lambda loaded: loads.append(loaded.url))
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        await story.begun(services, ids[0], 2)  # type: ignore[arg-type]
        await expect(page.locator(".item", has_text="invoice-0.pdf")).to_contain_text("Running")
        assert loads == []


async def test_what_is_left_out_is_said_before_and_after(live_server: LiveServer) -> None:
    services = live_server.services
    await protected(services, 2)
    await story.failed(services, FailureCode.MALWARE_DETECTED, "evil.exe")
    known = await story.failed(services, FailureCode.DOCUMENT_ENCRYPTED, "known.pdf")
    await perform(services, story.OPERATOR, Acknowledge(known, "it stays shut"))
    async with looking(live_server, await story.person(services, Role.POWER_USER)) as page:
        await page.goto("/ingestion/retries/new?state=failed")
        await expect(page.get_by_text("2 jobs are left out")).to_be_visible()
        await expect(page.locator(".left-out")).to_contain_text("The file was found to be malicious. No plain retry may follow.")
        await expect(page.locator(".left-out")).to_contain_text("Acknowledged: somebody said that it may stay as it is.")
        await retry(page, 2)
        await page.get_by_role("link", name="Left out 2").click()
        await expect(page.locator(".item")).to_have_count(2)
        await expect(page.locator(".item", has_text="evil.exe")).to_contain_text("No plain retry may follow.")
        await expect(page.locator(".item", has_text="known.pdf")).to_contain_text("Failed, acknowledged")
        await page.get_by_role("link", name="Retries of many").click()
        await expect(page.locator(".item")).to_contain_text("2 retried, 2 left out")


async def test_more_than_was_shown_is_shown_again_before_anything_is_done(live_server: LiveServer) -> None:
    services = live_server.services
    known, *_ = await protected(services, 3)
    await perform(services, story.OPERATOR, Acknowledge(known, "known"))  # type: ignore[arg-type]
    async with looking(live_server, await story.person(services, Role.POWER_USER), expected="409") as page:
        await page.goto("/ingestion/causes")
        await page.get_by_role("link", name="Retry these 2…").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("Retry 2 jobs?")
        await perform(services, story.OPERATOR, Unacknowledge(known))  # type: ignore[arg-type]
        late = await story.failed(services, FailureCode.DOCUMENT_ENCRYPTED, "late.pdf")
        await dialog.get_by_label("Reason").fill("all of them")
        await dialog.get_by_role("button", name="Retry 2 jobs").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("2 would have been retried then, 4 now.")
        await expect(dialog.get_by_label("Reason")).to_have_value("all of them")
        assert await bulk_retry.list_bulk(services, story.OPERATOR.actor) == []
        await retry(page, 4, "all four of them")
    assert (await story.job(services, late)).summary.state is State.QUEUED


async def test_what_fails_while_one_decides_is_not_retried(live_server: LiveServer) -> None:
    services = live_server.services
    await protected(services, 2)
    async with looking(live_server, await story.person(services, Role.POWER_USER)) as page:
        await page.goto(PROTECTED)
        late = await story.failed(services, FailureCode.DOCUMENT_ENCRYPTED, "late.pdf")
        await retry(page, 2)
    assert (await story.job(services, late)).summary.state is State.FAILED


async def test_the_choice_of_where_to_begin_is_previewed_and_what_was_typed_stays(live_server: LiveServer) -> None:
    services = live_server.services
    await protected(services, 1)
    await story.failed(services, FailureCode.QUOTA_EXCEEDED, "too-much.pdf")
    async with looking(live_server, await story.person(services, Role.POWER_USER)) as page:
        await page.goto("/ingestion/retries/new?state=failed")
        plans = page.get_by_role("list", name="What will happen")
        await expect(plans.get_by_role("listitem")).to_have_count(2)
        await page.get_by_label("Reason").fill("there is room again")
        await page.get_by_text("From the start", exact=True).click()
        await expect(plans).to_contain_text("2from the start")
        await expect(plans.get_by_role("listitem")).to_have_count(1)
        await expect(page.locator("#said")).to_contain_text("Retry 2 jobs? 2 from the start.")
        await retry(page, 2, await page.get_by_label("Reason").input_value())
        await expect(page.get_by_text("To begin: from the start")).to_be_visible()
    [made] = await bulk_retry.list_bulk(services, story.OPERATOR.actor)
    assert (made.reason, made.mode) == ("there is room again", "restart")


async def test_by_keyboard_alone(live_server: LiveServer) -> None:
    services = live_server.services
    await protected(services, 2)
    async with looking(live_server, await story.person(services, Role.POWER_USER)) as page:
        await page.goto("/ingestion/causes")
        await page.locator(".cause-n a").focus()
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Retry these 2…")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("Reason")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(page.get_by_role("link", name="Retry these 2…")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("Reason")).to_be_focused()
        await page.keyboard.type("by hand")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("dialog").get_by_role("link", name="Back")).to_be_focused()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1, name="Retry of 2 jobs")).to_be_visible()


async def test_nothing_to_retry_says_why_and_leads_back(live_server: LiveServer) -> None:
    services = live_server.services
    await story.failed(services, FailureCode.MALWARE_DETECTED, "evil.exe")
    async with looking(live_server, await story.person(services, Role.POWER_USER)) as page:
        await page.goto("/ingestion/retries/new?failure=malware_detected&back=/ingestion/causes")
        await expect(page.get_by_text("Every one of these jobs is left out.")).to_be_visible()
        await page.goto(PROTECTED)
        await expect(page.get_by_text("None of these jobs stands as failed now")).to_be_visible()
        await page.get_by_role("link", name="Back").click()
        await expect(page).to_have_url(f"{live_server.url}/ingestion/causes")


async def test_without_script_it_is_all_forms(live_server: LiveServer) -> None:
    services = live_server.services
    await protected(services, 3)
    async with looking(live_server, await story.person(services, Role.POWER_USER), java_script_enabled=False) as page:
        await page.goto("/ingestion/causes?window=7d")
        await page.get_by_role("link", name="Retry these 3…").click()
        await page.get_by_label("Reason").fill("The passwords came.")
        await page.get_by_text("After the last finished step", exact=True).click()
        await page.get_by_role("button", name="Show what that would do").click()
        await expect(page.get_by_role("list", name="What will happen")).to_contain_text("3from the first step")
        await expect(page.get_by_label("Reason")).to_have_value("The passwords came.")
        await page.get_by_role("button", name="Retry 3 jobs").click()
        await expect(page.get_by_role("heading", level=1, name="Retry of 3 jobs")).to_be_visible()
        while await page.locator("#retried .mark").inner_text() != "Done":
            await page.reload()
        await expect(page.locator(".item")).to_have_count(3)
        await page.go_back()
        await expect(page.get_by_text("None of these jobs stands as failed now")).to_be_visible()
    assert len(await story.events(services, action=AuditAction.RETRY_MANY)) == 1


async def test_a_form_that_is_sent_twice_retries_once(live_server: LiveServer) -> None:
    services = live_server.services
    await protected(services, 3)
    async with looking(live_server, await story.person(services, Role.POWER_USER)) as page:
        await page.goto(PROTECTED)
        await page.get_by_label("Reason").fill("twice")
        form: dict[str, str] = await page.locator("form[data-act]").evaluate("form => Object.fromEntries(new FormData(form))")
        send = {"form": form, "headers": {"Origin": live_server.url}, "max_redirects": 0}
        places = [(await page.request.post("/ingestion/retries", **send)).headers["location"] for _ in range(2)]  # type: ignore[arg-type]
    assert places[0] == places[1]
    assert len(await story.events(services, action=AuditAction.RETRY_MANY)) == 1
