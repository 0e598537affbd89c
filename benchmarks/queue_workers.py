"""Workers of the queues that Tidegate is measured against: `python -m benchmarks.queue_workers pgqueuer URL 200`."""

import asyncio
import logging
import sys
from datetime import timedelta
from typing import Self

import uvloop
from pgqueuer.adapters.drivers.psycopg import PsycopgDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.models import Job
from pgqueuer.ports.driver import NotifyCallback
from procrastinate import App, PsycopgConnector

from benchmarks.measuring import NO_OP
from tidegate.db.connect import connect
from tidegate.db.queries import Connection

SUPERUSER = "postgres"


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


async def work_pgqueuer(url: str, concurrency: int) -> None:
    """Run PgQueuer bare, with claims of half the concurrency, listening on a connection of its own."""
    async with (
        await connect(url, name="pgqueuer", role=SUPERUSER) as connection,
        await connect(url, name="pgqueuer listen", role=SUPERUSER) as listening,
    ):
        manager = QueueManager(Queries(TwoLaneDriver(connection, listening)))

        @manager.entrypoint(NO_OP)
        async def nothing(job: Job) -> None:
            """Do nothing."""

        await manager.run(
            dequeue_timeout=timedelta(seconds=2),
            batch_size=concurrency // 2,
            max_concurrent_tasks=concurrency,
            log_aggregation_interval=timedelta(0),
        )


def procrastinate_app(url: str) -> App:
    """Return the application whose one task does nothing."""
    app = App(connector=PsycopgConnector(conninfo=url))

    @app.task(name=NO_OP)
    async def nothing() -> None:
        """Do nothing."""

    return app


async def work_procrastinate(url: str, concurrency: int) -> None:
    """Run Procrastinate as its own command does."""
    async with procrastinate_app(url).open_async() as app:
        await app.run_worker_async(concurrency=concurrency)


def main() -> None:
    """Be a worker until killed."""
    logging.disable(logging.CRITICAL)
    queue, url, concurrency = sys.argv[1:]
    work = {"pgqueuer": work_pgqueuer, "procrastinate": work_procrastinate}[queue]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work(url, int(concurrency)))


if __name__ == "__main__":
    main()
