"""The one door. `perform` opens the transaction, authorises, lets the command decide and write, and commits.

A command's state change, its ticket and its audit event are one transaction. A refusal rolls back; where a
permission was lacking, a `denied` event is recorded in a transaction of its own.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar
from uuid import UUID

import msgspec

from tidegate.access import people, policy
from tidegate.access.journeys import IdentityProvider
from tidegate.audit import record
from tidegate.audit.record import Facts, Target
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.channels.letters import LetterWriter
from tidegate.db.connect import Pool, transaction
from tidegate.db.queries import Connection, named_sql
from tidegate.domain.actor import Actor, ActorKind, Permission
from tidegate.domain.refusals import Conflict, Forbidden, Refusal, Unauthenticated
from tidegate.engine.port import Engine, Ticket
from tidegate.pipeline.meaning import Meaning
from tidegate.settings import Settings
from tidegate.tracing.port import SILENT, Fact, Kind, Tracing

SQL = named_sql(__file__)
DENIED_REASON_LIMIT = 500
"""Characters that are kept of a reason that came with a refused request."""

Result = TypeVar("Result", covariant=True)


@dataclass(frozen=True)
class Services:
    """What operations work with, wired once at start-up.

    `url` is for connections outside of the pool, `listen_url` for those that LISTEN; None: changes are looked for.
    """

    settings: Settings
    url: str
    listen_url: str | None
    pool: Pool
    engine: Engine
    pipelines: tuple[str, ...]
    diagnostic_key: bytes
    identity_provider: IdentityProvider | None = None
    write_letter: LetterWriter | None = None
    tracing: Tracing = SILENT
    meaning: Meaning | None = None


@dataclass(frozen=True)
class Asking:
    """Who asks, and under which request; `idempotency_key` makes a repetition harmless."""

    actor: Actor
    request_id: str | None = None
    idempotency_key: str | None = None


class Command(Protocol[Result]):
    """A mutation: a frozen value that declares its permission (None: of nobody, as signing in) and its audit action."""

    @property
    def permission(self) -> Permission | None:
        """What the actor must hold: a class variable of each command."""

    @property
    def action(self) -> AuditAction:
        """What is recorded: a class variable of each command."""

    @property
    def target(self) -> Target:
        """What it is about, as far as the request tells."""

    async def carry_out(self, door: "Door") -> Result:
        """Lock, decide, write, issue tickets and record, all on `door.connection`. Raises Refusal."""


@dataclass(frozen=True)
class Door:
    """What a command gets: the open transaction, the actor as they stand now, and the means to act."""

    services: Services
    connection: Connection
    asking: Asking
    actor: Actor
    action: AuditAction

    async def record(
        self,
        target: Target,
        *,
        reason: str | None = None,
        before: Facts | None = None,
        after: Facts | None = None,
        id: UUID | None = None,
        parent_id: UUID | None = None,
        actor: Actor | None = None,
    ) -> UUID:
        """Append the audit event of what is being done and return its id."""
        return await record.record(
            self.connection, actor or self.actor, self.action, target, reason=reason, before=before, after=after,
            id=id, parent_id=parent_id, request_id=self.asking.request_id,
        )  # fmt: skip

    async def issue(self, *tickets: Ticket) -> None:
        """Enqueue tickets in this transaction."""
        with self.services.tracing.span("issue tickets", {Fact.TICKETS: len(tickets)}, Kind.PRODUCER):
            await self.services.engine.issue(self.connection, tickets)

    @property
    def traceparent(self) -> str | None:
        """The act as a traceparent, kept with what it asks for."""
        return self.services.tracing.here()


async def perform(services: Services, asking: Asking, command: Command[Result]) -> Result:
    """Carry out a command for an actor, whole or not at all. Raises Refusal."""
    with services.tracing.span(command.action.value, {Fact.ACTION: command.action.value}) as span:
        try:
            async with transaction(services.pool) as connection:
                if command.permission in policy.IN_TURNS:
                    await SQL.run(connection, "lock_people")
                actor = await current_actor(connection, asking.actor)
                door = Door(services, connection, asking, actor, command.action)
                if command.permission is not None:
                    policy.authorise(actor, command.permission)
                return await _once(door, command)
        except Refusal as refusal:
            span.tell(Fact.REFUSAL, refusal.code)
            if isinstance(refusal, Forbidden | Unauthenticated):
                await _record_denied(services, asking, command, refusal)
            raise


async def current_actor(connection: Connection, actor: Actor) -> Actor:
    """Re-read the actor's role inside the transaction, so that a role change holds at once. Raises Unauthenticated."""
    if actor.kind not in (ActorKind.PERSON, ActorKind.TOKEN) or actor.id is None:
        return actor
    person = await people.standing(connection, actor.id)
    if person is None or person.disabled:
        raise Unauthenticated("not_signed_in", "This account is no longer active.")
    return Actor(actor.kind, actor.id, person.login, person.role, actor.credential_id, actor.scopes, person.reads_content)


async def _record_denied(services: Services, asking: Asking, command: Command[Any], refusal: Refusal) -> None:
    async with transaction(services.pool) as connection:
        await record.record(
            connection, asking.actor, command.action, command.target, outcome=AuditOutcome.DENIED,
            reason=_short(getattr(command, "reason", None)), request_id=asking.request_id, after={"refusal": refusal.code},
        )  # fmt: skip


def _short(reason: str | None) -> str | None:
    """Make the reason of somebody who was refused storable: nobody checked it, and it must not keep the refusal off record."""
    return reason[:DENIED_REASON_LIMIT].replace("\x00", "\ufffd") if reason else None


# Idempotency: the answer is stored under (actor, key) in the command's own transaction. ---------------------------


class Repeatable(Protocol[Result]):
    """A command whose result can be kept and given again to a repetition with the same Idempotency-Key."""

    result_type: ClassVar[type[Any]]


class _Kept(msgspec.Struct, Generic[Result]):
    fingerprint: bytes
    response: Any


async def _once(door: Door, command: Command[Result]) -> Result:
    key, actor_id = door.asking.idempotency_key, door.actor.id
    result_type = getattr(command, "result_type", None)
    if key is None or actor_id is None or result_type is None:
        return await command.carry_out(door)
    fingerprint = hashlib.sha256(type(command).__name__.encode() + msgspec.json.encode(command)).digest()
    await SQL.run(door.connection, "lock_key", key=f"{actor_id}/{key}")
    kept = await SQL.one(door.connection, _Kept, "get_kept", actor_id=actor_id, key=key)
    if kept is not None:
        if kept.fingerprint != fingerprint:
            raise Conflict("idempotency_key_reused", "This Idempotency-Key was used for another request.")
        return msgspec.convert(kept.response, result_type)  # type: ignore[no-any-return]
    result = await command.carry_out(door)
    response = msgspec.json.encode(result).decode()
    await SQL.run(door.connection, "keep", actor_id=actor_id, key=key, fingerprint=fingerprint, response=response)
    return result
