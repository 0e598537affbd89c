"""Somebody signs in at the company's identity provider: in a real browser, and request by request."""

import html
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from litestar import Litestar
from playwright.async_api import expect

from tests import oidc_provider, story, visitors
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tests.oidc_provider import CANARY, CLIENT_ID, CLIENT_SECRET, RunningProvider, running_provider
from tests.visitors import Visitor
from tidegate import wiring
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.operations.door import Services
from tidegate.settings import Settings
from tidegate.web.limits import SIGN_IN

HERE = "https://tidegate.test"
NAME = "Harbour ID"
COOKIE = "__Host-tidegate-sign-in"


@pytest.fixture(scope="module")
async def process() -> AsyncIterator[RunningProvider]:
    """The provider's process, one for all of these tests."""
    async with running_provider() as running:
        yield running


@pytest.fixture
async def provider(process: RunningProvider) -> RunningProvider:
    """The provider, honest."""
    await process.behave(mode=oidc_provider.HONEST, algorithm="ES256", claims={})
    return process


@pytest.fixture
def settings(settings: Settings, provider: RunningProvider) -> Settings:
    return replace(
        settings, oidc_issuer=provider.issuer, oidc_client_id=CLIENT_ID, oidc_client_secret=CLIENT_SECRET,
        oidc_default_role="power_user", oidc_name=NAME,
    )  # fmt: skip


async def came_back(nobody: httpx.AsyncClient, provider: RunningProvider, path: str = "/sign-in/provider") -> str:
    """Leave for the provider and return the path and query that the browser comes back with."""
    left = await nobody.get(path)
    assert left.status_code == 303, left.text
    back = await provider.visited(left.headers["location"])
    assert back.startswith(f"{HERE}/sign-in/provider/return?")
    return back.removeprefix(HERE)


@pytest.mark.browser
async def test_the_button_signs_in_and_leads_to_the_wanted_page(live_server: LiveServer, provider: RunningProvider) -> None:
    async with looking(live_server, elsewhere=provider.issuer) as page:
        await page.goto("/ingestion?state=failed")
        await page.get_by_role("link", name=f"Continue with {NAME}").click()
        await expect(page).to_have_url(f"{live_server.url}/ingestion?state=failed")
        cookies = {cookie["name"]: cookie for cookie in await page.context.cookies()}
        assert "tidegate-dev-sign-in" not in cookies
        assert cookies["tidegate-dev"]["httpOnly"]
        await page.goto("/account")
        await expect(page.get_by_text("ada").first).to_be_visible()
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_text("You are signed out.")).to_be_visible()
    [added] = await story.events(live_server.services, action=AuditAction.PERSON_ADD)
    assert (added.body.after or {})["role"] == "power_user"


@pytest.mark.browser
async def test_a_refusal_is_told_on_the_sign_in_page_in_our_words(live_server: LiveServer, provider: RunningProvider) -> None:
    await provider.behave(mode="denied")
    async with looking(live_server, expected="401", elsewhere=provider.issuer, java_script_enabled=False) as page:
        await page.goto("/sign-in")
        await page.get_by_role("link", name=f"Continue with {NAME}").click()
        await expect(page.get_by_role("alert")).to_contain_text("did not let you in")
        assert CANARY not in await page.content()
        await provider.behave(mode=oidc_provider.HONEST)
        await page.get_by_role("link", name=f"Continue with {NAME}").click()
        await expect(page).to_have_url(f"{live_server.url}/ingestion")


async def test_the_cookies_are_strict_and_the_journey_is_spent(nobody: httpx.AsyncClient, provider: RunningProvider) -> None:
    left = await nobody.get("/sign-in/provider", params={"next": "/search?q=tide"})
    cookie = left.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert parts >= {"secure", "httponly", "samesite=lax", "path=/", "max-age=600"}
    assert left.headers["cache-control"] == "no-store"
    back = (await provider.visited(left.headers["location"])).removeprefix(HERE)
    opened = await nobody.get(back)
    assert (opened.status_code, opened.headers["location"]) == (303, "/search?q=tide")
    sent = opened.headers.get_list("set-cookie")
    assert any(one.startswith("__Host-tidegate=") and "HttpOnly" in one for one in sent)
    assert any(one.startswith(f'{COOKIE}=""') or (one.startswith(f"{COOKIE}=") and "Max-Age=0" in one) for one in sent)
    assert (await nobody.get("/api/me")).json()["name"] == "ada"
    again = await nobody.get(back)
    assert (again.status_code, "was not begun in this browser" in again.text) == (401, True)


@pytest.mark.parametrize("target", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", "\t//evil.test"])
async def test_one_goes_on_within_this_site_only(nobody: httpx.AsyncClient, provider: RunningProvider, target: str) -> None:
    left = await nobody.get("/sign-in/provider", params={"next": target})
    opened = await nobody.get((await provider.visited(left.headers["location"])).removeprefix(HERE))
    assert (opened.status_code, opened.headers["location"]) == (303, "/ingestion")


async def test_another_browser_cannot_be_signed_in_with_ones_own_answer(
    application: Litestar, nobody: httpx.AsyncClient, provider: RunningProvider, services: Services
) -> None:
    back = await came_back(nobody, provider)
    async with httpx.AsyncClient(transport=visitors.transport_to(application), base_url=HERE) as victim:
        await victim.get("/sign-in/provider")
        refused = await victim.get(back)
        assert refused.status_code == 401
        assert "__Host-tidegate" not in victim.cookies
    [event] = await story.events(services, action=AuditAction.SIGN_IN)
    assert (event.body.outcome, event.body.after) == (AuditOutcome.DENIED, {"refusal": "sign_in_not_begun_here"})


async def test_signing_in_again_rotates_the_session(services: Services, viewer: Visitor, provider: RunningProvider) -> None:
    http, before = viewer.http, viewer.secret
    left = await http.get("/sign-in/provider")
    spent = {**visitors.cookies(services, before)}
    spent["Cookie"] += f"; {COOKIE}={left.cookies[COOKIE]}"
    opened = await http.get((await provider.visited(left.headers["location"])).removeprefix(HERE), headers=spent)
    assert opened.status_code == 303
    assert (await http.get("/api/me", headers=visitors.cookies(services, before))).status_code == 401
    after = opened.cookies["__Host-tidegate"]
    assert (await http.get("/api/me", headers=visitors.cookies(services, after))).json()["name"] == "ada"


async def test_trying_is_limited(nobody: httpx.AsyncClient) -> None:
    answers = [(await nobody.get("/sign-in/provider")).status_code for _ in range(SIGN_IN.a_minute + 1)]
    assert answers == [303] * SIGN_IN.a_minute + [429]
    answers = [(await nobody.get("/sign-in/provider/return?code=x&state=y")).status_code for _ in range(SIGN_IN.a_minute + 1)]
    assert answers == [401] * SIGN_IN.a_minute + [429]


async def test_without_a_provider_there_is_no_button_and_no_way(services: Services, provider: RunningProvider) -> None:
    plain = replace(services, identity_provider=None, settings=replace(services.settings, oidc_issuer=""))
    async with httpx.AsyncClient(transport=visitors.transport_to(wiring.asgi(plain)), base_url=HERE) as client:
        page = await client.get("/sign-in", headers={"Accept": "text/html"})
        assert (page.status_code, "Continue with" in page.text) == (200, False)
        assert [(await client.get(f"/sign-in/provider{end}")).status_code for end in ("", "/return")] == [404, 404]


async def test_the_name_of_the_provider_is_escaped(services: Services) -> None:
    named = replace(services, settings=replace(services.settings, oidc_name="<b>ID</b>"))
    async with httpx.AsyncClient(transport=visitors.transport_to(wiring.asgi(named)), base_url=HERE) as client:
        page = await client.get("/sign-in", params={"next": '/search?q="x"&y'}, headers={"Accept": "text/html"})
    assert "Continue with &lt;b&gt;ID" in page.text
    address = html.unescape(page.text.partition('href="/sign-in/provider')[2].partition('"')[0])
    assert parse_qs(urlsplit(address).query) == {"next": ['/search?q="x"&y']}
