"""What Tidegate asks of a queue engine. Every adapter passes `tests/engine_contract`."""

import asyncio
import contextlib
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from tidegate.db.queries import Connection

POLL_SECONDS = 2.0
"""How often a worker looks for tickets when nobody tells it of any."""


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


class Bell:
    """Rung when there may be something to take; whoever waits for it looks then. A ring that nobody waits for is kept."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._broken: Exception | None = None

    def ring(self) -> None:
        """Have the one who waits look."""
        self._rung.set()

    def breaks(self, error: Exception) -> None:
        """Tell that nobody will ring any more."""
        self._broken = error
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        """Wait for a ring, or for `seconds`. Raises what it was broken with, once."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()
        error, self._broken = self._broken, None
        if error is not None:
            raise error


class Engine(Protocol):
    """A queue on the ledger's own PostgreSQL. What is done on a caller's connection is as real as the caller's transaction.

    Taking is the ledger's: the statement that begins an attempt removes its ticket (`ledger.together.take`).
    """

    async def issue(self, connection: Connection, tickets: Sequence[Ticket]) -> None:
        """Enqueue. A ticket whose key is already waiting is skipped."""

    async def due_in(self, connection: Connection, pipelines: Sequence[str]) -> float | None:
        """Return the seconds until the earliest waiting ticket is due, 0 or less for one that is; None when none waits."""

    async def free_silent(self, connection: Connection) -> int:
        """Make tickets takeable again that a worker of an older version had taken and went silent over; return how many."""

    def listening(self, bell: Bell) -> AbstractAsyncContextManager[None]:
        """Have `bell` rung when tickets were issued, as far as that can be heard, and broken when it cannot be any more.

        Notices may be lost: look every POLL_SECONDS too. Raises psycopg.OperationalError when the database is away.
        """
