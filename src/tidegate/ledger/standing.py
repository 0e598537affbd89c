"""What decides when a job goes on: the workers of its pipeline, the line before it, the lease of who runs it."""

from datetime import datetime
from uuid import UUID

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.ledger.counting import COUNT_LIMIT
from tidegate.ledger.views import Count

SQL = named_sql(__file__)


class Crew(msgspec.Struct, kw_only=True, frozen=True):
    """Who serves a pipeline, by the database's clock: living `workers` with `at_once` places, and those `elsewhere`.

    `last_seen_at` is when any worker of the pipeline was last heard of, None when none was within a week.
    """

    as_of: datetime
    workers: int
    at_once: int
    elsewhere: int
    last_seen_at: datetime | None


class Holder(msgspec.Struct, kw_only=True, frozen=True):
    """The worker that runs a job; silent past `lease_until`, or stopped, it is lost."""

    host: str
    pid: int
    seen_at: datetime
    lease_until: datetime
    stopped_at: datetime | None

    @property
    def held_until(self) -> datetime:
        """When its hold on what it runs ends."""
        return min(self.lease_until, self.stopped_at or self.lease_until)


class Line(msgspec.Struct, kw_only=True, frozen=True):
    """Jobs that are due and wait, in the order in which workers take them; `ahead` of this one, None while it has no ticket."""

    waiting: Count
    ahead: Count | None
    oldest_queued_at: datetime | None


class _Head(msgspec.Struct):
    waiting: int
    ahead: int
    oldest_queued_at: datetime | None
    has_ticket: bool
    more: bool
    behind_head: bool


async def crew(connection: Connection, pipeline: str) -> Crew:
    """Return who serves a pipeline."""
    [row] = await SQL.all(connection, Crew, "crew", pipeline=pipeline)
    return row


async def holder(connection: Connection, worker_id: UUID | None) -> Holder | None:
    """Return a worker, alive or not, or None when it is forgotten."""
    return await SQL.one(connection, Holder, "holder", worker_id=worker_id)


async def line(connection: Connection, pipeline: str, ticket: str | None) -> Line:
    """Return the line of a pipeline and the place in it of a ticket, by its key; both counted up to COUNT_LIMIT."""
    [head] = await SQL.all(connection, _Head, "queue_head", pipeline=pipeline, ticket=ticket, limit=COUNT_LIMIT + 1)
    return Line(
        waiting=_count(head.waiting, more=head.more),
        ahead=_count(head.ahead, more=head.more and head.behind_head) if head.has_ticket else None,
        oldest_queued_at=head.oldest_queued_at,
    )


def _count(n: int, *, more: bool) -> Count:
    return Count(n=min(n, COUNT_LIMIT), more=more)
