"""The engine on PgQueuer 1.6: claims with SKIP LOCKED, wakes by NOTIFY.

What it lacks is covered elsewhere: it is unfenced (the ledger fences), its log stores tracebacks (nothing is raised
into it), and its own retry is not used.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Self
from uuid import UUID

import structlog
from pgqueuer.adapters.drivers.psycopg import PsycopgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import FailingListenerError
from pgqueuer.domain.models import Job as QueueRow
from pgqueuer.domain.settings import DBSettings
from pgqueuer.ports.driver import NotifyCallback
from psycopg import OperationalError

from tidegate.db.connect import connect
from tidegate.db.queries import Connection
from tidegate.engine.port import Call, Handler, Ticket

SCHEMA = DBSettings(db_schema="queue")
HEARTBEAT = timedelta(seconds=10)
POLL = timedelta(seconds=2)

log = structlog.get_logger("tidegate.engine")

logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)
"""PgQueuer logs exceptions with their text, which may carry what nobody should read; our own log tells the code."""


class PgQueuerEngine:
    """Tickets as PgQueuer rows in the schema `queue`."""

    def __init__(self, url: str, listen_url: str | None) -> None:
        """Work over `url`; notices are heard at `listen_url`, None: the queue is looked at every 2 seconds instead."""
        self._url = url
        self._listen_url = listen_url

    async def issue(self, connection: Connection, tickets: Sequence[Ticket]) -> None:
        """See `Engine.issue`."""
        if tickets:
            await _queries(PsycopgDriver(connection)).enqueue(
                [ticket.pipeline for ticket in tickets],
                [f"{ticket.job_id}/{ticket.attempt_no}".encode() for ticket in tickets],
                [int(ticket.urgent) for ticket in tickets],
                [timedelta(seconds=ticket.delay_seconds) for ticket in tickets],
                [ticket.key for ticket in tickets],
                on_conflict="skip",
            )

    async def work(self, handler: Handler, pipelines: Sequence[str], *, concurrency: int, stop: asyncio.Event) -> None:
        """See `Engine.work`."""
        async with AsyncExitStack() as stack:
            driver = await self._driver(stack)
            manager = QueueManager(_queries(driver))
            await driver.add_listener(manager.channel, _unheard)
            for pipeline in pipelines:
                manager.entrypoint(pipeline, accepts_context=False)(_delivery(handler))
            stopper = asyncio.create_task(_stop_with(manager, stop))
            try:
                await manager.run(
                    dequeue_timeout=POLL,
                    batch_size=max(1, concurrency // 2),
                    max_concurrent_tasks=max(2, concurrency),
                    heartbeat_timeout=HEARTBEAT,
                    log_aggregation_interval=timedelta(0),
                    shutdown_on_listener_failure=self._listen_url is not None,
                )
            except FailingListenerError:
                raise OperationalError("the queue's listener hears nothing") from None
            finally:
                stopper.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await stopper

    async def _driver(self, stack: AsyncExitStack) -> PsycopgDriver:
        connection = await stack.enter_async_context(await connect(self._url, name="tidegate engine"))
        if self._listen_url is None:
            log.warning("queue_is_polled", every_seconds=POLL.total_seconds(), do="set TIDEGATE_LISTEN_DATABASE_URL")
            return DeafDriver(connection)
        listening = await stack.enter_async_context(await connect(self._listen_url, name="tidegate engine listen"))
        return TwoLaneDriver(connection, listening)


class DeafDriver(PsycopgDriver):
    """Listens to nothing: behind a pooler a LISTEN would stay in a session that serves others."""

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Do nothing."""

    async def remove_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Do nothing."""


class TwoLaneDriver(PsycopgDriver):
    """Listens on a connection of its own.

    On one connection the library's wait for notices holds the connection's lock for up to a second, and each claim
    waits behind it: measured here, 1 job a second where it claims in milliseconds otherwise.
    """

    def __init__(self, connection: Connection, listening: Connection) -> None:
        super().__init__(connection)
        self._listener = PsycopgDriver(listening)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Listen on the other lane."""
        await self._listener.add_listener(channel, callback)

    async def remove_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Stop listening on the other lane."""
        await self._listener.remove_listener(channel, callback)

    async def __aenter__(self) -> Self:
        """Open both lanes."""
        await self._listener.__aenter__()
        return await super().__aenter__()

    async def __aexit__(self, *details: object) -> None:
        """Close both lanes."""
        await self._listener.__aexit__(*details)
        await super().__aexit__(*details)


def _unheard(_: str | bytes | bytearray) -> None:
    """Listen before PgQueuer does: it probes its listener as it starts, and gives up 10 s after a probe that came too early."""


def _queries(driver: PsycopgDriver) -> Queries:
    return Queries(
        driver,
        qbe=QueryBuilderEnvironment(SCHEMA),
        qbq=QueryQueueBuilder(SCHEMA),
        qbs=QuerySchedulerBuilder(SCHEMA),
    )


def _delivery(handler: Handler) -> Callable[[QueueRow], Awaitable[None]]:
    """Wrap a handler so that nothing is raised into PgQueuer, which would store the traceback with its text."""

    async def deliver(row: QueueRow) -> None:
        job_id, _, attempt_no = (row.payload or b"").decode().partition("/")
        try:
            await handler(Call(UUID(job_id), int(attempt_no)))
        except Exception as error:  # noqa: BLE001 - its text must not reach the queue, nor the log
            log.error("handler_broke", job_id=job_id, error=type(error).__name__)  # noqa: TRY400

    return deliver


async def _stop_with(manager: QueueManager, stop: asyncio.Event) -> None:
    await stop.wait()
    manager.shutdown.set()
