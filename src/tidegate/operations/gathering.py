"""What many ask for at about the same moment is done at once; what cannot be is done for each of them alone.

Nobody waits for company: the first to come is served in the same turn of the event loop, with whoever else came in it. Those who
come while that is under way are served together after it. So a quiet worker is as quick as without, and a busy one commits once
for a hundred.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

import structlog

from tidegate.db.connect import AWAY

log = structlog.get_logger("tidegate.operations")

LIMIT = 100
"""Asked for at once: as many changed jobs fit by name into one notice to the screens."""

Asked = TypeVar("Asked")
Told = TypeVar("Told")


class Gathering(Generic[Asked, Told]):
    """Serves callers together as long as that works.

    `together` returns what it did, by the place of what was asked; it is one transaction. `alone` is the authority: whatever
    `together` left out, or all of it when that failed, is asked of it one by one, and what it raises reaches its own caller only.
    It may have to wait for somebody else; nobody waits for that but its caller.
    """

    def __init__(
        self,
        together: Callable[[list[Asked]], Awaitable[Mapping[int, Told]]],
        alone: Callable[[Asked], Awaitable[Told]],
    ) -> None:
        self._together = together
        self._alone = alone
        self._waiting: list[tuple[Asked, asyncio.Future[Told]]] = []
        self._serving: asyncio.Task[None] | None = None
        self._alone_now: set[asyncio.Task[None]] = set()

    async def __call__(self, asked: Asked) -> Told:
        """Have it done and return the answer. Raises what `alone` raises, and `AWAY` when the database is."""
        answer: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._serve())
        return await answer

    async def settle(self) -> None:
        """Wait until nothing is under way: what was asked for by somebody who is gone may still be done."""
        while under_way := {task for task in (self._serving, *self._alone_now) if task is not None and not task.done()}:
            await asyncio.wait(under_way)

    async def _serve(self) -> None:
        while self._waiting:
            now, self._waiting = self._waiting[:LIMIT], self._waiting[LIMIT:]
            now = [(asked, answer) for asked, answer in now if not answer.done()]
            for asked, answer in await self._serve_together(now):
                task = asyncio.create_task(self._serve_alone(asked, answer))
                self._alone_now.add(task)
                task.add_done_callback(self._alone_now.discard)

    async def _serve_together(
        self, now: list[tuple[Asked, "asyncio.Future[Told]"]]
    ) -> list[tuple[Asked, "asyncio.Future[Told]"]]:
        """Answer whom one transaction can answer, and return the others."""
        try:
            told = await self._together([asked for asked, _ in now])
        except AWAY as error:
            for _, answer in now:
                if not answer.done():
                    answer.set_exception(error)
            return []
        except Exception as error:  # noqa: BLE001 - one of them may be to blame: each is tried alone, and hears of its own trouble
            log.warning("not_together", count=len(now), error=type(error).__name__)
            return now
        for place, done in told.items():
            if not now[place][1].done():
                now[place][1].set_result(done)
        return [waiter for place, waiter in enumerate(now) if place not in told]

    async def _serve_alone(self, asked: Asked, answer: "asyncio.Future[Told]") -> None:
        try:
            told = await self._alone(asked)
        except Exception as error:  # noqa: BLE001 - it is the caller's
            if not answer.done():
                answer.set_exception(error)
        else:
            if not answer.done():
                answer.set_result(told)
