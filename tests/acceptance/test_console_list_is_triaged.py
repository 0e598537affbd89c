"""Choosing rows: the list stands still meanwhile, what is done is about what was chosen, and all of it goes by keyboard."""

from collections.abc import Awaitable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Locator, Page, expect

from tests import story
from tests.acceptance.axe import violations
from tests.acceptance.browsing import Theme, looking
from tests.acceptance.conftest import LiveServer
from tidegate.domain.actor import Role
from tidegate.operations.acknowledging import Acknowledge
from tidegate.operations.door import perform
from tidegate.operations.jobs import Retry

pytestmark = pytest.mark.browser


def row(page: Page, name: str) -> Locator:
    return page.locator(".row").filter(has_text=name)


def bar(page: Page) -> Locator:
    return page.get_by_role("group", name="Chosen jobs")


async def asked_for(page: Page, path: str, act: Awaitable[Any]) -> dict[str, list[str]]:
    """Return the fields of the dialog that an act asks for, once it is there."""
    async with page.expect_request(lambda request: urlsplit(request.url).path == path) as asked:
        await act
    await expect(page.get_by_role("dialog")).to_be_visible()
    return parse_qs(urlsplit((await asked.value).url).query)


async def test_choosing_a_row_pauses_updates_until_nothing_is_chosen(live_server: LiveServer) -> None:
    services = live_server.services
    await story.failed(services, name="one.pdf")
    other = await story.failed(services, name="two.pdf")
    async with looking(live_server, await story.person(services, Role.POWER_USER)) as page:
        await page.goto("/ingestion")
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        await page.get_by_label("Select one.pdf").check()
        await expect(bar(page)).to_contain_text("Updates paused while 1 is selected")
        await expect(page.locator("#connection")).to_contain_text("Paused")
        await perform(services, story.OPERATOR, Retry(other))
        await expect(bar(page)).to_contain_text("1 row has changed since")
        await expect(row(page, "two.pdf")).to_contain_text("Failed")
        await expect(page.locator("#tab-failed .count")).to_have_text("2")
        await page.get_by_role("button", name="Resume").click()
        await expect(row(page, "two.pdf")).to_contain_text("Queued")
        await expect(page.locator("#tab-failed .count")).to_have_text("1")
        await expect(page.get_by_label("Select one.pdf")).not_to_be_checked()
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()


async def test_all_that_match_are_chosen_by_the_filter_and_not_by_their_ids(live_server: LiveServer) -> None:
    services = live_server.services
    for n in range(52):
        await story.failed(services, name=f"page-{n}.pdf")
    async with looking(live_server, await story.person(services, Role.POWER_USER), expected="404") as page:
        await page.goto("/ingestion?attention=unresolved&source=folder")
        await page.get_by_label("Select all on this page").check()
        await expect(bar(page)).to_contain_text("50 selected")
        acknowledge = page.get_by_role("button", name="Acknowledge…")
        some = await asked_for(page, "/ingestion/acknowledgements/new", acknowledge.click())
        assert len(set(some["id"])) == 50
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Select all 52 matching").click()
        await expect(bar(page)).to_contain_text("All 52 matching are selected")
        everything = await asked_for(page, "/ingestion/retries/new", page.keyboard.press("r"))
        assert (everything["attention"], everything["source"], "id" in everything) == (["unresolved"], ["folder"], False)
        await page.keyboard.press("Escape")
        await page.get_by_label("Select page-3.pdf").uncheck()
        await expect(bar(page)).to_contain_text("49 selected")


async def test_only_what_has_failed_can_be_retried(live_server: LiveServer) -> None:
    services = live_server.services
    await story.submitted(services, "waits.pdf")
    await story.failed(services, name="broken.pdf")
    async with looking(live_server, await story.person(services, Role.POWER_USER)) as page:
        await page.goto("/ingestion")
        await page.get_by_label("Select waits.pdf").check()
        await expect(bar(page)).to_contain_text("It has not failed: there is nothing to retry")
        await expect(page.get_by_role("button", name="Retry…")).to_be_disabled()
        await page.get_by_label("Select broken.pdf").check()
        await expect(bar(page)).to_contain_text("1 of them has failed and can be retried")
        await expect(page.get_by_role("button", name="Retry…")).to_be_enabled()


async def test_rows_change_while_a_dialog_is_open_and_it_keeps_what_was_typed(live_server: LiveServer) -> None:
    services = live_server.services
    asked_about = await story.failed(services, name="broken.pdf")
    await story.failed(services, name="other.pdf")
    async with looking(live_server, await story.person(services, Role.POWER_USER)) as page:
        await page.goto("/ingestion")
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        await page.get_by_role("link", name="Retry broken.pdf").click()
        reason = page.get_by_role("dialog").get_by_label("Reason")
        await reason.press_sequentially("Sent aga")
        await perform(services, story.OPERATOR, Acknowledge(asked_about, "Known."))
        await expect(row(page, "broken.pdf")).to_contain_text("Known.")
        await expect(reason).to_have_value("Sent aga")
        await page.keyboard.type("in.")
        await expect(reason).to_have_value("Sent again.")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("link", name="Retry broken.pdf")).to_be_focused()


async def test_choosing_and_retrying_by_keyboard_alone(live_server: LiveServer) -> None:
    services = live_server.services
    jobs = {name: str(await story.failed(services, name=name)) for name in ("a.pdf", "b.pdf", "c.pdf", "d.pdf")}
    async with looking(live_server, await story.person(services, Role.POWER_USER), expected="404") as page:
        await page.goto("/ingestion?attention=unresolved")
        await page.keyboard.press("j")
        await asked_for(page, f"/ingestion/jobs/{jobs['d.pdf']}/acknowledge", page.keyboard.press("a"))
        await page.keyboard.press("Escape")
        for key in ("j", "x", "j", "j", "Shift+X"):
            await page.keyboard.press(key)
        await expect(page.locator("#said")).to_contain_text("3 selected")
        await expect(page.get_by_role("link", name="a.pdf", exact=True)).to_be_focused()
        fields = await asked_for(page, "/ingestion/retries/new", page.keyboard.press("r"))
        assert set(fields["id"]) == {jobs["a.pdf"], jobs["b.pdf"], jobs["c.pdf"]}
        await page.keyboard.press("Escape")
        await expect(bar(page)).to_contain_text("3 selected")
        await page.locator(".row-name").first.focus()
        await page.keyboard.press("Escape")
        await expect(page.locator("#picking")).to_be_hidden()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("d.pdf")


async def test_keys_do_nothing_once_they_are_switched_off(live_server: LiveServer) -> None:
    services = live_server.services
    await story.failed(services, name="a.pdf")
    async with looking(live_server, await story.person(services, Role.POWER_USER)) as page:
        await page.goto("/ingestion")
        await page.keyboard.press("?")
        await page.get_by_label("Use single-key shortcuts").uncheck()
        await page.keyboard.press("Escape")
        await page.get_by_role("link", name="a.pdf", exact=True).focus()
        await page.keyboard.press("x")
        await expect(page.get_by_label("Select a.pdf")).not_to_be_checked()
        await page.get_by_label("Select a.pdf").focus()
        await page.keyboard.press("Space")
        await expect(bar(page)).to_contain_text("1 selected")


async def test_a_viewer_is_told_why_the_acts_are_off(live_server: LiveServer) -> None:
    services = live_server.services
    await story.failed(services, name="broken.pdf")
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/ingestion")
        await page.get_by_label("Select broken.pdf").check()
        why = "This needs the role power user"
        for button in ("Retry…", "Acknowledge…", "Retry", "Acknowledge"):
            off = page.get_by_role("button", name=button, exact=True)
            await expect(off).to_have_attribute("aria-disabled", "true")
            await off.focus()
            described = await off.get_attribute("aria-describedby")
            await expect(page.locator(f"[id='{described}']")).to_be_visible()
            await expect(page.locator(f"[id='{described}']")).to_contain_text(why)


async def test_many_changes_at_once_are_told_as_one(live_server: LiveServer) -> None:
    async with looking(live_server, await story.person(live_server.services, Role.VIEWER)) as page:
        await page.goto("/ingestion")
        told = await page.evaluate("""async () => {
            const { tell } = await import(document.querySelector("script[src]").src.replace("console.js", "telling.js"));
            const said = document.getElementById("said"), heard = [];
            const spoken = new Promise((done) => new MutationObserver(() => done(heard.push(said.textContent)))
                .observe(said, { childList: true }));
            for (const word of ["Running", "Failed"]) for (const name of ["a.pdf", "b.pdf", "c.pdf", "d.pdf"]) tell(name, word);
            await spoken;
            return heard;
        }""")
        assert told == ["4 jobs changed"]


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
async def test_choosing_has_no_violation(live_server: LiveServer, theme: Theme, width: int) -> None:
    services = live_server.services
    for n in range(3):
        await story.failed(services, name=f"page-{n}.pdf")
    await perform(services, story.OPERATOR, Acknowledge(await story.failed(services, name="known.pdf"), "Known."))
    await story.submitted(services, "waits.pdf")
    found: list[str] = []
    size = {"width": width, "height": 844}
    for role in (Role.POWER_USER, Role.VIEWER):
        asking = await story.person(services, role)
        async with looking(live_server, asking, color_scheme=theme, reduced_motion="reduce", viewport=size) as page:
            for path in ("/ingestion?source=folder&submitted=24h", "/ingestion?attention=acknowledged"):
                await page.goto(path)
                await page.get_by_label("Select known.pdf").check()
                await expect(page.locator("#picking")).to_be_visible()
                found += [f"{role} {one}" for one in await violations(page)]
    assert found == []
