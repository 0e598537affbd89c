"""axe finds nothing on any screen in light and dark, and no screen scrolls sideways on a small phone."""

from typing import Any
from uuid import UUID

import pytest

from tests import story, visitors
from tests.acceptance import seeds
from tests.acceptance.axe import violations
from tests.acceptance.browsing import Theme, looking
from tests.acceptance.conftest import LiveServer
from tidegate.domain.actor import Actor, ActorKind, Permission, Role
from tidegate.ledger.views import JobFilter
from tidegate.operations import reading
from tidegate.operations.acknowledging import Acknowledge
from tidegate.operations.bulk_retry import RetryMany
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.people import AddPerson

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]


async def paths(services: Services) -> list[str]:
    """Seed a morning and return the address of every screen."""
    people = [
        await perform(services, story.OPERATOR, AddPerson(login, login, Role(role), seeds.PASSWORD))
        for login, role in seeds.PEOPLE.items()
    ]
    grace = Asking(Actor(ActorKind.PERSON, people[1].id, "grace", Role.POWER_USER))
    await visitors.session(services, grace)
    await visitors.token(services, grace, Permission.JOB_READ)
    account = f"/admin/people/{people[1].id}"
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
        "/ingestion", "/ingestion?state=failed", "/ingestion?q=no-such-name", "/ingestion?attention=retrying&submitter=grace",
        "/ingestion/new",
        *(f"/ingestion/jobs/{ids[name]}" for name in shown),
        f"/ingestion/jobs/{failed.summary.id}/retry", f"/ingestion/jobs/{ids['tender-2026-114.zip']}/cancel",
        "/ingestion/batches", "/ingestion/pulse",
        f"/ingestion/batches/{failed.summary.batch_id}", "/search", "/search?q=gate", f"/documents/{done.summary.document_id}",
        "/audit", f"/audit/{cancelled.summary.audit_event_id}", "/admin", "/admin/people/new", account, f"{account}/role",
        f"{account}/disabled", "/admin/pipelines", "/account", "/account/password", "/account/tokens/new",
        *await acts_on_many(services, ids),
    ]  # fmt: skip


async def acts_on_many(services: Services, ids: dict[str, UUID]) -> list[str]:
    """Acknowledge one failure and retry others together; return the addresses of all screens of such acts."""
    known, again = ids["empty-template.docx"], ids["invoice-4471.pdf"]
    await perform(services, story.OPERATOR, Acknowledge(known, "a template"))
    made = await perform(services, story.OPERATOR, RetryMany(JobFilter(ids=(known, again)), "sent again"))
    return [
        "/ingestion/causes", "/ingestion/causes?window=30d", "/ingestion/causes?pipeline=none", "/ingestion/retries",
        f"/ingestion/retries/{made.id}", f"/ingestion/retries/{made.id}?verdict=refused", "/ingestion/retries/new?state=failed",
        "/ingestion/retries/new?state=queued", "/ingestion/acknowledgements/new", "/ingestion/acknowledgements/new?state=queued",
        f"/ingestion/jobs/{known}", f"/ingestion/jobs/{known}/unacknowledge",
        f"/ingestion/jobs/{ids['quay-wall-model.pdf']}/acknowledge", f"/audit?parent={made.audit_event_id}",
        f"/audit/{made.audit_event_id}",
    ]  # fmt: skip


@pytest.mark.parametrize(("theme", "locale"), [("light", "en-GB"), ("dark", "de-DE")])
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
        for path in ("/ingestion?state=failed", f"/ingestion/jobs/{addresses[5].rpartition('/')[2]}", "/admin", "/nowhere"):
            await page.goto(path)
            found += await violations(page)
    async with looking(live_server, **seen) as page:
        for path in ("/sign-in", "/sign-in/link?token=x", "/sign-in/link"):
            await page.goto(path)
            found += await violations(page)
    assert found == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_pulse_has_none_empty_busy_or_with_every_table_open(live_server: LiveServer, theme: Theme) -> None:
    services = live_server.services
    phone = {"width": 360, "height": 800}
    async with looking(live_server, await story.person(services, Role.VIEWER), color_scheme=theme, viewport=phone) as page:
        await page.goto("/ingestion/pulse")
        found = await violations(page)
        await seeds.seed(services.settings.database_url, services)
        await page.goto("/ingestion/pulse?window=7d&pipeline=documents")
        for summary in await page.get_by_text("As a table").all():
            await summary.click()
        found += await violations(page)
        assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert found == []


COVERED = """() => [...document.querySelectorAll('.row')].flatMap((row) => {
  const shared = (a, b, from, to) => Math.min(a[to], b[to]) - Math.max(a[from], b[from]);
  const parts = [...row.querySelectorAll('.row-pick, .mark, time, .row-attempt, .row-name, .row-pipeline, .row-by, .button')]
    .map((part) => [part.className || part.localName, part.getBoundingClientRect()]);
  return parts.flatMap(([one, a], i) => parts.slice(i + 1)
    .filter(([, b]) => shared(a, b, 'left', 'right') > 1 && shared(a, b, 'top', 'bottom') > 1)
    .map(([other]) => `${row.id} ${one} and ${other}`));
})"""
"""Finds the parts of a row that lie upon each other."""


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
@pytest.mark.parametrize("width", [360, 768, 1024, 1600])
async def test_no_screen_scrolls_sideways_and_no_row_covers_itself(live_server: LiveServer, width: int, locale: str) -> None:
    services = live_server.services
    addresses = await paths(services)
    wide, covered = [], []
    asking, size = await story.person(services, Role.ADMIN), {"width": width, "height": 800}
    async with looking(live_server, asking, viewport=size, locale=locale) as page:
        for path in addresses:
            await page.goto(path)
            over = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            wide += [f"{path} by {over} px"] if over > 0 else []
            covered += [f"{path}: {pair}" for pair in await page.evaluate(COVERED)]
    assert (wide, covered) == ([], [])
