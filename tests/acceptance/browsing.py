"""A real browser on a real server; whatever the browser complains about fails the test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request

from tests import visitors
from tests.acceptance.chromium import SHARED
from tests.acceptance.conftest import LiveServer
from tidegate.operations.door import Asking
from tidegate.web.who import cookie_name

VIOLATIONS = ("Content Security Policy", "This document requires 'Trusted")
"""How the browser begins to tell of a broken policy; the second is for Trusted Types."""

Theme = Literal["light", "dark"]


@asynccontextmanager
async def looking(server: LiveServer, asking: Asking | None = None, **options: Any) -> AsyncIterator[Page]:
    """Give a page of a server, signed in as a person where one is given; see `opened`."""
    async with opened(server.url, **options) as page:
        if asking is not None:
            secret = await visitors.session(server.services, asking)
            name = cookie_name(server.services.settings)
            await page.context.add_cookies([{"name": name, "value": secret, "url": server.url}])
        yield page


@asynccontextmanager
async def opened(url: str, **options: Any) -> AsyncIterator[Page]:
    """Give a page of a site. What its context must not do fails at the end: see `Watch`.

    `options` are those of a Playwright context; `expected` is a text that a complaint may hold, `elsewhere` the one other
    origin that pages may go to.
    """
    expected, elsewhere = options.pop("expected", None), options.pop("elsewhere", None)
    browser = await SHARED.browser()
    async with await browser.new_context(base_url=url, timezone_id="Europe/Berlin", **options) as context:
        watch = Watch(context, {url, elsewhere} - {None})
        page = await context.new_page()
        page.set_default_timeout(15_000)
        yield page
    watch.check(expected)


class Watch:
    """Looks at every page of a context, pop-ups too: no complaint in the console, no violation of the policy, no stranger.

    A violation of the content security policy is in the console as well, and no expectation excuses it.
    """

    def __init__(self, context: BrowserContext, origins: set[str]) -> None:
        self._origins = origins
        self.complaints: list[str] = []
        self.violations: list[str] = []
        self.strangers: list[str] = []
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", self._request)

    def check(self, expected: str | None) -> None:
        """Fail for anything that was seen; a complaint that holds the expected text is let pass."""
        unexpected = [text for text in self.complaints if expected is None or expected not in text]
        wrong = [*self.violations, *(f"request to {url}" for url in self.strangers), *unexpected]
        assert not wrong, "\n".join(wrong)

    def _console(self, message: ConsoleMessage) -> None:
        told = f"{message.type}: {message.text} ({message.location.get('url', '')})"
        if any(mark in message.text for mark in VIOLATIONS):
            self.violations.append(told)
        elif message.type in {"error", "warning"}:
            self.complaints.append(told)

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and f"{parts.scheme}://{parts.netloc}" not in self._origins:
            self.strangers.append(request.url)
