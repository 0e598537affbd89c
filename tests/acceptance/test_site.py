"""The documents as a site: whole, no link broken, and nothing of it is fetched from anybody else, as a browser tells."""

import functools
import http.server
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from tests.acceptance.browsing import opened

TOP = Path(__file__).parents[2]
LOADING = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src", "form": "action"}
"""Elements that fetch from the address in an attribute; `a` only leads there."""
LOOKED_AT = ("", "explanation/architecture/", "reference/lifecycle/", "reference/failures/", "tutorial/first-failure/")
"""Pages for the browser: with pictures, diagrams, long tables, blocks of code."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)],
        cwd=TOP, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    return folder


class Addresses(HTMLParser):
    """Gathers what a page loads and where it leads."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.leads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in LOADING:
            self.loaded.append(given.get(LOADING[tag]) or "")
        if tag == "link" and given.get("rel") not in {"canonical", "next", "prev"}:
            self.loaded.append(given.get("href") or "")
        if tag == "a":
            self.leads.append(given.get("href") or "")


def addresses(page: Path) -> Addresses:
    found = Addresses()
    found.feed(page.read_text(encoding="utf-8"))
    return found


def is_elsewhere(address: str) -> bool:
    return bool(urlsplit(address).netloc)


def test_every_page_of_the_documents_is_there(site: Path) -> None:
    written = {page.relative_to(TOP / "docs").with_suffix("") for page in (TOP / "docs").rglob("*.md")}
    built = {page.parent.relative_to(site) for page in site.rglob("index.html")}
    assert {page.parent if page.name == "README" else page for page in written} | {Path()} == built


def test_no_page_loads_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 40
    assert {(page.name, address) for page in pages for address in addresses(page).loaded if is_elsewhere(address)} == set()
    styles = "".join(sheet.read_text(encoding="utf-8") for sheet in site.rglob("*.css"))
    assert re.findall(r"@import|url\(\s*[\"']?(?:https?:)?//", styles) == []


def test_links_within_the_site_lead_somewhere(site: Path) -> None:
    missing = set()
    for page in site.rglob("index.html"):
        here = "/" + page.parent.relative_to(site).as_posix().removeprefix(".") + "/"
        for address in addresses(page).leads:
            if is_elsewhere(address) or urlsplit(address).scheme or not address:
                continue
            path = unquote(urlsplit(urljoin(here.replace("//", "/"), address)).path)
            target = site / path.lstrip("/")
            if not (target.is_file() or (target / "index.html").is_file()):
                missing.add((here, address))
    assert missing == set()


@pytest.fixture
def served(site: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.browser
async def test_a_browser_asks_nobody_else(served: str) -> None:
    async with opened(served) as page:
        for path in LOOKED_AT:
            await page.goto(f"{served}/{path}", wait_until="networkidle")
            assert await page.locator("article h1").count() == 1
            pictures = await page.locator("article img").evaluate_all("found => found.map(one => [one.alt, one.naturalWidth])")
            assert all(alt and width for alt, width in pictures), path
        await page.locator("input.md-search__input").click()
        await page.keyboard.type("quarantine")
        await page.locator(".md-search-result__link").first.wait_for()
