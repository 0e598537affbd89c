"""Failures by cause: every number is that of the list that it leads to, and what one may not do says why."""

import pytest
from playwright.async_api import Page, expect

from tests import story
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tidegate.domain.actor import Role
from tidegate.domain.failures import FailureCode
from tidegate.operations.acknowledging import Acknowledge
from tidegate.operations.door import Services, perform

pytestmark = pytest.mark.browser

CODES = (FailureCode.DOCUMENT_ENCRYPTED, FailureCode.DOCUMENT_ENCRYPTED, FailureCode.DOCUMENT_EMPTY, FailureCode.MALWARE_DETECTED)


async def seeded(services: Services) -> None:
    """Two protected documents, an empty one, a malicious one; and a damaged one that somebody has acknowledged."""
    for number, code in enumerate(CODES):
        await story.failed(services, code, f"{number}.pdf")
    await perform(services, story.OPERATOR, Acknowledge(await story.failed(services, name="known.pdf"), "known"))


async def number_in(page: Page, text: str) -> int:
    return int((await page.locator(f".cause:has-text('{text}') .cause-n .count").inner_text()).replace(",", ""))


@pytest.mark.parametrize("window", ["24h", "7d", "30d", "all"])
async def test_every_number_is_that_of_its_list(live_server: LiveServer, window: str) -> None:
    services = live_server.services
    await seeded(services)
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        address = f"/ingestion/causes?window={window}"
        await page.goto(address)
        numbers = await page.locator(".cause[data-cause] .cause-n .count").all_inner_texts()
        assert numbers == ["2", "1", "1"]
        for at, n in enumerate(numbers):
            await page.goto(address)
            await page.locator(".cause[data-cause] .cause-n a").nth(at).click()
            await expect(page.locator(".row")).to_have_count(int(n))
        await page.goto(address)
        await page.get_by_role("link", name="4 unresolved failures").click()
        await expect(page.locator(".row")).to_have_count(4)
        await page.goto(address)
        await page.get_by_text("1 cause is dealt with").click()
        await page.get_by_role("link", name="1 acknowledged").click()
        await expect(page.locator(".row")).to_have_count(1)
        await expect(page.locator(".row")).to_contain_text("known.pdf")


async def test_numbers_change_in_place_and_a_new_cause_is_told_of(live_server: LiveServer) -> None:
    services = live_server.services
    await seeded(services)
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/ingestion/causes")
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        await story.failed(services, FailureCode.DOCUMENT_ENCRYPTED)
        await expect(page.locator(".cause", has_text="protected by a password").locator(".cause-n")).to_contain_text("3")
        await expect(page.locator("#causes-sum")).to_contain_text("5 unresolved failures")
        await story.failed(services, FailureCode.TYPE_MISMATCH)
        await expect(page.get_by_role("link", name="1 new cause, show")).to_be_visible()
        await expect(page.locator(".cause[data-cause]")).to_have_count(3)
        await page.get_by_role("link", name="1 new cause, show").click()
        await expect(page.locator(".cause[data-cause]")).to_have_count(4)


async def test_the_bars_tell_their_numbers_to_everybody(live_server: LiveServer) -> None:
    services = live_server.services
    await seeded(services)
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/ingestion/causes")
        bars = page.get_by_role("img", name="The document is protected by a password.: happened 2 times, at most 2 at a time")
        await expect(bars.locator("rect:not(.spark-ground)")).to_have_count(1)
        await page.get_by_text("When they happened, as a table").click()
        row = page.get_by_role("row", name="The document is protected by a password")
        assert await row.get_by_role("cell").all_inner_texts() == ["2"] + ["·"] * 23


async def test_nothing_failed_is_good_news(live_server: LiveServer) -> None:
    services = live_server.services
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/ingestion/causes")
        await expect(page.get_by_role("heading", name="Nothing has failed in the last 24 hours")).to_be_visible()
        await page.get_by_role("link", name="Look at all time").click()
        await expect(page.get_by_role("heading", name="Nothing has failed yet")).to_be_visible()


async def test_what_one_may_not_do_says_why(live_server: LiveServer) -> None:
    services = live_server.services
    await seeded(services)
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/ingestion/causes")
        cause = page.locator(".cause", has_text="protected by a password")
        for name in ("Retry these 2…", "Acknowledge these…"):
            button = cause.get_by_role("button", name=name)
            await expect(button).to_have_attribute("aria-disabled", "true")
            await expect(button).to_have_accessible_description("This needs the role power user; yours is viewer.")
        for path in ("/ingestion/retries/new?state=failed", "/ingestion/acknowledgements/new?state=failed"):
            await page.goto(path)
            await expect(page.get_by_text("This needs the role power user; yours is viewer.")).to_be_visible()
            await expect(page.locator("form[data-act]")).to_have_count(0)
    async with looking(live_server, await story.person(services, Role.POWER_USER)) as page:
        await page.goto("/ingestion/causes")
        cause = page.locator(".cause", has_text="malicious")
        button = cause.get_by_role("button", name="Retry this one…")
        await expect(button).to_have_accessible_description(
            "It is not read again. Ask an administrator if you believe that this is wrong."
        )
        await expect(cause.get_by_role("link", name="Acknowledge it…")).to_be_visible()
