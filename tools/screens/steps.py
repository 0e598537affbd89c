"""What is done on a page before its picture is taken."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page

Step = Callable[[Page], Awaitable[object]]


def press(*keys: str) -> Step:
    """Press keys, one after the other."""

    async def pressing(page: Page) -> None:
        for key in keys:
            await page.keyboard.press(key)

    return pressing


def click(selector: str) -> Step:
    """Click what a selector finds first."""
    return lambda page: page.locator(selector).first.click()


def hover(selector: str) -> Step:
    """Put the pointer over what a selector finds first."""
    return lambda page: page.locator(selector).first.hover()


def fill(selector: str, text: str) -> Step:
    """Type into a field."""
    return lambda page: page.locator(selector).first.fill(text)


def choose_files(*names: str) -> Step:
    """Choose files of these names to upload."""
    files = [{"name": name, "mimeType": "application/octet-stream", "buffer": b"0" * 48_211 * (1 + len(name))} for name in names]
    return lambda page: page.locator("#files").set_input_files(files)  # type: ignore[arg-type]


def see(selector: str) -> Step:
    """Wait until something is to be seen."""
    return lambda page: page.locator(selector).first.wait_for()


dialog = see("dialog[open]")
