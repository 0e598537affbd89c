"""The system's Chromium, driven by Playwright: one of its own, or the one that the tests of a process share."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from playwright.async_api import Browser, async_playwright

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


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


class SharedBrowser:
    """One browser for all tests of a process: starting one takes as long as most tests. Contexts keep the tests apart."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._browser: Browser | None = None

    async def browser(self) -> Browser:
        """Return the running browser; the first time, or after it died, a new one."""
        if self._browser is None or not self._browser.is_connected():
            await self.close()
            self._browser = await self._stack.enter_async_context(chromium())
        return self._browser

    async def close(self) -> None:
        """End the browser, if there is one."""
        self._browser = None
        await self._stack.aclose()


SHARED = SharedBrowser()
