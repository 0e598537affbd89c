"""One's own account: a password chosen, changed and refused; tokens with what they may do; sessions."""

import httpx
import pytest
from playwright.async_api import Page, expect

from tests import story, visitors
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tidegate.domain.actor import Role
from tidegate.operations import reading
from tidegate.operations.door import Services, perform
from tidegate.operations.people import AddPerson, IssueLink, link_address

pytestmark = pytest.mark.browser

OLD = "the tide comes in at nine"
NEW = "another tide comes at noon"


async def eve(services: Services, *, by_link: bool = False) -> str:
    """Add eve, who has a password; return a one-time link of hers, '' when she shall do without."""
    added = await perform(services, story.OPERATOR, AddPerson("eve", "Eve", Role.POWER_USER, OLD))
    if not by_link:
        return ""
    return link_address("", (await perform(services, story.OPERATOR, IssueLink(added.id))).secret)


async def sign_in(page: Page, password: str) -> None:
    await page.get_by_label("Name").fill("eve")
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()


async def set_password(page: Page, new: str, again: str | None = None, current: str | None = None) -> None:
    if current is not None:
        await page.get_by_label("Present password").fill(current)
    await page.get_by_label("New password").fill(new)
    await page.get_by_label("Once more").fill(again or new)
    await page.get_by_role("button", name="Set the password").click()


async def test_a_password_is_changed_and_what_does_not_do_is_told(live_server: LiveServer) -> None:
    await eve(live_server.services)
    async with looking(live_server, expected="40") as page:
        await page.goto("/account/password")
        await sign_in(page, OLD)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Change the password")
        refusals = [
            (("not the same", NEW, OLD), "The two new passwords differ."),
            ((NEW, NEW, "a wrong one"), "The present password is not right."),
            (("password1234", "password1234", OLD), "among those that are guessed first"),
        ]
        for (new, again, current), told in refusals:
            await set_password(page, new, again, current)
            await expect(page.get_by_role("alert")).to_contain_text(told)
            await expect(page.get_by_label("New password")).to_have_value("")
        await set_password(page, NEW, NEW, OLD)
        await expect(page.get_by_text("The new password holds; your other sessions have ended.")).to_be_visible()
        await page.get_by_role("button", name="Sign out").click()
        await page.goto("/account")
        await sign_in(page, OLD)
        await expect(page.get_by_role("alert")).to_contain_text("not right")
        await sign_in(page, NEW)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


async def test_a_short_password_is_stopped_by_the_browser_and_by_the_server(live_server: LiveServer) -> None:
    await eve(live_server.services)
    async with looking(live_server, expected="400") as page:
        await page.goto("/account/password")
        await sign_in(page, OLD)
        await set_password(page, "too short", "too short", OLD)
        await expect(page).to_have_url(f"{live_server.url}/account/password")
        assert not await page.get_by_label("New password").evaluate("field => field.validity.valid")
        await page.evaluate("for (const field of document.querySelectorAll('[minlength]')) field.removeAttribute('minlength')")
        await set_password(page, "too short", "too short", OLD)
        await expect(page.get_by_role("alert")).to_have_text("A password has 12 to 256 characters.")


async def test_a_forgotten_password_is_replaced_after_a_one_time_link(live_server: LiveServer) -> None:
    link = await eve(live_server.services, by_link=True)
    async with looking(live_server) as page:
        await page.goto(link)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_text("the present password is not asked for")).to_be_visible()
        await expect(page.get_by_label("Present password")).to_have_count(0)
        await set_password(page, NEW)
        await expect(page).to_have_url(f"{live_server.url}/ingestion")
        await expect(page.get_by_text("The new password holds")).to_be_visible()
        await page.goto("/account/password")
        await expect(page.get_by_label("Present password")).to_be_visible()
        await page.get_by_role("button", name="Sign out").click()
        await sign_in(page, NEW)
        await expect(page.locator(".me-name")).to_contain_text("eve")


async def test_a_token_is_made_for_some_rights_shown_once_and_revoked(live_server: LiveServer) -> None:
    services = live_server.services
    person = await story.person(services, Role.POWER_USER)
    async with looking(live_server, person, expected="400") as page:
        await page.goto("/account")
        await expect(page.get_by_text("No API token.")).to_be_visible()
        await page.get_by_role("link", name="Make a token").click()
        dialog = page.get_by_role("dialog", name="Make an API token")
        await dialog.get_by_label("What it is for").fill("nightly import")
        await dialog.get_by_label("How many days it holds").fill("5")
        await dialog.get_by_label("Only these").check()
        await expect(dialog.get_by_label("Manage people")).to_have_count(0)
        await dialog.get_by_role("button", name="Make it").click()
        await expect(dialog.get_by_role("alert")).to_have_text("Tick at least one right.")
        await expect(dialog.get_by_label("What it is for")).to_have_value("nightly import")
        await dialog.get_by_label("See jobs and failures").check()
        await dialog.get_by_role("button", name="Make it").click()
        secret = await page.locator("#secret").text_content()
        await page.get_by_role("dialog", name="Your new token").get_by_role("link", name="Done").click()
        line = page.locator(".ways li").filter(has_text="nightly import")
        await expect(line).to_contain_text("job:read")
        await expect(line.locator(".soon")).to_contain_text("ends in 4 d")
        await expect(line).to_contain_text("never used")
        await expect(page.get_by_text(secret or "-")).to_have_count(0)
        async with httpx.AsyncClient(base_url=live_server.url, headers={"Authorization": f"Bearer {secret}"}) as http:
            assert [(await http.get(path)).status_code for path in ("/api/ingestion/jobs", "/api/sessions")] == [200, 403]
            await line.get_by_role("link", name="Revoke").click()
            await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
            await expect(page.get_by_text("It no longer holds.")).to_be_visible()
            assert (await http.get("/api/ingestion/jobs")).status_code == 401


async def test_another_session_is_ended_and_this_one_is_marked(live_server: LiveServer) -> None:
    services = live_server.services
    person = await story.person(services, Role.VIEWER)
    await visitors.session(services, person)
    async with looking(live_server, person) as page:
        await page.goto("/account")
        lines = page.locator("section").filter(has_text="Open sessions").locator("li")
        await expect(lines).to_have_count(2)
        await expect(lines.filter(has_text="this one")).to_have_count(1)
        await page.get_by_role("button", name="End tests").click()
        await expect(lines).to_have_count(1)
    assert len(await reading.list_own_sessions(services, person.actor)) == 1
