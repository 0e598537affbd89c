"""An administrator adds, changes and closes accounts, ends what is others', and looks at the pipelines."""

import pytest
from playwright.async_api import Page, expect

from tests import story, visitors
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tidegate.audit.vocabulary import AuditAction
from tidegate.domain.actor import Permission, Role
from tidegate.domain.ids import new_id
from tidegate.operations import accounts, execution
from tidegate.operations.door import Asking, Services

pytestmark = pytest.mark.browser

SPENT = "This sign-in link was used already or has expired."


async def secret_of(page: Page) -> str:
    """Return the path of the one-time link that a page shows."""
    link = await page.locator("#secret").text_content()
    assert link is not None
    return link[link.index("/sign-in/link") :]


async def open_account(page: Page, services: Services, login: str) -> Asking:
    """Add a viewer and open their account."""
    person = await story.person(services, Role.VIEWER, login)
    await page.goto("/admin")
    await page.get_by_role("link", name=login).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(login)
    return person


async def test_a_new_person_signs_in_by_the_link_once_and_is_offered_a_password(live_server: LiveServer) -> None:
    services = live_server.services
    async with looking(live_server, await story.person(services, Role.ADMIN)) as page:
        await page.goto("/admin")
        await page.get_by_role("link", name="Add a person").click()
        dialog = page.get_by_role("dialog", name="Add a person")
        await expect(dialog.get_by_label("Sign-in name")).to_be_focused()
        await dialog.get_by_label("Sign-in name").fill("newcomer")
        await dialog.get_by_label("power user").check()
        await dialog.get_by_role("button", name="Add").click()
        shown = page.get_by_role("dialog", name="One-time link for newcomer")
        path = await secret_of(page)
        await shown.get_by_role("button", name="Close").click()
        await expect(page.locator(".member").filter(has_text="newcomer")).to_contain_text("never signed in")
    async with looking(live_server, expected="401") as page:
        await page.goto(path)
        await page.goto(path)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Choose a password")
        await page.get_by_role("link", name="Not now").click()
        await expect(page).to_have_url(f"{live_server.url}/ingestion")
        await expect(page.locator(".me-name")).to_contain_text("newcomer")
        await page.get_by_role("button", name="Sign out").click()
        await page.goto(path)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("This link does not hold")
        await expect(page.get_by_text(SPENT)).to_be_visible()


async def test_a_name_that_is_taken_is_told_in_the_dialog_and_nothing_typed_is_lost(live_server: LiveServer) -> None:
    services = live_server.services
    await story.person(services, Role.VIEWER, "eve")
    async with looking(live_server, await story.person(services, Role.ADMIN), expected="409") as page:
        await page.goto("/admin")
        await page.get_by_role("link", name="Add a person").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Sign-in name").fill("EVE")
        await dialog.get_by_label("Full name").fill("Another Eve")
        await dialog.get_by_role("button", name="Add").click()
        await expect(dialog.get_by_role("alert")).to_have_text("There is a person of this name already.")
        await expect(dialog.get_by_label("Full name")).to_have_value("Another Eve")


async def test_a_role_is_changed_with_a_reason_and_told_in_the_history(live_server: LiveServer) -> None:
    services = live_server.services
    async with looking(live_server, await story.person(services, Role.ADMIN, "ada"), expected="409") as page:
        await open_account(page, services, "eve")
        await page.get_by_role("link", name="Change the role").click()
        dialog = page.get_by_role("dialog", name="Change the role")
        await dialog.get_by_label("Reason").fill("On call this week.")
        await dialog.get_by_role("button", name="Change the role").click()
        await expect(dialog.get_by_role("alert")).to_have_text("The person has this role already.")
        await expect(dialog.get_by_label("Reason")).to_have_value("On call this week.")
        await dialog.get_by_label("power user").check()
        await dialog.get_by_role("button", name="Change the role").click()
        await expect(page.get_by_text("The role is changed, and it holds at once.")).to_be_visible()
        held = page.locator("section").filter(has_text="Roles held").locator("li")
        await expect(held).to_have_count(2)
        await expect(held.first).to_contain_text("power user")
        await expect(held.first).to_contain_text("On call this week.")
        await held.first.get_by_role("link").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("ada changed the role of eve")


async def test_an_account_is_closed_and_opened_again_each_asked_first(live_server: LiveServer) -> None:
    services = live_server.services
    async with looking(live_server, await story.person(services, Role.ADMIN)) as page:
        eve = await open_account(page, services, "eve")
        await page.get_by_role("link", name="Close the account").click()
        await page.get_by_role("dialog").get_by_role("link", name="Back").click()
        await expect(page.get_by_role("link", name="Close the account")).to_be_focused()
        await page.get_by_role("link", name="Close the account").click()
        dialog = page.get_by_role("dialog", name="Close this account?")
        await dialog.get_by_label("Reason").fill("Left the company.")
        await dialog.get_by_role("button", name="Close the account").click()
        await expect(page.get_by_text("The account is closed, with its sessions and tokens.")).to_be_visible()
        await expect(page.locator(".job-sub")).to_contain_text("closed")
        await expect(page.get_by_role("link", name="One-time link")).to_have_count(0)
        await page.get_by_role("link", name="Open the account").click()
        await page.get_by_role("dialog").get_by_role("button", name="Open the account").click()
        await expect(page.get_by_text("The account is open again.")).to_be_visible()
    told = await story.events(services, action=AuditAction.PERSON_DISABLE, target_id=eve.actor.id)
    assert [event.body.reason for event in told] == [None, "Left the company."]


async def test_sessions_and_tokens_of_others_are_ended_one_by_one(live_server: LiveServer) -> None:
    services = live_server.services
    async with looking(live_server, await story.person(services, Role.ADMIN, "ada")) as page:
        eve = await open_account(page, services, "eve")
        await visitors.session(services, eve)
        await visitors.token(services, eve, Permission.JOB_READ)
        await page.reload()
        await expect(page.get_by_text("job:read")).to_be_visible()
        for button, sent in (("End", "End the session"), ("Revoke", "Revoke")):
            await page.get_by_role("link", name=button).click()
            dialog = page.get_by_role("dialog")
            await dialog.get_by_label("Reason").fill("A lost telephone.")
            await dialog.get_by_role("button", name=sent).click()
            await expect(page.get_by_text("It no longer holds.")).to_be_visible()
        await expect(page.get_by_text("No session is open.")).to_be_visible()
        await expect(page.get_by_text("No API token.")).to_be_visible()
        await page.goto("/audit")
        await expect(page.locator(".event").first).to_contain_text("ada revoked an API token of eve")
        await expect(page.locator(".event").nth(1)).to_contain_text("ada ended a session of eve")
        await expect(page.locator(".event").first).to_contain_text("A lost telephone.")
    assert eve.actor.id is not None
    assert await accounts.list_sessions_of(services, story.OPERATOR.actor, eve.actor.id) == []


async def test_the_right_to_read_content_is_withdrawn(live_server: LiveServer) -> None:
    services = live_server.services
    async with looking(live_server, await story.person(services, Role.ADMIN)) as page:
        await open_account(page, services, "eve")
        await page.get_by_role("link", name="Withdraw the right").click()
        await page.get_by_role("dialog").get_by_role("button", name="Withdraw the right").click()
        await expect(page.get_by_text("may not read it")).to_be_visible()
        await expect(page.get_by_role("link", name="Give the right")).to_be_visible()


async def test_closing_ones_own_account_is_warned_of_and_the_last_administrator_stays(live_server: LiveServer) -> None:
    services = live_server.services
    me = await story.person(services, Role.ADMIN, "ada")
    async with looking(live_server, me, expected="409") as page:
        await page.goto(f"/admin/people/{me.actor.id}")
        await page.get_by_role("link", name="Close the account").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("This is your own account: you will be signed out.")
        await dialog.get_by_role("button", name="Close the account").click()
        await expect(dialog.get_by_role("alert")).to_have_text("Somebody has to remain administrator.")


async def test_accounts_are_managed_without_script(live_server: LiveServer) -> None:
    services = live_server.services
    eve = await story.person(services, Role.VIEWER, "eve")
    async with looking(live_server, await story.person(services, Role.ADMIN), java_script_enabled=False, expected="409") as page:
        await page.goto(f"/admin/people/{eve.actor.id}")
        await page.get_by_role("link", name="Change the role").click()
        await page.get_by_label("Reason").fill("On call.")
        await page.get_by_role("button", name="Change the role").click()
        await expect(page.get_by_role("alert")).to_have_text("The person has this role already.")
        await expect(page.get_by_label("Reason")).to_have_value("On call.")
        await page.get_by_label("power user").check()
        await page.get_by_role("button", name="Change the role").click()
        await expect(page.get_by_text("The role is changed, and it holds at once.")).to_be_visible()
        await page.get_by_role("link", name="One-time link").click()
        await page.get_by_role("button", name="Make the link").click()
        path = await secret_of(page)
        await page.get_by_role("link", name="To the account").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("eve")
        await page.goto(path)
        await expect(page.get_by_role("button", name="Sign in")).to_be_visible()


async def test_pipelines_show_limits_places_and_what_waits(live_server: LiveServer) -> None:
    services = live_server.services
    await story.submitted(services, "a.txt", "b.txt")
    async with looking(live_server, await story.person(services, Role.ADMIN)) as page:
        await page.goto("/admin")
        await page.get_by_role("link", name="Pipelines").click()
        card = page.locator(".pipeline")
        await expect(card).to_contain_text("No worker is alive for it.")
        await expect(card.locator(".stage").first).to_contain_text("Largest file")
        await execution.enlist(services, new_id(), "ingest-7", 1, ["documents", "csv_rows"])
        await page.reload()
        documents = card.filter(has_text="Makes documents searchable")
        await expect(documents).to_contain_text("1 worker · 0 of")
        await expect(documents).to_contain_text("ingest-7")
        await expect(card.filter(has_text="csv_rows")).to_contain_text("This server does not know it.")
        await documents.get_by_role("link", name="Queued").click()
        await expect(page.locator(".row")).to_have_count(2)


async def test_more_people_than_a_page_holds_are_reached(live_server: LiveServer) -> None:
    services = live_server.services
    for number in range(51):
        await story.person(services, Role.VIEWER, f"person-{number:02}")
    async with looking(live_server, await story.person(services, Role.ADMIN, "zoe")) as page:
        await page.goto("/admin")
        await expect(page.locator(".member")).to_have_count(50)
        await page.get_by_role("link", name="More").click()
        await expect(page.locator(".member")).to_have_count(2)
        await page.get_by_role("link", name="Beginning").click()
        await expect(page.locator(".member")).to_have_count(50)
