"""A worker process: one incarnation after another, each with a lease of its own.

An incarnation ends when it is told to stop, or when it can no longer prove that it is alive; then everything it ran is
killed, because another worker may have begun it already, and a fresh incarnation takes its place.
"""

import asyncio
import contextlib
import os
import random
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

import structlog

from tidegate.db.connect import AWAY, open_pool
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Fenced
from tidegate.ledger.attempts import Hold
from tidegate.operations import execution, meaning
from tidegate.operations.bulk_working import keep_working
from tidegate.operations.door import Services
from tidegate.operations.external.keeping import keep_external
from tidegate.operations.scanning import keep_scanning
from tidegate.operations.telling import keep_telling
from tidegate.operations.turns import end
from tidegate.pipeline.tools import Tools, build_tools
from tidegate.worker.attempts import Attempts

log = structlog.get_logger("tidegate.worker")

RECONCILE_SECONDS = 10.0
RECONCILE_GRACE_SECONDS = 15.0
"""How long a queued job may be without a ticket before it gets another: longer than any transaction of ours takes."""
TIDY_SECONDS = 15.0
LEASE_MARGIN_SECONDS = 5.0
"""Attempts are killed this long before the lease ends, so that they are dead when another worker takes over; of a short lease,
after two thirds of it."""
AWAY_PAUSE_SECONDS = 1.0
STOP_TAKING_SECONDS = 2.0
"""After the stop, for tickets that are being taken at that moment."""


class LeaseLost(Exception):
    """This incarnation can no longer prove that it is alive."""


async def work(services: Services, stop: asyncio.Event) -> None:
    """Run a worker until `stop` is set. While the database is away it waits; nothing of its own makes it end."""
    tools = build_tools(services.settings, services.url)
    try:
        while not stop.is_set():
            try:
                async with _by_key(services) as hot:
                    await Incarnation(services, hot, tools).run(stop)
            except (LeaseLost, *AWAY) as error:
                log.warning("worker_restarts", cause=type(error).__name__)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), AWAY_PAUSE_SECONDS)
    finally:
        await tools.close()


@asynccontextmanager
async def _by_key(services: Services) -> AsyncIterator[Services]:
    """Give services for attempts, which write by key and nothing else, on connections that plan a statement once."""
    pool = await open_pool(services.url, name="tidegate attempts", planned_once=True)
    try:
        yield replace(services, pool=pool)
    finally:
        await pool.close()


class Incarnation:
    """One life of a worker: an id that every write carries, and the attempts that it runs."""

    def __init__(self, services: Services, hot: Services, tools: Tools) -> None:
        """Run attempts by `hot`, and the chores beside them by `services`."""
        self.id: UUID = new_id()
        self._services = services
        self._tools = tools
        self._attempts = Attempts(hot, tools, self.id)
        self._seen: set[tuple[UUID, int]] = set()
        self._forgotten: set[tuple[UUID, int]] = set()
        self._renewed_at = time.monotonic()

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`, then finish or give back. Raises LeaseLost, psycopg.OperationalError."""
        pipelines = list(self._services.pipelines)
        await execution.enlist(self._services, self.id, socket.gethostname(), os.getpid(), pipelines)
        self._renewed_at = time.monotonic()
        chores = [
            asyncio.create_task(self._keep_lease()),
            asyncio.create_task(_every(execution.REAP_SECONDS, lambda: execution.reap(self._services))),
            asyncio.create_task(_every(RECONCILE_SECONDS, self._reconcile)),
            asyncio.create_task(_every(TIDY_SECONDS, lambda: execution.tidy(self._services))),
            asyncio.create_task(_every(TIDY_SECONDS, lambda: execution.forget(self._services))),
            asyncio.create_task(keep_working(self._services)),
            asyncio.create_task(keep_telling(self._services)),
            asyncio.create_task(_every(meaning.EVERY_SECONDS, lambda: meaning.give_meaning(self._services))),
            asyncio.create_task(keep_external(self._services)),
            asyncio.create_task(keep_scanning(self._services)),
        ]
        taking = asyncio.create_task(self._attempts.keep_taking(stop))
        stopping = asyncio.create_task(self._stop_in_time(stop, taking))
        try:
            done, _ = await asyncio.wait({stopping, *chores}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await end([*self._attempts.tasks, *chores, taking, stopping])  # without a lease nothing must go on
            await end(self._attempts.tasks)  # nor what was begun meanwhile
        await execution.dismiss(self._services, self.id)

    async def _keep_lease(self) -> None:
        """Renew until the lease is lost; end attempts that are no longer ours. Raises LeaseLost."""
        settings = self._services.settings
        while True:
            await asyncio.sleep(settings.renew_seconds)
            try:
                async with asyncio.timeout(settings.renew_seconds):
                    mine = await execution.renew(self._services, self.id)
                if mine is None:
                    raise LeaseLost
                self._renewed_at = time.monotonic()
                self._drop_foreign(mine)
                await self._give_back_forgotten(mine)
            except (TimeoutError, *AWAY):
                margin = min(LEASE_MARGIN_SECONDS, settings.lease_seconds / 3)
                if time.monotonic() - self._renewed_at > settings.lease_seconds - margin:
                    raise LeaseLost from None

    def _drop_foreign(self, mine: set[tuple[UUID, int]]) -> None:
        """Cancel what a person cancelled, or another worker holds by now; an attempt not yet claimed is left to its claim."""
        for key in (self._attempts.keys - mine) & self._seen:
            self._attempts.cancel(key)
        self._seen = mine | (self._seen & self._attempts.keys)

    async def _give_back_forgotten(self, mine: set[tuple[UUID, int]]) -> None:
        """Queue again what the ledger has as ours and nobody here runs: the answer to its claim's COMMIT was lost.

        One that just ended may look like it for a moment; so it must look like it twice.
        """
        idle = mine - self._attempts.keys
        for job_id, attempt_no in idle & self._forgotten:
            with contextlib.suppress(Fenced):
                await execution.give_back(self._services, Hold(job_id, attempt_no, self.id))
                log.warning("attempt_forgotten", job_id=str(job_id), attempt_no=attempt_no)
        self._forgotten = idle

    async def _reconcile(self) -> None:
        count = await execution.reconcile(self._services, grace_seconds=RECONCILE_GRACE_SECONDS)
        if count:
            log.warning("tickets_reissued", count=count)

    async def _stop_in_time(self, stop: asyncio.Event, taking: "asyncio.Task[None]") -> None:
        """After the stop: let attempts finish for a while, then give the rest back."""
        await stop.wait()
        self._attempts.look()
        await asyncio.wait({taking}, timeout=STOP_TAKING_SECONDS)
        await end([taking])
        for hold in await self._attempts.finish(self._services.settings.stop_seconds):
            with contextlib.suppress(Fenced, *AWAY):
                await execution.give_back(self._services, hold)


async def _every(seconds: float, chore: Callable[[], Awaitable[object]]) -> None:
    """Repeat a chore of repair, a little irregularly so that workers do not march in step."""
    while True:
        await asyncio.sleep(seconds * random.uniform(0.8, 1.2))  # noqa: S311 - not a secret
        try:
            await chore()
        except Exception as error:  # noqa: BLE001 - a chore that fails must not end the work; its next turn may succeed
            log.warning("chore_failed", error=type(error).__name__)
