"""Live changes as server-sent events: `hello` first, then `changed` with the ids of jobs, or "*" for anything.

A stream says what to fetch again, never what it is: a client that misses an event and polls slowly misses nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import msgspec
from litestar import Request
from litestar.response import Stream

from tidegate import __version__
from tidegate.access import policy
from tidegate.db.connect import AWAY
from tidegate.domain.actor import Permission
from tidegate.ledger.feed import EVERYTHING, Changed, Feed
from tidegate.web.connection import Connection
from tidegate.web.parameters import WithActor, WithFeed
from tidegate.web.who import find_actor

HEARTBEAT_SECONDS = 15.0
"""A comment this often keeps proxies from cutting the line; as often it is looked whether the reader still may read."""

RETRY_MILLISECONDS = 2000
HEARTBEAT = b": still here\n\n"


async def stream(request: Request[Any, Any, Any], actor: WithActor, feed: WithFeed) -> Stream:
    """Follow changes: events `hello` and `changed`, a comment each 15 s, `bye` when you may no longer read."""
    policy.authorise(actor, Permission.JOB_READ)
    headers = {"X-Accel-Buffering": "no"}
    return Stream(_events(request, feed, request.app.state.closing), media_type="text/event-stream", headers=headers)


async def _events(connection: Connection, feed: Feed, closing: asyncio.Event) -> AsyncIterator[bytes]:
    clock = asyncio.get_running_loop().time
    async with feed.subscribe() as queue, _woken(queue, closing):
        yield _event("hello", {"version": __version__}, f"retry: {RETRY_MILLISECONDS}\n")
        checked = clock()
        while not closing.is_set():
            told = await _next(queue)
            if closing.is_set():
                return
            yield told
            if clock() - checked >= HEARTBEAT_SECONDS:
                if not await _still_may(connection):
                    yield _event("bye", {"code": "not_signed_in"})
                    return
                checked = clock()


@asynccontextmanager
async def _woken(queue: asyncio.Queue[Changed], closing: asyncio.Event) -> AsyncIterator[None]:
    """Have whoever waits at the queue woken when the server ends: one task for a stream, and none for each of its events."""
    end = asyncio.ensure_future(closing.wait())
    end.add_done_callback(lambda _: None if queue.full() else queue.put_nowait(EVERYTHING))
    try:
        yield
    finally:
        end.cancel()


async def _next(queue: asyncio.Queue[Changed]) -> bytes:
    """Wait for a change or the time of a heartbeat, whichever comes first."""
    try:
        async with asyncio.timeout(HEARTBEAT_SECONDS):
            return _changed(await queue.get())
    except TimeoutError:
        return HEARTBEAT


@lru_cache(maxsize=4)
def _changed(changed: Changed) -> bytes:
    """Return the event for a change; every stream is given the same one, so it is put into words once for all."""
    return _event("changed", "*" if changed is None else sorted(changed))


async def _still_may(connection: Connection) -> bool:
    try:
        return policy.may(await find_actor(connection), Permission.JOB_READ)
    except AWAY:
        return True


def _event(name: str, data: object, before: str = "") -> bytes:
    return f"{before}event: {name}\ndata: {msgspec.json.encode(data).decode()}\n\n".encode()
