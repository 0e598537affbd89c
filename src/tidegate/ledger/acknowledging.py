"""Acknowledgements as stored: a failure that may stay as it is, who said so and why."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.domain.failures import Code
from tidegate.domain.lifecycle import Fenced
from tidegate.ledger.narrowing import parameters
from tidegate.ledger.views import JobFilter

SQL = named_sql(__file__)


class Unresolved(msgspec.Struct, frozen=True, kw_only=True):
    """A failed job that nobody has acknowledged, locked."""

    id: UUID
    attempt_no: int
    failure_code: Code


class Counted(msgspec.Struct, frozen=True):
    """How many failures of a filter are unresolved, by the database's clock at `as_of`."""

    as_of: datetime
    n: int


async def count_unresolved(connection: Connection, narrowed: JobFilter, *, limit: int) -> Counted:
    """Count the unresolved failures of a filter, up to `limit`."""
    found = await SQL.one(connection, Counted, "count_unresolved", **parameters(narrowed), limit=limit)
    assert found is not None  # noqa: S101 - an aggregate has one row
    return found


async def lock_unresolved(connection: Connection, narrowed: JobFilter, *, limit: int) -> list[Unresolved]:
    """Lock the unresolved failures of a filter, `limit` at most."""
    return await SQL.all(connection, Unresolved, "lock_unresolved", **parameters(narrowed), limit=limit)


async def acknowledge(connection: Connection, jobs: Sequence[tuple[UUID, UUID]], *, acknowledged_by: str, reason: str) -> None:
    """Acknowledge locked jobs, each with the audit event about it. Raises Fenced when one is not an unresolved failure."""
    ids, events = [id for id, _ in jobs], [event for _, event in jobs]
    done = await SQL.run(connection, "acknowledge", ids=ids, events=events, acknowledged_by=acknowledged_by, reason=reason)
    if done != len(jobs):
        raise Fenced


async def unacknowledge(connection: Connection, id: UUID, audit_event_id: UUID) -> None:
    """Take the acknowledgement of a locked job back. Raises Fenced when it has none."""
    if not await SQL.run(connection, "unacknowledge", id=id, audit_event_id=audit_event_id):
        raise Fenced
