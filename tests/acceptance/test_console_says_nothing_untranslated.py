"""Every screen in a language that marks each of its texts: what bears no mark went past the catalogues, unless it is data."""

import re
from dataclasses import dataclass
from gettext import NullTranslations

import pytest
from playwright.async_api import Page

from tests import story
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tests.acceptance.morning import MORNING
from tests.acceptance.test_console_is_accessible import paths
from tidegate.console import language
from tidegate.console.viewing import LANGUAGE_COOKIE
from tidegate.domain.actor import Role

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SEEN = """() => {
  const left = "script, style, code, kbd, pre, textarea, blockquote, .avatar, .event-reason, .hit h2, .hit-text, .passage, td";
  const seen = [];
  const kinds = NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT;
  const walker = document.createTreeWalker(document.documentElement, kinds,
    (node) => node.matches?.(left) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.nodeType === Node.TEXT_NODE) seen.push(node.textContent);
    else for (const name of ["title", "aria-label", "placeholder", "alt"]) seen.push(node.getAttribute(name) ?? "");
  }
  return seen;
}"""
"""Every text and every attribute that is read or read out, but for code, keys and what people or documents say."""


class Marking(NullTranslations):
    """Puts every text in marks."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@dataclass(frozen=True)
class Marked(language.Language):
    """A language of marks."""

    @property
    def catalogue(self) -> NullTranslations:
        return Marking()


DATA = re.compile(
    "|".join(re.escape(text) for text in sorted({text for tale in MORNING for text in (tale.name, tale.why)}, key=len)[::-1])
    + r"""
    | \+\d+ | Pilotage\ rules | documents | fetch | identify | extract | chunk | index | proof | csv | jsonl | ocsf
    | (?:ada|grace|linus|operator|admin|viewer)[\w.:]* | tests | [a-z_]+\.[a-z_]+
    | [0-9a-f]{8}-[0-9a-f-]{27} | D-[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4} | \d{4}-\d\d-\d\dT[\d:.+]+ | UTC | B | KiB | MiB
    | GiB | TIDEGATE_[A-Z_]+ | no-such-name | Tidegate | EN | DE | XX | English | Deutsch | Marks
    """,
    re.VERBOSE,
)
"""Names of documents, pipelines, steps, forms and people; codes; ids, references, instants, units; names of languages."""


async def bare(page: Page) -> set[str]:
    """Return the texts of a page that are neither marked nor data."""
    texts = {text for text in await page.evaluate(SEEN) if not re.search("[⟦⟧]", text)}
    return {text.strip() for text in texts if re.search(r"[^\W\d_]", DATA.sub("", text))}


async def test_whatever_is_said_on_a_screen_passed_the_catalogues(
    live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(language.LANGUAGES, "xx", Marked("xx", "Marks", ",", "."))
    services, found = live_server.services, {}
    addresses = await paths(services)
    async with looking(live_server, await story.person(services, Role.ADMIN), expected="40") as page:
        await page.context.add_cookies([{"name": LANGUAGE_COOKIE, "value": "xx", "url": live_server.url}])
        for path in [*addresses, "/nowhere"]:
            await page.goto(path)
            found[path] = await bare(page)
        assert "⟦" in await page.inner_text("h1")
    async with looking(live_server, await story.person(services, Role.VIEWER), expected="40") as page:
        await page.context.add_cookies([{"name": LANGUAGE_COOKIE, "value": "xx", "url": live_server.url}])
        for path in ("/ingestion?state=failed", "/admin", "/account"):
            await page.goto(path)
            found[f"{path}, a viewer"] = await bare(page)
    assert {path: texts for path, texts in found.items() if texts} == {}
