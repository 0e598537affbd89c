"""Retention: the content of old events goes, their hashes stay, and the tree can be verified as before.

The removal is itself an event, sealed like any other. Verification accepts a missing content only where such an event
covers it, so nobody can make content vanish without leaving who did it, when and why.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from tidegate.audit.record import Target, record
from tidegate.audit.vocabulary import AuditAction, TargetKind
from tidegate.db.queries import Connection, named_sql
from tidegate.domain.actor import Actor
from tidegate.domain.ids import first_id_at

SQL = named_sql(__file__)


class Expired(msgspec.Struct, frozen=True):
    """What was removed; `audit_event_id` is None when there was nothing to remove."""

    events: int
    last_index: int | None
    audit_event_id: UUID | None


class _Span(msgspec.Struct, frozen=True):
    first: int | None
    last: int | None


class _Count(msgspec.Struct, frozen=True):
    expired: int


async def expire(connection: Connection, actor: Actor, before: datetime, reason: str | None) -> Expired:
    """Remove the content of sealed events made before an instant, in the caller's transaction as the tables' owner.

    An event that waits for its seal stays. Raises psycopg.errors.InsufficientPrivilege for any other role.
    """
    span = await SQL.one(connection, _Span, "get_expirable", before=first_id_at(before))
    if span is None or span.first is None or span.last is None:
        return Expired(0, None, None)
    after: dict[str, str | int | bool | None] = {"before": before.isoformat(), "last_index": span.last}
    event = await record(connection, actor, AuditAction.AUDIT_EXPIRE, Target(TargetKind.AUDIT_LOG), reason=reason, after=after)
    counted = await SQL.all(connection, _Count, "expire", first=span.first, last=span.last, event=event)
    return Expired(counted[0].expired, span.last, event)
