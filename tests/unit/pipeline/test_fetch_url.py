"""URLs: only public or allowed addresses, at every redirect; every answer has its code; bytes and time are capped."""

import asyncio
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar
from urllib.parse import unquote

import pytest

from tests.unit.pipeline.conftest import MIB, MakeContext
from tidegate.domain.failures import Code, FailureCode
from tidegate.pipeline.documents import fetch
from tidegate.pipeline.fetching.url import UrlFetcher
from tidegate.pipeline.step import Source, SourceKind, StepContext, StepFailed
from tidegate.pipeline.tools import Tools

pytestmark = pytest.mark.asyncio


class Answers(BaseHTTPRequestHandler):
    """`/status/429`, `/to/<quoted URL>`, `/long`, `/announced`, `/short`, `/slow`, `/drip`, `/loop`, `/ok`."""

    seen: ClassVar[list[tuple[str, dict[str, str]]]] = []

    def do_GET(self) -> None:
        self.seen.append((self.path, dict(self.headers)))
        kind, _, rest = self.path[1:].partition("/")
        if kind == "status":
            self.answer(int(rest))
        elif kind in ("to", "loop"):
            self.answer(302, headers={"Location": unquote(rest) or self.path})
        elif kind == "announced":
            self.answer(200, headers={"Content-Length": str(10 * MIB)})
        elif kind == "short":
            self.answer(200, b"only this", {"Content-Length": "100"})
        elif kind == "slow":
            time.sleep(2)
        elif kind == "ok":
            self.answer(200, b"fetched", {"Content-Length": "7"})
        else:
            self.answer(200)
            self.stream(kind)

    def answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def stream(self, kind: str) -> None:
        try:
            for _ in range(200):
                self.wfile.write(b"x" if kind == "drip" else b"x" * 65536)
                self.wfile.flush()
                if kind == "drip":
                    time.sleep(0.05)
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    made.daemon_threads = True
    thread = Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()


def source(url: str) -> Source:
    return Source(SourceKind.URL, url, "page.html")


async def code_of(context: StepContext) -> Code:
    with pytest.raises(StepFailed) as caught:
        await fetch.run(context)
    return caught.value.failure.code


def hurried(context: StepContext, seconds: float) -> StepContext:
    return replace(context, tools={**context.tools, "urls": UrlFetcher(("127.0.0.1",), seconds)})


async def test_an_allowed_address_is_fetched(context: MakeContext, tools: Tools, server: str) -> None:
    fetched = await fetch.run(context(source=source(f"{server}/ok")))
    assert b"".join([block async for block in tools.store.open(fetched["key"])]) == b"fetched"


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.2]", "[::ffff:7f00:2]", "2130706434", "0x7f000002", "0177.0.0.2"),
        *("127.2", "0", "[::]", "169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "168.63.129.16"),
        *("224.0.0.1", "255.255.255.255", "[fe80::1]", "[fc00::1]", "[fec0::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"),
        "user:pass@10.0.0.1",
    ],
)
async def test_private_addresses_in_every_spelling_are_blocked(context: MakeContext, host: str) -> None:
    made = context(source=source(f"http://{host}:9/"))
    assert await code_of(replace(made, tools={**made.tools, "urls": UrlFetcher((), 5)})) is FailureCode.SOURCE_BLOCKED_ADDRESS


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/", "data:,x", "/etc/passwd", "", "http://"]
)
async def test_other_schemes_are_blocked(context: MakeContext, url: str) -> None:
    assert await code_of(context(source=source(url))) is FailureCode.SOURCE_BLOCKED_ADDRESS


@pytest.mark.parametrize(
    "target", ["http://127.0.0.2:9/", "http://[::1]:9/", "http://169.254.169.254/latest/", "file:///etc/passwd"]
)
async def test_redirects_are_checked_again(context: MakeContext, server: str, target: str) -> None:
    assert await code_of(context(source=source(f"{server}/to/{target}"))) is FailureCode.SOURCE_BLOCKED_ADDRESS


async def test_a_redirect_to_an_allowed_address_is_followed(context: MakeContext, server: str) -> None:
    assert (await fetch.run(context(source=source(f"{server}/to/{server}/ok"))))["size"] == 7


async def test_a_name_that_resolves_to_a_private_address(
    context: MakeContext, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def resolve(host: str, *args: object, **named: object) -> object:
        return real("127.0.0.1" if host.endswith(".test") else host, *args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    strict = UrlFetcher(("allowed.test",), 5)
    port = server.rpartition(":")[2]
    for host, expected in (("rebound.test", FailureCode.SOURCE_BLOCKED_ADDRESS), ("ALLOWED.test", None)):
        made = context(source=source(f"http://{host}:{port}/ok"))
        made = replace(made, tools={**made.tools, "urls": strict})
        if expected is None:
            assert (await fetch.run(made))["size"] == 7
            assert Answers.seen[-1][1]["Host"] == f"{host.lower()}:{port}"
        else:
            assert await code_of(made) is expected


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, FailureCode.SOURCE_AUTH_EXPIRED), (403, FailureCode.SOURCE_FORBIDDEN), (404, FailureCode.SOURCE_NOT_FOUND),
        (410, FailureCode.SOURCE_NOT_FOUND), (429, FailureCode.RATE_LIMITED), (500, FailureCode.PROVIDER_UNAVAILABLE),
        (503, FailureCode.PROVIDER_UNAVAILABLE), (418, FailureCode.PROVIDER_UNAVAILABLE),
    ],
)  # fmt: skip
async def test_each_status_has_its_code(context: MakeContext, server: str, status: int, code: FailureCode) -> None:
    with pytest.raises(StepFailed) as caught:
        await fetch.run(context(source=source(f"{server}/status/{status}")))
    assert caught.value.failure.code is code
    assert caught.value.failure.params == ({"status": status} if code is FailureCode.PROVIDER_UNAVAILABLE else {})


@pytest.mark.parametrize("path", ["announced", "long"])
async def test_too_much_is_cut_off(context: MakeContext, tools: Tools, server: str, path: str) -> None:
    made = context(source=source(f"{server}/{path}"))
    assert await code_of(made) is FailureCode.FILE_TOO_LARGE
    assert not await tools.store.exists(f"attempts/{made.job_id}/1/content")


@pytest.mark.parametrize("path", ["short", "loop"])
async def test_a_broken_answer_is_unreachable(context: MakeContext, server: str, path: str) -> None:
    assert await code_of(context(source=source(f"{server}/{path}"))) is FailureCode.SOURCE_UNREACHABLE


@pytest.mark.parametrize("path", ["slow", "drip"])
async def test_a_slow_answer_ends_at_the_limit(context: MakeContext, server: str, path: str) -> None:
    began = time.monotonic()
    assert await code_of(hurried(context(source=source(f"{server}/{path}")), 0.5)) is FailureCode.SOURCE_UNREACHABLE
    assert time.monotonic() - began < 1.5


async def test_nobody_listening_and_no_such_name(context: MakeContext) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert await code_of(context(source=source(f"http://127.0.0.1:{port}/"))) is FailureCode.SOURCE_UNREACHABLE
    assert await code_of(context(source=source("http://no-such-host.invalid/"))) is FailureCode.SOURCE_UNREACHABLE


async def test_proxies_and_netrc_of_the_environment_are_ignored(
    context: MakeContext, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.2:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.2:9")
    assert (await fetch.run(context(source=source(f"{server}/ok"))))["size"] == 7


async def test_cancelling_does_not_wait_for_the_server(context: MakeContext, server: str) -> None:
    task = asyncio.ensure_future(fetch.run(context(source=source(f"{server}/slow"))))
    await asyncio.sleep(0.2)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 0.5
