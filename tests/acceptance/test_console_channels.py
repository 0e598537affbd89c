"""An administrator makes a channel, tries it, reads what became of its messages, and removes it: in a browser, by plain forms."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests import story
from tests.acceptance.axe import violations
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tests.acceptance.test_console_says_nothing_untranslated import Marked, bare
from tests.counterparts import SECRET, Receiver, receiving
from tidegate.audit.vocabulary import AuditAction
from tidegate.channels.channel import ChannelKind, Event, Terms
from tidegate.console import language
from tidegate.console.viewing import LANGUAGE_COOKIE
from tidegate.domain.actor import Role
from tidegate.operations.channels import AddChannel, SendTest
from tidegate.operations.door import Services, perform
from tidegate.settings import Settings

pytestmark = pytest.mark.browser


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    (tmp_path / "hook").write_text(SECRET, encoding="utf-8")
    return replace(settings, allowed_hosts=("127.0.0.1/32",), retry_delay_scale=0.002)


async def delivered(page: Page, text: str, n: int = 1) -> None:
    """Look again until the log has so many messages in these words."""
    for _ in range(120):
        if await page.locator("#log-title + ol > li").filter(has_text=text).count() == n:
            return
        await page.wait_for_timeout(250)
        await page.reload()
    raise AssertionError(await page.inner_text("main"))


async def test_a_channel_is_made_tried_and_removed_by_plain_forms(
    live_server: LiveServer, receiver: Receiver, tmp_path: Path
) -> None:
    services = live_server.services
    ada = await story.person(services, Role.ADMIN)
    async with looking(live_server, ada, java_script_enabled=False, expected="400") as page:
        await page.goto("/admin")
        await page.get_by_role("link", name="Channels").click()
        await page.get_by_role("link", name="Add a channel").click()
        await page.get_by_label("Name", exact=True).fill("Night shift")
        await page.get_by_label("Web or e-mail address").fill(receiver.url)
        await page.get_by_label("Where the secret is").fill(SECRET)
        await page.get_by_role("button", name="Add").click()
        await expect(page.get_by_role("alert")).to_contain_text("env:NAME or file:/path")
        await expect(page.get_by_label("Name", exact=True)).to_have_value("Night shift")
        await page.get_by_label("Where the secret is").fill(f"file:{tmp_path / 'hook'}")
        await page.get_by_label("Seconds that a message gathers").fill("1")
        await page.get_by_role("button", name="Add").click()
        await expect(page.get_by_text("The channel is saved, and it holds at once.")).to_be_visible()

        receiver.answers = [503]
        await page.get_by_role("link", name="Send a test").click()
        await page.get_by_role("button", name="Send a test").click()
        await expect(page.get_by_text("A test is on its way")).to_be_visible()
        await delivered(page, "try 2: delivered (200)")
        await expect(page.locator("#log-title + ol > li")).to_contain_text("try 1: refused by the receiver (503)")
        await story.failed(services)
        await delivered(page, "1 job failed: The document is damaged")
        await expect(page.locator("body")).not_to_contain_text(SECRET)

        await page.get_by_role("link", name="Change").click()
        await page.get_by_label("Paused").check()
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator(".job-sub")).to_contain_text("paused")
        await page.get_by_role("link", name="Remove").click()
        await page.get_by_label("Reason").fill("No longer needed.")
        await page.get_by_role("button", name="Remove the channel").click()
        await expect(page.get_by_text("The channel is removed.")).to_be_visible()
        await page.get_by_role("link", name="See the audit event").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("removed the channel Night shift")
    assert receiver.forged == 0
    assert len(await story.events(services, action=AuditAction.CHANNEL_REMOVE)) == 1


async def test_its_pages_are_accessible_and_wholly_translated(
    live_server: LiveServer, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = live_server.services
    monkeypatch.setitem(language.LANGUAGES, "xx", Marked("xx", "Marks", ",", "."))
    page_of = await seeded(services, receiver, tmp_path)
    async with looking(live_server, await story.person(services, Role.ADMIN)) as page:
        await page.goto(page_of)
        await delivered(page, "try 1: delivered (200)")
        for path in ("/admin/channels", "/admin/channels/new", page_of, f"{page_of}/change"):
            for theme in ("light", "dark"):
                await page.emulate_media(color_scheme=theme)
                await page.goto(path)
                assert await violations(page) == []
            await page.set_viewport_size({"width": 320, "height": 640})
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        await page.context.add_cookies([{"name": LANGUAGE_COOKIE, "value": "xx", "url": live_server.url}])
        for path in ("/admin/channels", "/admin/channels/new", page_of, f"{page_of}/change", f"{page_of}/test"):
            await page.goto(path)
            assert await bare(page) == set(), path


async def seeded(services: Services, receiver: Receiver, tmp_path: Path) -> str:
    """Make a channel with quiet hours and one test on its way; return the address of its page."""
    terms = Terms(
        name="tests", kind=ChannelKind.WEBHOOK, target=receiver.url, secret=f"file:{tmp_path / 'hook'}", quiet_from="22:00",
        quiet_to="07:00", events=[Event.FAILED, Event.STUCK],
    )  # fmt: skip
    made = await perform(services, story.OPERATOR, AddChannel(terms))
    await perform(services, story.OPERATOR, SendTest(made.id))
    return f"/admin/channels/{made.id}"
