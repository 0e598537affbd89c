"""The watch over browsers can fail: whatever a page does wrong, in whichever page of a context, fails its test."""

import re
from pathlib import Path

import pytest

from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer, serving
from tidegate import wiring

pytestmark = pytest.mark.browser

WRONGS = {
    "a complaint": ("console.error('about a thing')", "about a thing"),
    "an error that nobody catches": ("void Promise.reject(new Error('lost'))", "lost"),
    "an inline style": ("document.body.setAttribute('style', 'color: red')", "Content Security Policy"),
    "an inline script": ("try { document.body.setAttribute('onclick', 'alert(1)') } catch {}", "requires 'TrustedScript'"),
    "text made into nodes": ("try { document.body.innerHTML = '<b>' } catch {}", "requires 'TrustedHTML'"),
    "a request to a stranger": ("fetch('http://localhost:9/').catch(() => {})", "localhost:9"),
}


@pytest.mark.parametrize("wrong", WRONGS)
async def test_what_a_page_does_wrong_fails_its_test(live_server: LiveServer, wrong: str) -> None:
    script, told = WRONGS[wrong]
    with pytest.raises(AssertionError, match=told):
        async with looking(live_server) as page:
            await page.goto("/sign-in")
            await page.evaluate(script)


async def test_no_expectation_excuses_a_violation(live_server: LiveServer) -> None:
    with pytest.raises(AssertionError, match="Content Security Policy"):
        async with looking(live_server, expected="style") as page:
            await page.goto("/sign-in")
            await page.evaluate(WRONGS["an inline style"][0])


async def test_a_second_page_of_the_context_is_watched_too(live_server: LiveServer) -> None:
    with pytest.raises(AssertionError, match="in another page"):
        async with looking(live_server) as page:
            await page.goto("/sign-in")
            async with page.expect_popup() as opened:
                await page.evaluate("void open('/sign-in')")
            await (await opened.value).evaluate("console.error('in another page')")


async def test_another_origin_is_a_stranger_unless_it_is_named(live_server: LiveServer) -> None:
    async with serving(live_server.services, wiring.asgi) as other:
        async with looking(live_server, elsewhere=other.url) as page:
            await page.goto(f"{other.url}/sign-in")
        with pytest.raises(AssertionError, match=re.escape(other.url)):
            async with looking(live_server) as page:
                await page.goto(f"{other.url}/sign-in")


def test_every_browser_is_watched() -> None:
    assert _files_with(r"\.(?:launch|connect_over_cdp)\(") == {"chromium.py"}
    assert _files_with(r"\.(?:new_context|new_page)\(") == {"browsing.py"}


def _files_with(calls: str) -> set[str]:
    files = Path(__file__).parents[1].rglob("*.py")
    return {path.name for path in files if re.search(calls, path.read_text(encoding="utf-8"))}
