"""Reading the audit log."""

from datetime import datetime
from uuid import UUID

import msgspec

from tidegate.audit.record import EventBody
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.db.queries import Connection, named_sql

SQL = named_sql(__file__)

CHILDREN_LIMIT = 1000
"""Counting the events below one stops here: a reader needs no exact number above it."""


class AuditEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One stored event; `body` is what was recorded, `recorded_at` the database's clock."""

    id: UUID
    recorded_at: datetime
    body: EventBody


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of events is narrowed to."""

    action: AuditAction | None = None
    outcome: AuditOutcome | None = None
    actor_id: UUID | None = None
    target_id: UUID | None = None
    parent_id: UUID | None = None


class _Children(msgspec.Struct):
    id: UUID
    n: int


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """One keyset page, newest first; `next_before` is the id to go on from, None at the end."""

    events: list[AuditEvent]
    next_before: UUID | None


async def list_events(connection: Connection, narrowed: AuditFilter, *, before: UUID | None, limit: int) -> AuditPage:
    """Return one page of events, newest first: `limit` at most, recorded before the event `before`."""
    rows = await SQL.all(
        connection, AuditEvent, "list_events",
        action=narrowed.action, outcome=narrowed.outcome, actor_id=narrowed.actor_id,
        target_id=narrowed.target_id, parent_id=narrowed.parent_id, before=before, limit=limit + 1,
    )  # fmt: skip
    return AuditPage(events=rows[:limit], next_before=rows[limit - 1].id if len(rows) > limit else None)


async def count_children(connection: Connection, ids: list[UUID]) -> dict[UUID, int]:
    """Return how many events stand below these, of those that have any; at most CHILDREN_LIMIT + 1 are counted."""
    rows = await SQL.all(connection, _Children, "count_children", ids=ids, limit=CHILDREN_LIMIT + 1)
    return {row.id: row.n for row in rows}


async def get_event(connection: Connection, id: UUID) -> AuditEvent | None:
    """Return one event, or None."""
    return await SQL.one(connection, AuditEvent, "get_event", id=id)
