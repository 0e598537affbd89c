"""What Tidegate asks of a queue engine. Every adapter passes `tests/engine_contract`."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from tidegate.db.queries import Connection


@dataclass(frozen=True)
class Ticket:
    """'Run job J, attempt N', not before `delay_seconds` from now.

    `serial` is the job's version when it was queued: a job that is given back and queued again gets another ticket. One that is
    `urgent` goes before those that are not.
    """

    job_id: UUID
    attempt_no: int
    serial: int
    pipeline: str
    delay_seconds: float = 0.0
    urgent: bool = False

    @property
    def key(self) -> str:
        """What makes the ticket unique; the reconciler looks tickets up by it."""
        return f"{self.job_id}/{self.attempt_no}/{self.serial}"


@dataclass(frozen=True)
class Call:
    """A ticket as it reaches a worker: the two numbers, nothing else."""

    job_id: UUID
    attempt_no: int


Handler = Callable[[Call], Awaitable[None]]


class Engine(Protocol):
    """A queue on the ledger's own PostgreSQL. Delivery is at least once; the ledger's compare-and-set makes it once."""

    async def issue(self, connection: Connection, tickets: Sequence[Ticket]) -> None:
        """Enqueue on the caller's connection, in its transaction. A ticket whose key is already waiting is skipped."""

    async def work(self, handler: Handler, pipelines: Sequence[str], *, concurrency: int, stop: asyncio.Event) -> None:
        """Deliver tickets to `handler`, at most `concurrency` at once, until `stop` is set.

        After that nothing new is delivered and the call returns when the running handlers have ended. Raises
        psycopg.OperationalError when the database goes away; the caller calls again.
        """
