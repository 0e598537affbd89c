"""The attempts that one incarnation of a worker runs, and how it comes to them: it takes tickets while it has places."""

import asyncio
from collections.abc import Coroutine
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from tidegate.engine.port import POLL_SECONDS, Bell
from tidegate.ledger.attempts import Hold
from tidegate.operations import execution, together
from tidegate.operations.door import Services
from tidegate.operations.execution import Claim
from tidegate.operations.gathering import LIMIT
from tidegate.operations.together import Taken, Together
from tidegate.operations.turns import end
from tidegate.pipeline.tools import Tools
from tidegate.worker.attempt import first_steps, patiently, run_attempt
from tidegate.worker.room import Room

log = structlog.get_logger("tidegate.worker")

AWAY_PAUSE_SECONDS = 1.0
LEAST_WAIT_SECONDS = 0.05
"""A ticket that is due and not to be had is in another worker's hands, and comes back if that one fails."""

Key = tuple[UUID, int]


class Attempts:
    """Tasks by job and attempt number, at most `concurrency` of them."""

    def __init__(self, services: Services, tools: Tools, worker_id: UUID) -> None:
        self._services = services
        self._tools = tools
        self._worker_id = worker_id
        self._first_steps = first_steps(services.pipelines)
        self._writes = Together(services)
        self._room = Room()
        self._bell = Bell()
        self._is_full = False
        self._tasks: dict[Key, asyncio.Task[None]] = {}

    @property
    def keys(self) -> AbstractSet[Key]:
        """Which attempts run now."""
        return self._tasks.keys()

    @property
    def tasks(self) -> list["asyncio.Task[None]"]:
        """What is to be ended when the worker is."""
        return list(self._tasks.values())

    def cancel(self, key: Key) -> None:
        """Have an attempt end without a word to the ledger."""
        self._tasks[key].cancel()

    async def keep_taking(self, stop: asyncio.Event) -> None:
        """Take tickets until `stop`, connecting again whenever the database was away."""
        while not stop.is_set():
            try:
                async with self._services.engine.listening(self._bell):
                    while not stop.is_set():
                        seconds = await self._take_once(stop)
                        if seconds > 0:
                            await self._bell.wait(seconds)
            except Exception as error:  # noqa: BLE001 - whatever the engine stumbles over, the worker outlives it
                log.warning("engine_away", error=type(error).__name__)
                await asyncio.sleep(AWAY_PAUSE_SECONDS)

    def look(self) -> None:
        """Have `keep_taking` look at once whether there is something to take, or to stop for."""
        self._bell.ring()

    async def finish(self, seconds: float) -> list[Hold]:
        """Let attempts end for so long, then end the rest and return it: the ledger has it as this worker's still."""
        if self._tasks:
            await asyncio.wait(set(self._tasks.values()), timeout=seconds)
        left = dict(self._tasks)
        if left:
            await end(left.values())
            await self._writes.settle()
        return [Hold(*key, self._worker_id) for key in left]

    async def _take_once(self, stop: asyncio.Event) -> float:
        """Take what there is room for, and return how many seconds to wait before looking again."""
        free = self._services.settings.concurrency - len(self._tasks)
        self._is_full = free <= 0
        if self._is_full:
            return POLL_SECONDS
        async with self._room.shared():
            if stop.is_set():
                return 0
            taken = await together.take(self._services, self._worker_id, min(free, LIMIT), self._first_steps)
            self._start(taken)
        if taken.is_more:
            return 0
        return POLL_SECONDS if taken.due_in is None else min(max(taken.due_in, LEAST_WAIT_SECONDS), POLL_SECONDS)

    def _start(self, taken: Taken) -> None:
        """Start what was claimed, within the room; what must be alone enters it later, when the others have left."""
        for claim in taken.claims:
            if claim.alone:
                self._run(claim.hold, self._carry_alone(claim))
            else:
                self._room.enter()
                self._run(claim.hold, self._carry(claim)).add_done_callback(lambda _: self._room.leave())
        for hold in taken.others:
            if hold.attempt not in self._tasks:
                self._run(hold, self._begin_and_carry(hold))

    def _run(self, hold: Hold, attempt: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(attempt)
        self._tasks[hold.attempt] = task
        task.add_done_callback(partial(self._has_ended, hold.attempt))
        return task

    def _has_ended(self, key: Key, task: asyncio.Task[None]) -> None:
        self._tasks.pop(key, None)
        if self._is_full:
            self._bell.ring()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("attempt_broke", job_id=str(key[0]), error=type(error).__name__)

    async def _carry(self, claim: Claim) -> None:
        await run_attempt(self._services, self._tools, self._writes, claim)

    async def _carry_alone(self, claim: Claim) -> None:
        async with self._room.alone():
            await self._carry(claim)

    async def _begin_and_carry(self, hold: Hold) -> None:
        """Claim what could not be claimed with others, however long somebody holds its job."""
        async with self._room.shared():
            claim = await patiently(lambda: execution.begin(self._services, hold, self._first_steps))
            if claim is None:
                return
            if not claim.alone:
                await self._carry(claim)
                return
        await self._carry_alone(claim)
