"""Passwords: chosen by the person alone; nobody else ever knows or sets one."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

import msgspec

from tidegate.access import credentials, people
from tidegate.audit.record import Facts, Target
from tidegate.audit.vocabulary import AuditAction, TargetKind
from tidegate.db.queries import Connection
from tidegate.domain.actor import Actor, ActorKind, Permission
from tidegate.domain.refusals import Conflict, Unauthenticated
from tidegate.operations.door import Door
from tidegate.operations.people import check_password

LINK_PROVES_SECONDS = 15 * 60.0
"""How long a session that a one-time link opened may choose a password without the one that was forgotten."""


class Proof(StrEnum):
    """What let somebody choose a password; the value is what the audit log shows."""

    NONE_YET = "there was none"
    PRESENT = "the present password"
    LINK = "a one-time link"


class PasswordSet(msgspec.Struct, frozen=True):
    """That it was done, and how many other sessions ended by it."""

    sessions_ended: int
    audit_event_id: UUID


@dataclass(frozen=True)
class SetOwnPassword:
    """Choose a password, or another one. All other sessions end, and so do one-time links that were not used.

    There being one already, it must be given; unless the session was opened by a one-time link less than LINK_PROVES_SECONDS
    ago and has not chosen a password yet. Raises Invalid for a password that does not do, Unauthenticated for a wrong present
    one, Conflict for API tokens.
    """

    permission: ClassVar[Permission] = Permission.SESSION_MANAGE
    action: ClassVar[AuditAction] = AuditAction.PASSWORD_SET

    new: str
    current: str = ""

    @property
    def target(self) -> Target:
        """The actor's own account."""
        return Target(TargetKind.PERSON)

    async def carry_out(self, door: Door) -> PasswordSet:
        """See `Command.carry_out`."""
        actor = door.actor
        if actor.kind is not ActorKind.PERSON or actor.id is None:
            raise Conflict("no_own_account", "Sign in as yourself to choose a password.")
        check_password(self.new, actor.name)
        proof = await self._proof(door)
        if proof is None:
            raise Unauthenticated("wrong_credentials", "The present password is not right.")
        hashed = await asyncio.to_thread(credentials.hash_password, self.new)
        await people.SQL.run(door.connection, "set_password", id=actor.id, password_hash=hashed)
        await people.SQL.run(door.connection, "spend_link_proof", id=actor.credential_id)
        await people.SQL.run(door.connection, "end_links", person_id=actor.id)
        ended = await people.SQL.run(door.connection, "revoke_other_sessions", person_id=actor.id, kept=actor.credential_id)
        after: Facts = {"proof": proof.value, "sessions_ended": ended}
        return PasswordSet(ended, await door.record(Target(TargetKind.PERSON, actor.id), after=after))

    async def _proof(self, door: Door) -> Proof | None:
        kept = await people.person_by_login(door.connection, door.actor.name)
        if kept is None or kept.password_hash is None:
            return Proof.NONE_YET
        if self.current:
            holds = await asyncio.to_thread(credentials.password_holds, kept.password_hash, self.current)
            return Proof.PRESENT if holds else None
        return Proof.LINK if await link_proves(door.connection, door.actor) else None


async def link_proves(connection: Connection, actor: Actor) -> bool:
    """Tell whether an actor's session may choose a password without the present one."""
    session_id = actor.credential_id if actor.kind is ActorKind.PERSON else None
    return session_id is not None and await people.came_by_link(connection, session_id, within_seconds=LINK_PROVES_SECONDS)
