"""The feed of changes: one LISTEN a process, coalesced, handed to every subscriber.

Where no connection can listen, behind a pooler, subscribers are told every few seconds to look again.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Never
from uuid import UUID

import structlog

from tidegate.db.connect import AWAY, connect

LISTEN = "LISTEN tidegate_jobs"
COALESCE_SECONDS = 0.25
EVERYTHING: frozenset[UUID] | None = None
"""What a subscriber gets when anything may have changed: fetch the whole view again."""

POLL_SECONDS = 2.0

Changed = frozenset[UUID] | None

log = structlog.get_logger("tidegate.feed")


class Feed:
    """'These jobs changed', at most every COALESCE_SECONDS. A lost connection ends in EVERYTHING, never in silence."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._subscribers: set[asyncio.Queue[Changed]] = set()
        self._pending: set[UUID] = set()
        self._everything = False
        self._dirty = asyncio.Event()

    async def run(self) -> None:
        """Listen until cancelled; reconnect after a second when the database goes away."""
        publisher = asyncio.create_task(self._publish())
        try:
            while True:
                if self._url is None:
                    await self._poll()
                with contextlib.suppress(*AWAY):
                    await self._listen(self._url)
                self._note("*")
                await asyncio.sleep(1)
        finally:
            publisher.cancel()

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[asyncio.Queue[Changed]]:
        """Give a queue of changes; a slow reader's queue collapses to EVERYTHING instead of growing."""
        queue: asyncio.Queue[Changed] = asyncio.Queue(maxsize=16)
        self._subscribers.add(queue)
        try:
            yield queue
        finally:
            self._subscribers.discard(queue)

    async def _poll(self) -> Never:
        """Have everybody look again and again, for nobody tells."""
        log.warning("changes_are_polled", every_seconds=POLL_SECONDS, do="set TIDEGATE_LISTEN_DATABASE_URL")
        while True:
            await asyncio.sleep(POLL_SECONDS)
            self._note("*")

    async def _listen(self, url: str) -> None:
        async with await connect(url, name="tidegate feed") as connection:
            await connection.execute(LISTEN)
            self._note("*")
            async for notice in connection.notifies():
                self._note(notice.payload)

    def _note(self, payload: str) -> None:
        if payload == "*":
            self._everything = True
        else:
            self._pending.update(UUID(part) for part in payload.split(",") if part)
        self._dirty.set()

    async def _publish(self) -> None:
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            changed: Changed = EVERYTHING if self._everything or len(self._pending) > 500 else frozenset(self._pending)
            self._pending, self._everything = set(), False
            for queue in self._subscribers:
                _offer(queue, changed)
            await asyncio.sleep(COALESCE_SECONDS)


def _offer(queue: "asyncio.Queue[Changed]", changed: Changed) -> None:
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        changed = EVERYTHING
    queue.put_nowait(changed)
