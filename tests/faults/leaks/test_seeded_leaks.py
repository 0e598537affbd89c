"""That the search for leaks can fail: a leak of every encoding is put on every surface, from outside, and each is found."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from unittest import mock

import psycopg
import pytest
from litestar.types import ASGIApp, Message, Receive, Send
from litestar.types import Scope as AsgiScope
from psycopg.types.json import Jsonb

from tests.faults.leaks import surfaces
from tests.faults.leaks.scanner import (
    BINARY_ENCODINGS,
    FRAGMENT,
    RAW_DEFLATE,
    TEXT_ENCODINGS,
    Canaries,
    Exhibit,
    Scanner,
    new_canary,
)
from tests.faults.leaks.scene import Scene
from tests.faults.leaks.test_leaks import is_allowed
from tidegate import wiring
from tidegate.domain.ids import new_id
from tidegate.tracing.port import Fact

SEEDED_AT_LEAST = 100
WEB = {
    "API": "/api/ingestion/jobs",
    "problem": "/api/nothing/here",
    "page": "/ingestion",
    "stream": "/api/ingestion/stream",
    "OpenAPI": "/api/openapi.json",
}
Encoding = Callable[[bytes], bytes]
ANY_ENCODING: Mapping[str, Encoding] = {**TEXT_ENCODINGS, **BINARY_ENCODINGS}


@dataclass(frozen=True)
class Leaky:
    """The application with a leak at its outside edge: in each body, or in a header."""

    application: ASGIApp
    leak: bytes
    in_header: bool = False

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        async def leaking(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(name, value) for name, value in message["headers"] if name != b"content-length"]
                message["headers"] = [*headers, *([(b"x-debug", self.leak)] if self.in_header else [])]
            elif message["type"] == "http.response.body" and message.get("body") and not self.in_header:
                message["body"] = message["body"] + b" " + self.leak
            await send(message)

        await self.application(scope, receive, leaking)


@dataclass
class Seeds:
    """Leaks that were made, each of a canary of its own so that none hides another."""

    canaries: Canaries
    made: list[str]

    def leak(self, surface: str, encoding: str, encode: Encoding) -> bytes:
        """Make one more."""
        place = f"{surface} by {encoding}"
        self.made.append(place)
        return encode(self.canaries[place].encode())

    def texts(self, surface: str) -> list[str]:
        """Make one by every encoding that is text."""
        return [self.leak(surface, name, encode).decode() for name, encode in TEXT_ENCODINGS.items()]


@pytest.mark.slow
async def test_every_seeded_leak_is_found(scene: Scene) -> None:
    seeds = Seeds(scene.canaries, [])
    exhibits = [
        *await on_the_web(scene, seeds),
        *in_logs(seeds),
        *await in_the_shell(scene, seeds),
        *await in_tables(scene, seeds),
        *await in_traces(scene, seeds),
    ]
    scanner = Scanner(scene.canaries.by_place)
    found = {place for exhibit in exhibits for place in scanner.places_in(exhibit.content) if not is_allowed(place, exhibit)}
    per_surface = {place.partition(" by ")[0] for place in seeds.made}
    told = f"{len(seeds.made)} leaks on {len(per_surface)} surfaces by {len(ANY_ENCODING) + 1} encodings, {len(found)} found"
    sys.stdout.write(f"\n{told}\n")
    assert len(seeds.made) >= SEEDED_AT_LEAST
    assert sorted(set(seeds.made) - found) == []


async def on_the_web(scene: Scene, seeds: Seeds) -> list[Exhibit]:
    """Leak in bodies by every encoding, in a header by those that are text, and as a whole body that is a bare stream."""
    application = wiring.asgi(scene.services)
    application.state.closing.set()
    exhibits: list[Exhibit] = []

    async def look(surface: str, leaky: Any) -> None:
        async with surfaces.reader(leaky, scene.readers["viewer"] | {"Accept": surfaces.BROWSER}) as http:
            exhibits.append(surfaces.exhibit_of(f"page [viewer] {WEB[surface]}", await http.get(WEB[surface])))

    for surface in WEB:
        for name, encode in ANY_ENCODING.items():
            await look(surface, Leaky(application, seeds.leak(surface, name, encode)))
    for name, encode in TEXT_ENCODINGS.items():
        await look("API", Leaky(application, seeds.leak("header", name, encode), in_header=True))
    return [*exhibits, Exhibit("file x", seeds.leak("whole body", "bare deflate", RAW_DEFLATE))]


def in_logs(seeds: Seeds) -> list[Exhibit]:
    """Leak in a log by every encoding."""
    lines = b"\n".join(
        b"timestamp=2026-01-01T00:00:00Z level=error event=x text=" + seeds.leak("log", name, encode)
        for name, encode in ANY_ENCODING.items()
    )
    return [Exhibit("log of work at info", lines)]


async def in_the_shell(scene: Scene, seeds: Seeds) -> list[Exhibit]:
    """Leak in what a command prints."""
    more = f"\nprint(json.dumps(['jobs', 0, {' '.join(seeds.texts('shell'))!r}, '']))"
    with mock.patch.object(surfaces, "CLI", surfaces.CLI + more):
        return await surfaces.shell(scene, [["version"]], "operator")


async def in_tables(scene: Scene, seeds: Seeds) -> list[Exhibit]:
    """Leak in a ticket, in the queue's log, in a table that people read, and in the audit log."""
    async with await psycopg.AsyncConnection.connect(scene.services.settings.database_url, autocommit=True) as connection:
        for name, encode in ANY_ENCODING.items():
            await connection.execute(TICKET, (seeds.leak("ticket", name, encode),))
        for text in seeds.texts("queue log"):
            await connection.execute(QUEUE_LOG, (Jsonb({"exception": text}),))
        for text in seeds.texts("worker"):
            await connection.execute(WORKER, (new_id(), text))
        for text in seeds.texts("audit"):
            event = {"action": "x", "outcome": "allowed", "reason": text}
            await connection.execute("INSERT INTO audit_event (id, payload) VALUES (%s, %s)", (new_id(), json.dumps(event)))
    return await surfaces.tables(scene.services.settings.database_url)


async def in_traces(scene: Scene, seeds: Seeds) -> list[Exhibit]:
    """Leak in a span's name, in a fact and in its status."""
    tracing = scene.services.tracing
    for text in seeds.texts("span"):
        with tracing.span(text, {}):
            pass
    for text in seeds.texts("fact"):
        with tracing.span("x", {Fact.CODE: text}):
            pass
    for text in seeds.texts("status"):
        with tracing.span("x", {}) as span:
            span.fail(text)
    return await surfaces.traces(scene)


TICKET = "INSERT INTO queue.pgqueuer (priority, status, entrypoint, payload) VALUES (0, 'queued', 'leaky', %s)"
QUEUE_LOG = "INSERT INTO queue.pgqueuer_log (job_id, status, priority, entrypoint, traceback) VALUES (1, 'exception', 0, 'x', %s)"
WORKER = "INSERT INTO worker (id, host, pid, pipelines, concurrency, lease_until) VALUES (%s, %s, 1, '{}', 1, now())"


@pytest.mark.parametrize("name", ANY_ENCODING)
def test_each_encoding_is_seen_through_alone_and_amid_other_text(name: str) -> None:
    canary = new_canary()
    scanner = Scanner({"here": canary, "elsewhere": new_canary()})
    leak = ANY_ENCODING[name](canary.encode())
    for content in (
        leak,
        b'{"id": "01a20a97-be65-7652-9776-1cf4aef0d2fa", "x": "' + leak + b'"}',
        b"<p class=a>" + leak + b"</p>",
    ):
        assert scanner.places_in(content) == {"here"}
    assert scanner.places_in(b"nothing of the kind: strengthsworthy rhythms 0123456789abcdef") == frozenset()


@pytest.mark.parametrize("start", range(24 - FRAGMENT + 1))
def test_any_eight_letters_are_enough_and_seven_are_not(start: int) -> None:
    canary = new_canary()
    scanner = Scanner({"here": canary})
    assert scanner.places_in(f"x-{canary[start : start + FRAGMENT]}-x".encode()) == {"here"}
    assert scanner.places_in(f"x-{canary[start : start + FRAGMENT - 1]}-x".encode()) == frozenset()
