"""What axe finds on a page, by all that WCAG 2.2 AA and good practice ask for."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

AXE = Axe()
TAGS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}


async def violations(page: Page) -> list[str]:
    """Return each rule that the page breaks, with the first element that does."""
    results = await AXE.run(page, options=TAGS)
    return [f"{page.url} {found['id']}: {found['nodes'][0]['html'][:160]}" for found in results.response["violations"]]
