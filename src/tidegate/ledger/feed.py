"""The feed of changes: one LISTEN a process, coalesced, handed to every subscriber."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from tidegate.db.connect import AWAY, connect

LISTEN = "LISTEN tidegate_jobs"
COALESCE_SECONDS = 0.25
EVERYTHING: frozenset[UUID] | None = None
"""What a subscriber gets when anything may have changed: fetch the whole view again."""

Changed = frozenset[UUID] | None


class Feed:
    """'These jobs changed', at most every COALESCE_SECONDS. A lost connection ends in EVERYTHING, never in silence."""

    def __init__(self, url: str) -> None:
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
                with contextlib.suppress(*AWAY):
                    await self._listen()
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

    async def _listen(self) -> None:
        async with await connect(self._url, name="tidegate feed") as connection:
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
