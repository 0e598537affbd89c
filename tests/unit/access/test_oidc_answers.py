"""Whatever the provider answers, nobody waits for long and nothing large is read."""

import asyncio
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tidegate.access import provider_answers
from tidegate.access.doubts import Doubt, NotProven
from tidegate.access.journeys import Journey
from tidegate.access.provider_answers import get_json, is_safe_address, post_form

BODIES = {
    "/list": b"[]",
    "/text": b"hello",
    "/deep": b"[" * 100_000,
    "/huge": b'{"a": "' + b"x" * 300_000 + b'"}',
    "/good": b'{"a": 1}',
}
DRIP_SECONDS = 9.0
STATUSES = {"/missing": 404, "/busy": 429, "/broken": 503, "/moved": 302}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/drip":
            return self._drip()
        if self.path == "/zipped":
            return self._send(200, b"{}", {"Content-Encoding": "gzip"})
        return self._send(STATUSES.get(self.path, 200), BODIES.get(self.path, b"{}"), {"Location": "/good"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._send(int(self.path[1:]), b'{"sent": "%s"}' % body, {})

    def _drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(int(DRIP_SECONDS / 0.05)):
                self.wfile.write(b" ")
                time.sleep(0.05)
        except OSError:
            return

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()
        thread.join()


async def doubt(url: str) -> Doubt:
    with pytest.raises(NotProven) as refused:
        await get_json(url)
    return refused.value.doubt


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/list", Doubt.PROVIDER_UNUSABLE),
        ("/text", Doubt.PROVIDER_UNUSABLE),
        ("/deep", Doubt.PROVIDER_UNUSABLE),
        ("/huge", Doubt.PROVIDER_UNUSABLE),
        ("/zipped", Doubt.PROVIDER_UNUSABLE),
        ("/missing", Doubt.PROVIDER_UNUSABLE),
        ("/moved", Doubt.PROVIDER_UNUSABLE),
        ("/busy", Doubt.PROVIDER_AWAY),
        ("/broken", Doubt.PROVIDER_AWAY),
    ],
)
async def test_what_is_no_answer_is_refused(server: str, path: str, expected: Doubt) -> None:
    assert await doubt(f"{server}{path}") is expected


async def test_an_answer_that_drips_in_is_given_up(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_answers, "ANSWER_SECONDS", 0.3)
    for ask in (get_json, lambda url: asyncio.to_thread(provider_answers._ask, "GET", url, None, {})):
        begun = time.monotonic()
        with pytest.raises(NotProven, match="provider_away"):
            await ask(f"{server}/drip")
        assert time.monotonic() - begun < DRIP_SECONDS / 3


async def test_no_proxy_variable_is_read(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert await get_json(f"{server}/good") == {"a": 1}


async def test_a_form_is_posted_and_its_refusal_told_apart(server: str) -> None:
    assert await post_form(f"{server}/200", {"code": "x"}, {}) == {"sent": "code=x"}
    for status, expected in ((400, Doubt.CODE_REFUSED), (401, Doubt.CODE_REFUSED), (500, Doubt.PROVIDER_AWAY)):
        with pytest.raises(NotProven) as refused:
            await post_form(f"{server}/{status}", {}, {})
        assert refused.value.doubt is expected


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://id.example/x", True),
        ("http://127.0.0.1:8080/x", True),
        ("http://localhost/x", True),
        ("http://[::1]/x", True),
        ("http://id.example/x", False),
        ("http://127.0.0.1.evil.example/", False),
        ("https://user@id.example/", False),
        ("https://", False),
        ("file:///etc/passwd", False),
        ("https://[broken", False),
        ("https://id.example/a\r\nX: y", False),
        ("https://id.example/a b", False),
        ("https://id.example/a#b", False),
        ("https://\u0456d.example/", False),
        ("", False),
        (None, False),
        (7, False),
    ],
)
def test_only_https_or_this_very_machine(address: object, safe: bool) -> None:
    assert is_safe_address(address) is safe


async def test_an_unsafe_address_is_not_asked() -> None:
    assert await doubt("http://192.0.2.1/") is Doubt.PROVIDER_UNUSABLE


def test_a_journey_gives_nothing_away() -> None:
    one, other = Journey.new(), Journey.new()
    parts = [one.state, one.nonce, one.verifier, one.challenge, other.state, other.nonce, other.verifier, other.challenge]
    assert len(set(parts)) == len(parts)
    assert not any(one.secret in part or part in one.secret for part in parts)
    assert 43 <= len(one.verifier) <= 128
    assert Journey(one.secret) == one
    assert Journey(one.secret).state == one.state
