"""A source is made, scanned, paused, changed and removed: in a browser, by plain forms."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import s3fs
from playwright.async_api import Page, expect

from tests import processes, story
from tests.acceptance.axe import violations
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tests.acceptance.test_console_says_nothing_untranslated import Marked, bare
from tests.counterparts import bucket_server
from tests.operations.sources.places import by_hand, files, scanned
from tidegate.audit.vocabulary import AuditAction
from tidegate.console import language
from tidegate.console.viewing import LANGUAGE_COOKIE
from tidegate.domain.actor import Role
from tidegate.domain.refusals import Forbidden
from tidegate.operations import sources
from tidegate.operations.door import Services, perform
from tidegate.operations.sources import CreateSource, PauseSource, ScanSource
from tidegate.settings import Settings
from tidegate.sources.source import Terms

pytestmark = pytest.mark.browser

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "a secret that nobody may see"
HERE = "127.0.0.1/32"
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, allowed_hosts=(HERE,))


@pytest.fixture
def server() -> Iterator[str]:
    """A store with two documents, one of which changes nothing about the other."""
    with bucket_server() as url:
        fs = s3fs.S3FileSystem(key=KEY, secret=SECRET, endpoint_url=url, skip_instance_cache=True)
        fs.mkdir("harbour")
        fs.pipe({"harbour/in/tides.txt": b"High water at nine.", "harbour/in/berths.txt": b"Berth four is closed."})
        yield url


async def appears(page: Page, text: str) -> None:
    """Look again until the page has this text."""
    for _ in range(120):
        if await page.get_by_text(text).count():
            return
        await page.wait_for_timeout(250)
        await page.reload()
    raise AssertionError(await page.inner_text("main"))


async def test_what_lies_in_a_store_is_ingested_by_plain_forms(live_server: LiveServer, server: str, tmp_path: Path) -> None:
    services = live_server.services
    place = tmp_path / "bucket.json"
    place.write_text(json.dumps({"key": KEY, "secret": SECRET}), encoding="utf-8")
    ada = await story.person(services, Role.ADMIN)
    async with (
        processes.running(services.settings, "work", allowed_hosts=HERE),
        looking(live_server, ada, java_script_enabled=False, expected="400") as page,
    ):
        await page.goto("/ingestion")
        await page.get_by_role("link", name="Sources").click()
        await page.get_by_role("link", name="Add a source").click()
        await page.get_by_label("Name", exact=True).fill("Archive")
        await page.get_by_label("Folder or address").fill("s3://harbour/in")
        await page.get_by_label("Server").fill(server)
        await page.get_by_label("Where the credential is").fill(f"{KEY}:{SECRET}")
        await page.get_by_label("Scan every").fill("")
        await page.get_by_role("button", name="Add").click()
        await expect(page.get_by_role("alert")).to_contain_text("env:NAME or file:/path")
        await expect(page.get_by_label("Name", exact=True)).to_have_value("Archive")
        await page.get_by_label("Where the credential is").fill(f"file:{place}")
        await page.get_by_role("button", name="Add").click()
        await expect(page.get_by_text("The source is saved, and it holds at once.")).to_be_visible()
        await expect(page.get_by_text("only by hand")).to_be_visible()

        await page.get_by_role("link", name="Scan now").click()
        await page.get_by_label("Reason").fill("First look")
        await page.get_by_role("button", name="Scan now").click()
        await appears(page, "2 objects seen · 2 submitted · 0 unchanged")
        await page.get_by_role("link", name="See the batch").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Archive")
        await appears(page, "Ingested in")
        await page.get_by_role("link", name="tides.txt", exact=True).click()
        await expect(page.get_by_text("A store elsewhere")).to_be_visible()
        await expect(page.locator("body")).not_to_contain_text(SECRET)
        await page.get_by_role("link", name="Archive", exact=True).click()
        await managed(page)
    assert len(await story.events(services, action=AuditAction.SOURCE_REMOVE)) == 1


async def managed(page: Page) -> None:
    """Pause, resume, change and remove the source on the screen."""
    await page.get_by_role("link", name="Pause").click()
    await page.get_by_role("button", name="Pause").click()
    await expect(page.locator(".job-sub")).to_contain_text("paused")
    await expect(page.get_by_role("button", name="Scan now")).to_be_disabled()
    await page.get_by_role("link", name="Resume").click()
    await page.get_by_role("button", name="Resume").click()
    await page.get_by_role("link", name="Change").click()
    await page.get_by_label("Scan every").fill("15")
    await page.get_by_label("Unit").select_option("minutes")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".job-sub")).to_contain_text("every 15 minutes")
    await page.get_by_role("link", name="Remove").click()
    await page.get_by_role("button", name="Remove the source").click()
    await expect(page.get_by_text("The source is removed.")).to_be_visible()
    await page.get_by_role("link", name="See the audit event").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("removed the source Archive")


async def test_its_pages_are_accessible_and_wholly_translated(
    live_server: LiveServer, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = live_server.services
    monkeypatch.setitem(language.LANGUAGES, "xx", Marked("xx", "Marks", ",", "."))
    pages = await seeded(services, inbox)
    async with looking(live_server, await story.person(services, Role.ADMIN)) as page:
        for path in pages:
            for theme in ("light", "dark"):
                await page.emulate_media(color_scheme=theme)
                await page.goto(path)
                assert await violations(page) == [], path
            await page.set_viewport_size({"width": 320, "height": 640})
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        await page.context.add_cookies([{"name": LANGUAGE_COOKIE, "value": "xx", "url": live_server.url}])
        for path in pages:
            await page.goto(path)
            assert await bare(page) == set(), path


async def test_others_see_how_it_stands_and_not_where_it_is(live_server: LiveServer, inbox: Path) -> None:
    services = live_server.services
    await seeded(services, inbox)
    vera = await story.person(services, Role.VIEWER)
    async with looking(live_server, vera) as page:
        await page.goto("/ingestion/sources")
        await expect(page.get_by_role("link", name="tests", exact=True)).to_be_visible()
        await expect(page.locator("body")).not_to_contain_text(str(inbox))
        await expect(page.get_by_role("button", name="Add a source")).to_be_disabled()
        await page.get_by_role("link", name="tests", exact=True).click()
        await expect(page.get_by_role("button", name="Scan now")).to_be_disabled()
        await expect(page.get_by_role("link", name="Remove")).to_have_count(0)
        await expect(page.locator("body")).not_to_contain_text(str(inbox))
        with pytest.raises(Forbidden):
            await perform(services, vera, PauseSource((await sources.list_sources(services, vera.actor))[0].id))
        await page.goto("/audit")
        await expect(page.get_by_text("was refused to pause a source")).to_be_visible()


async def test_one_whose_last_scan_failed_is_marked_in_the_list(live_server: LiveServer, inbox: Path) -> None:
    services = live_server.services
    files(inbox, 1)
    await scanned(services, await by_hand(services, Terms(name="well", address=str(inbox))))
    source = await by_hand(services, Terms(name="lost", address=str(inbox)))
    strict = replace(services, settings=replace(services.settings, folder_roots=()))
    await scanned(strict, source)
    async with looking(live_server, await story.person(services, Role.VIEWER)) as page:
        await page.goto("/ingestion/sources")
        for name, tone, word in (("lost", "failed", "last scan failed"), ("well", "succeeded", "in use")):
            mark = page.locator("li.item", has=page.get_by_role("link", name=name, exact=True)).locator(".mark")
            await expect(mark).to_have_attribute("data-tone", tone)
            await expect(mark).to_have_text(word)
            await expect(mark.locator("svg")).to_have_count(1)
        await page.get_by_role("link", name="lost", exact=True).click()
        await expect(page.locator(".job-sub .mark")).to_have_text("last scan failed")


async def seeded(services: Services, inbox: Path) -> tuple[str, ...]:
    """Make a source with scans of each kind, one that is paused and one by SFTP; return the addresses of all pages."""
    files(inbox, 4)
    source = await by_hand(services, Terms(name="tests", address=str(inbox), pattern="*.txt"))
    await scanned(services, source)
    files(inbox, 5)
    await scanned(services, source)
    strict = replace(services, settings=replace(services.settings, folder_roots=()))
    await scanned(strict, source)
    await perform(services, story.OPERATOR, ScanSource(source))
    paused = Terms(name="tests 2", address=str(inbox), every_seconds=3600, paused=True)
    other = (await perform(services, story.OPERATOR, CreateSource(paused))).id
    one = f"/ingestion/sources/{source}"
    acts = (f"{one}/{act}" for act in ("change", "pause", "scan", "remove"))
    top = "/ingestion/sources"
    far = await by_hand(services, Terms(name="tests 3", address="sftp://files.example.org/in", host_key=HOST_KEY))
    return (top, f"{top}/new", one, *acts, f"{top}/{other}", f"{top}/{other}/resume", f"{top}/{far}", f"{top}/{far}/change")
