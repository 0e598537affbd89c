"""Writing audit events: in the transaction of the act itself, as bytes that are never rewritten."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from tidegate.audit.vocabulary import AuditAction, AuditOutcome, TargetKind
from tidegate.db.queries import Connection, named_sql
from tidegate.domain.actor import Actor
from tidegate.domain.ids import created_at, new_id

SQL = named_sql(__file__)

Facts = Mapping[str, str | int | bool | None]


class ActorNote(msgspec.Struct, frozen=True):
    """Who acted, as known at that moment."""

    kind: str
    id: UUID | None
    name: str
    role: str | None
    credential_id: UUID | None


class Target(msgspec.Struct, frozen=True):
    """What was acted upon; `id` is None when it is unknown (a sign-in with a wrong name)."""

    kind: TargetKind
    id: UUID | None = None


class EventBody(msgspec.Struct, frozen=True, kw_only=True):
    """The content of one audit event; encoded once, as deterministic JSON, and stored as those bytes."""

    id: UUID
    time: datetime
    action: AuditAction
    outcome: AuditOutcome
    actor: ActorNote
    target: Target
    reason: str | None
    request_id: str | None
    parent_id: UUID | None
    before: Facts | None
    after: Facts | None


async def record(
    connection: Connection,
    actor: Actor,
    action: AuditAction,
    target: Target,
    *,
    outcome: AuditOutcome = AuditOutcome.ALLOWED,
    reason: str | None = None,
    request_id: str | None = None,
    parent_id: UUID | None = None,
    before: Facts | None = None,
    after: Facts | None = None,
    id: UUID | None = None,
) -> UUID:
    """Append one event on the caller's connection, inside its transaction, and return the event's id."""
    event_id = id or new_id()
    role = actor.role.value if actor.role else None
    body = EventBody(
        id=event_id,
        time=min(created_at(event_id), datetime.now(UTC)),
        action=action,
        outcome=outcome,
        actor=ActorNote(actor.kind.value, actor.id, actor.name, role, actor.credential_id),
        target=target,
        reason=reason,
        request_id=request_id,
        parent_id=parent_id,
        before=before,
        after=after,
    )
    await SQL.run(connection, "insert_event", id=event_id, payload=msgspec.json.encode(body, order="deterministic").decode())
    return event_id
