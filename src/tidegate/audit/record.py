"""Writing audit events: in the transaction of the act itself, as bytes that are never rewritten."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from tidegate.audit.vocabulary import AuditAction, AuditOutcome, TargetKind
from tidegate.db.queries import Connection, named_sql
from tidegate.domain.actor import Actor
from tidegate.domain.ids import created_at, new_id

SQL = named_sql(__file__)

WORDS_AT_ONCE = 100
"""Events put into words before others come to their turn: about a millisecond."""

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


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing done, or refused, to one target: what an event tells beside who did it."""

    target: Target
    outcome: AuditOutcome = AuditOutcome.ALLOWED
    reason: str | None = None
    request_id: str | None = None
    parent_id: UUID | None = None
    before: Facts | None = None
    after: Facts | None = None
    id: UUID = field(default_factory=new_id)


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
    act = Act(
        target=target, outcome=outcome, reason=reason, request_id=request_id, parent_id=parent_id, before=before, after=after,
        id=id or new_id(),
    )  # fmt: skip
    await SQL.run(connection, "insert_event", id=act.id, payload=_payload(actor, action, act))
    return act.id


async def record_many(connection: Connection, actor: Actor, action: AuditAction, acts: Sequence[Act]) -> None:
    """Append one event for each act, in one statement. Others come to their turn while the events are put into words."""
    payloads: list[str] = []
    for first in range(0, len(acts), WORDS_AT_ONCE):
        await asyncio.sleep(0)
        payloads += [_payload(actor, action, act) for act in acts[first : first + WORDS_AT_ONCE]]
    await SQL.run(connection, "insert_events", ids=[act.id for act in acts], payloads=payloads)


def _payload(actor: Actor, action: AuditAction, act: Act) -> str:
    role = actor.role.value if actor.role else None
    body = EventBody(
        id=act.id,
        time=min(created_at(act.id), datetime.now(UTC)),
        action=action,
        outcome=act.outcome,
        actor=ActorNote(actor.kind.value, actor.id, actor.name, role, actor.credential_id),
        target=act.target,
        reason=act.reason,
        request_id=act.request_id,
        parent_id=act.parent_id,
        before=act.before,
        after=act.after,
    )
    return msgspec.json.encode(body, order="deterministic").decode()
