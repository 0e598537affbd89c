"""axe finds nothing on any screen in light and dark, and no screen scrolls sideways on a small phone."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests import story
from tests.acceptance import seeds
from tests.acceptance.browsing import Theme, looking
from tests.acceptance.conftest import LiveServer
from tidegate.domain.actor import Role
from tidegate.operations import reading
from tidegate.operations.door import Services, perform
from tidegate.operations.people import AddPerson

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Axe()
TAGS = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}


async def paths(services: Services) -> list[str]:
    """Seed a morning and return the address of every screen."""
    for login, role in seeds.PEOPLE.items():
        await perform(services, story.OPERATOR, AddPerson(login, login, Role(role), seeds.PASSWORD))
    ids = await seeds.seed(services.settings.database_url, services, worker=False)
    jobs = {name: await reading.get_job(services, story.OPERATOR.actor, id) for name, id in ids.items()}
    failed, cancelled, done = jobs["quay-wall-model.pdf"], jobs["charter-party-draft.docx"], jobs["pilotage-rules.pdf"]
    shown = (
        "quay-wall-model.pdf",
        "dredging-survey-scan.tiff",
        "harbour-dues-2026.html",
        "charter-party-draft.docx",
        "pilotage-rules.pdf",
    )
    return [
        "/ingestion", "/ingestion?state=failed", "/ingestion?q=no-such-name", "/ingestion/new",
        *(f"/ingestion/jobs/{ids[name]}" for name in shown),
        f"/ingestion/jobs/{failed.summary.id}/retry", f"/ingestion/jobs/{ids['tender-2026-114.zip']}/cancel",
        f"/ingestion/batches/{failed.summary.batch_id}", "/search", "/search?q=gate", f"/documents/{done.summary.document_id}",
        "/audit", f"/audit/{cancelled.summary.audit_event_id}", "/admin", "/account",
    ]  # fmt: skip


async def violations(page: Page) -> list[str]:
    results = await AXE.run(page, options=TAGS)
    return [f"{page.url} {found['id']}: {found['nodes'][0]['html'][:160]}" for found in results.response["violations"]]


@pytest.mark.parametrize(("theme", "locale"), [("light", "en-GB"), ("dark", "en-GB"), ("light", "de-DE")])
async def test_no_screen_has_a_violation(live_server: LiveServer, theme: Theme, locale: str) -> None:
    services = live_server.services
    found: list[str] = []
    addresses = await paths(services)
    seen: dict[str, Any] = {"color_scheme": theme, "locale": locale}
    async with looking(live_server, await story.person(services, Role.ADMIN), reduced_motion="reduce", **seen) as page:
        for path in addresses:
            await page.goto(path)
            found += await violations(page)
        await page.goto("/ingestion?state=failed")
        await page.keyboard.press("j")
        await page.keyboard.press("r")
        await page.get_by_role("dialog").wait_for()
        found += await violations(page)
    async with looking(live_server, await story.person(services, Role.VIEWER), expected="40", **seen) as page:
        for path in ("/ingestion?state=failed", f"/ingestion/jobs/{addresses[4].rpartition('/')[2]}", "/admin", "/nowhere"):
            await page.goto(path)
            found += await violations(page)
    async with looking(live_server, **seen) as page:
        for path in ("/sign-in", "/sign-in/link?token=x", "/sign-in/link"):
            await page.goto(path)
            found += await violations(page)
    assert found == []


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
@pytest.mark.parametrize("width", [360, 768, 1024, 1600])
async def test_no_screen_scrolls_sideways(live_server: LiveServer, width: int, locale: str) -> None:
    services = live_server.services
    addresses = await paths(services)
    wide = []
    asking, size = await story.person(services, Role.ADMIN), {"width": width, "height": 800}
    async with looking(live_server, asking, viewport=size, locale=locale) as page:
        for path in addresses:
            await page.goto(path)
            over = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            wide += [f"{path} by {over} px"] if over > 0 else []
    assert wide == []
