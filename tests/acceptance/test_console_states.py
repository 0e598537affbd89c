"""The states that no page is left without: empty, forbidden, not found, broken, and a session that ended in the middle."""

import psycopg
import pytest
from playwright.async_api import Page, expect

from tests import story
from tests.acceptance import seeds
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tidegate.domain.actor import Actor, ActorKind, Role
from tidegate.domain.ids import new_id
from tidegate.operations import reading
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.people import AddPerson
from tidegate.operations.sessions import RevokeSession

pytestmark = pytest.mark.browser


async def end_sessions(services: Services, person: Asking) -> None:
    for session in await reading.list_own_sessions(services, person.actor):
        await perform(services, person, RevokeSession(session.id))


async def grace(services: Services) -> Asking:
    added = await perform(services, story.OPERATOR, AddPerson("grace", "Grace", Role.POWER_USER, seeds.PASSWORD))
    return Asking(Actor(ActorKind.PERSON, added.id, "grace", Role.POWER_USER, reads_content=True))


async def sign_in(page: Page) -> None:
    await page.get_by_label("Name").fill("grace")
    await page.get_by_label("Password").fill(seeds.PASSWORD)
    await page.get_by_role("button", name="Sign in").click()


async def test_a_first_start_says_what_to_do_next(live_server: LiveServer) -> None:
    services = live_server.services
    async with looking(live_server, await story.person(services, Role.ADMIN)) as page:
        await page.goto("/ingestion")
        empty = page.locator(".empty")
        await expect(empty).to_contain_text("Nothing has been ingested yet")
        await expect(empty).to_contain_text("tidegate ingest ./documents")
        await expect(empty.get_by_role("link", name="Ingest documents")).to_be_visible()
        await empty.get_by_role("link", name="Add your team").click()
        await expect(page.get_by_role("link", name="Add a person")).to_be_visible()
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/ingestion")
        await expect(page.locator(".empty")).to_contain_text("as soon as somebody submits documents")
        await expect(page.locator(".empty a")).to_have_count(0)


@pytest.mark.parametrize(
    ("path", "needs"),
    [
        ("/admin", "the role administrator"),
        ("/admin/pipelines", "the role administrator"),
        ("/ingestion/new", "the role power user"),
    ],
)
async def test_a_page_that_is_not_open_says_which_role_it_needs(live_server: LiveServer, path: str, needs: str) -> None:
    async with looking(live_server, await story.person(live_server.services, Role.VIEWER, "eve"), expected="403") as page:
        await page.goto(path)
        await expect(page.get_by_role("heading", level=1)).to_have_text("This is not open to you")
        await expect(page.locator(".trouble-facts")).to_contain_text(needs)
        await expect(page.locator(".trouble-facts")).to_contain_text("eve, viewer")
        await expect(page.get_by_text("An administrator can give it to you")).to_be_visible()
        await page.get_by_role("main").get_by_role("link", name="To the list of jobs").click()
        await expect(page).to_have_url(f"{live_server.url}/ingestion")


async def test_content_is_told_as_a_right_of_its_own(live_server: LiveServer) -> None:
    services = live_server.services
    await perform(services, story.OPERATOR, AddPerson("blind", "Blind", Role.ADMIN, seeds.PASSWORD, reads_content=False))
    async with looking(live_server, expected="403") as page:
        await page.goto("/search")
        await page.get_by_label("Name").fill("blind")
        await page.get_by_label("Password").fill(seeds.PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.locator(".trouble-facts")).to_contain_text("the right to read content")


async def test_what_is_not_there_leads_back_to_its_list(live_server: LiveServer) -> None:
    async with looking(live_server, await story.person(live_server.services, Role.ADMIN), expected="404") as page:
        places = {"/ingestion/jobs": "To the list of jobs", "/admin/people": "To the people", "/audit": "To the audit log"}
        for path, word in places.items():
            await page.goto(f"{path}/{new_id()}")
            await expect(page.get_by_role("heading", level=1)).to_have_text("Nothing here")
            await expect(page.get_by_role("main").get_by_role("link", name=word)).to_be_visible()
        await page.goto("/no/such/page")
        await expect(page.get_by_text("There is nothing at this address.")).to_be_visible()
        await expect(page.get_by_role("navigation", name="Main")).to_be_visible()


async def test_a_fault_of_ours_gives_a_reference_and_no_detail(live_server: LiveServer, owner_url: str) -> None:
    services = live_server.services
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as connection:
        await connection.execute("ALTER TABLE chunk RENAME TO chunk_elsewhere")
    async with looking(live_server, await story.person(services, Role.VIEWER), expected="500") as page:
        await page.goto("/search?q=tide")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Something went wrong on our side")
        await expect(page.locator(".trouble code")).to_contain_text("E-")
        assert "chunk" not in await page.content()


async def test_a_session_that_ends_in_the_middle_is_told_and_leads_back(live_server: LiveServer) -> None:
    services = live_server.services
    person = await grace(services)
    await story.failed(services, name="broken.pdf")
    async with looking(live_server, person, expected="401") as page:
        await page.goto("/ingestion?state=failed")
        await page.get_by_role("link", name="Retry broken.pdf").click()
        await end_sessions(services, person)
        await page.get_by_role("dialog").get_by_role("button", name="Retry").click()
        ended = page.get_by_role("dialog", name="Your session has ended")
        await expect(ended).to_contain_text("you are back on this very page")
        await ended.get_by_role("link", name="Sign in").click()
        await sign_in(page)
        await expect(page).to_have_url(f"{live_server.url}/ingestion?state=failed")
        await expect(page.locator(".row")).to_contain_text("broken.pdf")


async def test_a_live_page_tells_of_the_end_and_may_still_be_read(live_server: LiveServer) -> None:
    services = live_server.services
    person = await grace(services)
    await story.failed(services, name="broken.pdf")
    async with looking(live_server, person, expected="401") as page:
        await page.goto("/ingestion")
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        await end_sessions(services, person)
        await story.submitted(services, "new.pdf")
        await page.get_by_role("dialog", name="Your session has ended").get_by_role("button", name="Stay and read").click()
        await expect(page.locator("#stale")).to_contain_text("Your session has ended.")
        await expect(page.locator("#stale")).not_to_contain_text("It goes on by itself.", use_inner_text=True)
        await expect(page.locator(".row")).to_contain_text("broken.pdf")


async def test_a_form_sent_after_the_end_leads_back_to_where_it_was(live_server: LiveServer) -> None:
    services = live_server.services
    person = await grace(services)
    async with looking(live_server, person) as page:
        await page.goto("/ingestion/new")
        await page.get_by_label("One a line").fill("https://example.org/a.pdf")
        await end_sessions(services, person)
        await page.get_by_role("button", name="Ingest", exact=True).click()
        await expect(page.get_by_text("Your session has ended.")).to_be_visible()
        await sign_in(page)
        await expect(page).to_have_url(f"{live_server.url}/ingestion/new")
