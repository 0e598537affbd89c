"""Inside of another site, by the code of docs/how-to/embed.md: under its prefix, with its sign-in, under a real server."""

import asyncio
import html
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import UUID

import httpx
import psycopg
import pytest
import uvicorn
from playwright.async_api import expect

from tests import story
from tests.acceptance.browsing import opened
from tests.acceptance.django_site import session_of_ana
from tests.acceptance.test_api_stream import Events
from tidegate.audit.vocabulary import AuditAction
from tidegate.domain.actor import Role
from tidegate.domain.lifecycle import State
from tidegate.operations.door import Services, perform
from tidegate.operations.people import DisablePerson
from tidegate.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "embed.md"
PREFIX = "/docs-intake"
HOSTS = ("FastAPI", "Starlette", "Litestar", "Django")
ADDRESS = re.compile(r' (?:href|src|action|formaction|data-live|data-preview)="([^"#][^"]*)')


@dataclass(frozen=True)
class Site:
    """A host that serves: its address, and the cookie of somebody who is signed in there."""

    url: str
    cookie: tuple[str, str]

    def client(self, *, known: bool = True) -> httpx.AsyncClient:
        """Return a browser-like client, signed in at the host."""
        cookies = dict([self.cookie]) if known else None
        return httpx.AsyncClient(base_url=self.url, cookies=cookies, headers={"Accept": "text/html"}, timeout=60)


def block(host: str) -> str:
    """Return the code under a heading of the page."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {host}\n")[2].partition("\n## ")[0]
    [code] = re.findall(r"^```python\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    return str(code)


@asynccontextmanager
async def serving(app: Any, cookie: tuple[str, str]) -> AsyncIterator[Site]:
    """Serve a host's application on a free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_config=None, ws="none", timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server._serve(sockets=[listener]))
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        try:
            yield Site(f"http://127.0.0.1:{listener.getsockname()[1]}", cookie)
        finally:
            server.should_exit = True
            await task


@pytest.fixture(autouse=True)
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of this test, as the page's code finds them."""
    monkeypatch.setenv("TIDEGATE_HOME", str(settings.home))
    monkeypatch.setenv("TIDEGATE_DATABASE_URL", settings.database_url)


@asynccontextmanager
async def mounted(host: str, folder: Path) -> AsyncIterator[Site]:
    """Run the page's code for a host and serve it; what the code left open is closed as a loop's end would."""
    cookie = await asyncio.to_thread(session_of_ana, folder) if host == "Django" else ("session", "k7Qx")
    names: dict[str, Any] = {"__name__": "site"}
    exec(block(host), names)  # noqa: S102 - the page's own code
    async with serving(names["app"], cookie) as site:
        yield site
    for task in asyncio.all_tasks():
        if task.get_name() == "tidegate mounted":
            task.cancel()
            await asyncio.wait([task])


@pytest.fixture(params=HOSTS)
async def site(request: pytest.FixtureRequest, tmp_path: Path, services: Services) -> AsyncIterator[Site]:
    async with mounted(request.param, tmp_path) as made:
        yield made


async def test_list_job_retry_and_stream_work_under_the_prefix(site: Site, services: Services) -> None:
    id = await story.failed(services, name="tides.pdf")
    async with site.client() as browser:
        await every_address_is_under_the_prefix(browser, f"{PREFIX}/ingestion", f"{PREFIX}/ingestion/jobs/{id}")
        async with browser.stream("GET", f"{PREFIX}/api/ingestion/stream", timeout=60) as response:
            events = Events(response)
            assert (await events.next())[0] == "hello"
            form = {"reason": "Sent again", "back": f"/ingestion/jobs/{id}"}
            headers = {"Origin": site.url}
            answer = await browser.post(f"{PREFIX}/ingestion/jobs/{id}/retry", data=form, headers=headers)
            assert (answer.status_code, answer.headers["location"]) == (303, f"{PREFIX}/ingestion/jobs/{id}")
            assert all("path=/docs-intake/;" in f"{cookie};".lower() for cookie in answer.headers.get_list("set-cookie"))
            changed = await events.until("changed")
            assert changed == "*" or str(id) in str(changed)
        page = await browser.get(answer.headers["location"])
        assert "Attempt 2 is queued." in page.text
    [event] = await story.events(services, action=AuditAction.RETRY)
    assert (event.body.actor.name, event.body.actor.role, event.body.reason) == ("ana", "power_user", "Sent again")
    assert (await story.job(services, id)).summary.state is State.QUEUED


async def every_address_is_under_the_prefix(browser: httpx.AsyncClient, *pages: str) -> None:
    """Look at pages and follow all that they lead to; nothing may lead out of the prefix, and nothing nowhere."""
    found: set[str] = set()
    for path in pages:
        page = await browser.get(path)
        assert page.status_code == 200, path
        addresses = {urlsplit(urljoin(str(page.url), html.unescape(address))) for address in ADDRESS.findall(page.text)}
        found |= {address.path for address in addresses if address.netloc == page.url.netloc.decode()}
    assert found
    assert [address for address in found if not address.startswith(f"{PREFIX}/")] == []
    acts = ("/sign-out", "/preferences/", "/acknowledgements")
    for address in sorted(found):
        if not any(act in address for act in acts):
            assert (await browser.get(address)).status_code in {200, 303}, address


async def test_nobody_is_led_to_the_entrance_of_the_host(site: Site) -> None:
    async with site.client(known=False) as nobody:
        answer = await nobody.get(f"{PREFIX}/ingestion?state=failed")
        assert answer.status_code == 303
        answer = await nobody.get(answer.headers["location"])
        assert answer.headers["location"] == "/login?next=%2Fdocs-intake%2Fingestion%3Fstate%3Dfailed"
        assert (await nobody.get(f"{PREFIX}/api/me")).status_code == 401
        [static] = set(re.findall(r'href="([^"]+\.css)"', (await site_page(site)).text))
        assert (await nobody.get(static)).headers["cache-control"].startswith("public")


async def site_page(site: Site) -> httpx.Response:
    """Return the list as somebody who is signed in sees it."""
    async with site.client() as browser:
        return await browser.get(f"{PREFIX}/ingestion")


async def test_a_site_elsewhere_cannot_act_with_the_hosts_cookie(site: Site, services: Services) -> None:
    id = await story.failed(services)
    async with site.client() as browser:
        for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}, {}):
            answer = await browser.post(f"{PREFIX}/api/ingestion/jobs/{id}/retry", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request")


@pytest.mark.parametrize("host", ["FastAPI", "Starlette"])
async def test_the_pool_closes_with_the_host(host: str, tmp_path: Path, settings: Settings) -> None:
    async with mounted(host, tmp_path) as site:
        await site_page(site)
        assert await connections(settings) > 0
    assert await connections(settings) == 0


async def connections(settings: Settings) -> int:
    """Return how many connections the mounted application has."""
    async with await psycopg.AsyncConnection.connect(settings.database_url) as connection:
        found = await connection.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tidegate mounted'")
        row = await found.fetchone()
        return int(row[0]) if row else 0


async def test_the_hosts_word_on_a_role_holds_at_once_and_a_closed_account_stays_closed(
    services: Services, tmp_path: Path
) -> None:
    names: dict[str, Any] = {"__name__": "site"}
    exec(block("Starlette"), names)  # noqa: S102
    sessions, guest = names["SESSIONS"], names["Guest"]
    async with serving(names["app"], ("session", "k7Qx")) as site, site.client() as browser:
        me = (await browser.get(f"{PREFIX}/api/me")).json()
        assert (me["name"], me["role"]) == ("ana", "power_user")
        sessions["k7Qx"] = guest("42", "ana", Role.VIEWER)
        again = (await browser.get(f"{PREFIX}/api/me")).json()
        assert (again["id"], again["role"]) == (me["id"], "viewer")
        [changed] = await story.events(services, action=AuditAction.ROLE_CHANGE)
        assert (changed.body.before, changed.body.after) == ({"role": "power_user"}, {"role": "viewer"})
        await story.person(services, Role.ADMIN)
        await perform(services, story.OPERATOR, DisablePerson(UUID(me["id"])))
        assert (await browser.get(f"{PREFIX}/api/me")).status_code == 401


@pytest.mark.browser
async def test_a_browser_sees_a_retry_live_under_the_prefix(services: Services, tmp_path: Path) -> None:
    id = await story.failed(services, name="tides.pdf")
    strangers: list[str] = []
    async with mounted("FastAPI", tmp_path) as site, opened(site.url) as page:
        await page.context.add_cookies([{"name": "session", "value": "k7Qx", "url": site.url}])
        page.on("request", lambda request: None if under(request.url) else strangers.append(request.url))
        await page.goto(f"{PREFIX}/ingestion")
        row = page.locator(".row").filter(has_text="tides.pdf")
        await row.get_by_role("link", name="Retry tides.pdf").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Reason").fill("Sent again by the supplier.")
        await dialog.get_by_role("button", name="Retry").click()
        await expect(row).to_contain_text("Attempt 2", timeout=30_000)
        await story.begun(services, id, 2)
        await expect(row).to_contain_text("Running", timeout=30_000)
        await row.get_by_role("link", name="tides.pdf", exact=True).click()
        await expect(page).to_have_url(f"{site.url}{PREFIX}/ingestion/jobs/{id}", timeout=30_000)
        cookies = {cookie["name"]: cookie["path"] for cookie in await page.context.cookies()}
    assert strangers == []
    assert cookies["tz"] == f"{PREFIX}/"


def under(url: str) -> bool:
    """Whether an address is under the prefix, or none of a server's."""
    return urlsplit(url).path.startswith(f"{PREFIX}/") or not url.startswith("http")
