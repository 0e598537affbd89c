"""The three queues that `bench_queue` compares: each is filled, worked off by a process, and asked how many jobs are done."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import psycopg
from pgqueuer.adapters.drivers.psycopg import PsycopgDriver
from pgqueuer.adapters.persistence.queries import Queries
from procrastinate import App

from benchmarks.measuring import NO_OP
from benchmarks.queue_workers import procrastinate_app
from tests import processes, story
from tests.databases import fresh_database
from tests.processes import INHERITED
from tidegate import wiring
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Item, Submit
from tidegate.settings import Settings

Connection = psycopg.AsyncConnection[tuple[int]]


class Side(Protocol):
    """A queue over a database of its own."""

    @property
    def name(self) -> str:
        """What the table calls it."""

    @property
    def connection(self) -> Connection:
        """A superuser's connection to its database."""

    async def submit(self, count: int) -> None:
        """Enqueue so many jobs at once, in one transaction."""

    async def finished(self) -> int:
        """Return how many jobs were ever finished, as its tables tell."""

    def worker(self) -> AbstractAsyncContextManager[object]:
        """Have one worker process for the length of a block."""


@dataclass(frozen=True)
class Tidegate:
    """Tidegate as it is: audit events, attempts, steps, history, counters."""

    services: Services
    connection: Connection
    name: str = "Tidegate"

    @classmethod
    @asynccontextmanager
    async def over(cls, cluster: str, template: str, home: Path, concurrency: int) -> AsyncIterator[Self]:
        """Give it over a migrated database."""
        async with fresh_database(cluster, template) as url, await _connected(url) as connection:
            settings = Settings(home=home, database_url=url, concurrency=concurrency, pipelines=("benchmarks.no_op",))
            async with wiring.running(settings, name="tidegate bench") as services:
                yield cls(services, connection)

    async def submit(self, count: int) -> None:
        """See `Side.submit`."""
        items = [Item("folder", f"/nowhere/{number}", f"{number}.txt", "/nowhere") for number in range(count)]
        await perform(self.services, story.OPERATOR, Submit(items, label="a benchmark", pipeline=NO_OP))

    async def finished(self) -> int:
        """See `Side.finished`."""
        return await number(self.connection, "SELECT coalesce(sum(n), 0)::int FROM job_count WHERE state = 'succeeded'")

    def worker(self) -> AbstractAsyncContextManager[object]:
        """See `Side.worker`."""
        return processes.running(self.services.settings, "work", pipelines="benchmarks.no_op", log_level="error")


@dataclass(frozen=True)
class PgQueuer:
    """PgQueuer bare: the queue that carries Tidegate's tickets, without the ledger."""

    url: str
    concurrency: int
    connection: Connection
    name: str = "PgQueuer"

    @classmethod
    @asynccontextmanager
    async def over(cls, cluster: str, concurrency: int) -> AsyncIterator[Self]:
        """Give it over a database with its tables."""
        async with fresh_database(cluster) as url, await _connected(url) as connection:
            await Queries(PsycopgDriver(connection)).install()
            yield cls(url, concurrency, connection)

    async def submit(self, count: int) -> None:
        """See `Side.submit`."""
        await Queries(PsycopgDriver(self.connection)).enqueue([NO_OP] * count, [b"nothing"] * count, [0] * count)

    async def finished(self) -> int:
        """See `Side.finished`."""
        return await number(self.connection, "SELECT count(*) FROM pgqueuer_log WHERE status = 'successful'")

    def worker(self) -> AbstractAsyncContextManager[object]:
        """See `Side.worker`."""
        return _process("pgqueuer", self.url, self.concurrency)


@dataclass(frozen=True)
class Procrastinate:
    """Procrastinate, which keeps its jobs and their events too."""

    url: str
    concurrency: int
    connection: Connection
    app: App
    name: str = "Procrastinate"

    @classmethod
    @asynccontextmanager
    async def over(cls, cluster: str, concurrency: int) -> AsyncIterator[Self]:
        """Give it over a database with its tables."""
        async with AsyncExitStack() as stack:
            url = await stack.enter_async_context(fresh_database(cluster))
            connection = await stack.enter_async_context(await _connected(url))
            app = await stack.enter_async_context(procrastinate_app(url).open_async())
            await app.schema_manager.apply_schema_async()
            yield cls(url, concurrency, connection, app)

    async def submit(self, count: int) -> None:
        """See `Side.submit`."""
        if count == 1:
            await self.app.tasks[NO_OP].defer_async()
        else:
            await self.app.tasks[NO_OP].batch_defer_async(*({} for _ in range(count)))

    async def finished(self) -> int:
        """See `Side.finished`."""
        return await number(self.connection, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'")

    def worker(self) -> AbstractAsyncContextManager[object]:
        """See `Side.worker`."""
        return _process("procrastinate", self.url, self.concurrency)


async def number(connection: Connection, query: str) -> int:
    """Return the one number that a query asks for."""
    [(found,)] = await (await connection.execute(query.encode())).fetchall()
    return found


async def _connected(url: str) -> Connection:
    return await psycopg.AsyncConnection.connect(url, autocommit=True)


@asynccontextmanager
async def _process(queue: str, url: str, concurrency: int) -> AsyncIterator[None]:
    """Run one of `queue_workers` in a process group of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.queue_workers", queue, url, str(concurrency),
        env={name: os.environ[name] for name in INHERITED if name in os.environ}, start_new_session=True,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
