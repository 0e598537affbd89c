"""Taking the pictures: every screen for every view, with one browser."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from playwright.async_api import Browser, BrowserContext, Page

from tidegate.web.who import cookie_name
from tools.screens.places import Place
from tools.screens.table import Screen

SIZES: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
    "wide": {"viewport": {"width": 1440, "height": 900}},
}
THEMES = ("light", "dark")
LIVE = "#connection[data-state='live']"


class NotAsExpected(Exception):
    """A screen is not what it was to be; the message names it."""


class Named(dict[str, UUID]):
    """Ids by name; the beginning of a name will do where it is the only one."""

    def __missing__(self, beginning: str) -> UUID:
        found = [id for name, id in self.items() if name.startswith(beginning)]
        if not found:
            raise KeyError(beginning)
        return found[0]


class Camera:
    """Takes pictures in one browser. Contexts are kept: one for each place, person, size and theme."""

    def __init__(self, browser: Browser, places: Mapping[str, Place]) -> None:
        self._browser, self._places = browser, places
        self._contexts: dict[tuple[str, ...], BrowserContext] = {}

    async def take(self, screen: Screen, size: str, theme: str, target: Path, **options: Any) -> None:
        """Write the picture of a screen in one view. Raises NotAsExpected, playwright's errors."""
        page = await (await self._context(screen, size, theme)).new_page()
        page.set_default_timeout(15_000)
        try:
            await self._prepare(page, screen)
            if screen.whole:
                await _unfold(page)
            await page.screenshot(path=target, animations="disabled", **options)
        finally:
            await page.close()

    async def _prepare(self, page: Page, screen: Screen) -> None:
        place = self._places[screen.where]
        ids = {kind: Named(names) for kind, names in place.names.items()}
        answer = await page.goto(screen.address.format_map(ids))
        if answer is None or answer.status != screen.expected:
            raise NotAsExpected(f"{screen.name} answers {answer.status if answer else 'nothing'}")
        if await page.locator("#connection").count():
            await page.locator(LIVE).wait_for()
        for step in screen.then:
            await step(page)
        await page.evaluate("document.fonts.ready")

    async def _context(self, screen: Screen, size: str, theme: str) -> BrowserContext:
        key = (screen.where, screen.who or "", size, theme)
        if key not in self._contexts:
            place = self._places[screen.where]
            context = await self._browser.new_context(
                base_url=place.server.url, timezone_id="Europe/Berlin", reduced_motion="reduce", color_scheme=theme,  # type: ignore[arg-type]
                **SIZES[size],
            )  # fmt: skip
            if screen.who:
                name = cookie_name(place.server.services.settings)
                await context.add_cookies([{"name": name, "value": place.sessions[screen.who], "url": place.server.url}])
            self._contexts[key] = context
        return self._contexts[key]


async def _unfold(page: Page) -> None:
    """Make the window as high as the page, so that what sticks to the window's edges is where it belongs."""
    size = page.viewport_size or {"width": 0, "height": 0}
    height = await page.evaluate("document.documentElement.scrollHeight")
    await page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})


def views(screen: Screen) -> Iterator[tuple[str, str]]:
    """Yield the sizes and themes that a screen is taken in."""
    for size in SIZES:
        if screen.only in {None, size}:
            yield from ((size, theme) for theme in THEMES)
