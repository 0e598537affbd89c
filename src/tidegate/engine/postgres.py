"""The engine on the ledger's own PostgreSQL: rows of a small table, whose INSERT wakes workers by NOTIFY.

A ticket that is taken is gone, by the statement that claims its attempt. So there is nothing to finish, to renew or to rescue
here: what a worker runs is known to the ledger alone, and a queued job without a ticket gets a new one from the reconciler.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec
import structlog
from psycopg import OperationalError

from tidegate.db.connect import connect
from tidegate.db.queries import Connection, named_sql
from tidegate.engine.port import POLL_SECONDS, Bell, Ticket

SQL = named_sql(__file__)
LISTEN = "LISTEN ch_pgqueuer"

log = structlog.get_logger("tidegate.engine")


class _Due(msgspec.Struct):
    seconds: float | None


class PostgresEngine:
    """Tickets as rows of `queue.pgqueuer`, in the form that PgQueuer 1.6 gives them: workers of older versions read them too."""

    def __init__(self, listen_url: str | None) -> None:
        """Hear notices at `listen_url`; None: the queue is looked at every POLL_SECONDS instead."""
        self._listen_url = listen_url

    async def issue(self, connection: Connection, tickets: Sequence[Ticket]) -> None:
        """See `Engine.issue`."""
        if tickets:
            await SQL.run(
                connection, "issue", pipelines=[ticket.pipeline for ticket in tickets],
                payloads=[f"{ticket.job_id}/{ticket.attempt_no}".encode() for ticket in tickets],
                priorities=[int(ticket.urgent) for ticket in tickets], delays=[float(ticket.delay_seconds) for ticket in tickets],
                keys=[ticket.key for ticket in tickets],
            )  # fmt: skip

    async def due_in(self, connection: Connection, pipelines: Sequence[str]) -> float | None:
        """See `Engine.due_in`."""
        row = await SQL.one(connection, _Due, "due_in", pipelines=list(pipelines))
        return row.seconds if row else None

    async def free_silent(self, connection: Connection) -> int:
        """See `Engine.free_silent`."""
        return await SQL.run(connection, "free_silent")

    @asynccontextmanager
    async def listening(self, bell: Bell) -> AsyncIterator[None]:
        """See `Engine.listening`."""
        if self._listen_url is None:
            log.warning("queue_is_polled", every_seconds=POLL_SECONDS, do="set TIDEGATE_LISTEN_DATABASE_URL")
            yield
            return
        async with await connect(self._listen_url, name="tidegate engine listen") as connection:
            await connection.execute(LISTEN)
            hearing = asyncio.create_task(_hear(connection, bell))
            try:
                yield
            finally:
                hearing.cancel()
                await asyncio.wait({hearing})


async def _hear(connection: Connection, bell: Bell) -> None:
    try:
        async for _ in connection.notifies():
            bell.ring()
    except OperationalError as error:
        bell.breaks(error)
