"""A real browser on a real server; whatever the browser complains about fails the test."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from tests import visitors
from tests.acceptance.conftest import LiveServer
from tidegate.operations.door import Asking
from tidegate.web.who import cookie_name

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip

Theme = Literal["light", "dark"]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Give a browser: CHROMIUM_PATH, or the system's."""
    path = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def looking(server: LiveServer, asking: Asking | None = None, **options: Any) -> AsyncIterator[Page]:
    """Give a page, signed in as a person where one is given; console errors and CSP violations fail at the end.

    `options` are those of a Playwright context; `expected` is a text that a complaint may hold.
    """
    expected = options.pop("expected", None)
    async with chromium() as browser:
        context = await browser.new_context(base_url=server.url, timezone_id="Europe/Berlin", **options)
        if asking is not None:
            secret = await visitors.session(server.services, asking)
            await context.add_cookies([{"name": cookie_name(server.services.settings), "value": secret, "url": server.url}])
        page = await context.new_page()
        page.set_default_timeout(15_000)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(_told(message)) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        await context.close()
        assert [text for text in complaints if expected is None or expected not in text] == []


def _told(message: ConsoleMessage) -> str:
    return f"{message.type}: {message.text} ({message.location.get('url', '')})"
