"""Passwords: chosen by the person alone; nobody else ever knows or sets one."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import msgspec

from tidegate.access import credentials, people
from tidegate.audit.record import Target
from tidegate.audit.vocabulary import AuditAction, TargetKind
from tidegate.domain.actor import ActorKind, Permission
from tidegate.domain.refusals import Conflict, Unauthenticated
from tidegate.operations.door import Door
from tidegate.operations.people import check_password


class PasswordSet(msgspec.Struct, frozen=True):
    """That it was done, and how many other sessions ended by it."""

    sessions_ended: int
    audit_event_id: UUID


@dataclass(frozen=True)
class SetOwnPassword:
    """Choose a password, or another one; then the present one must be given. All other sessions end.

    Raises Invalid for a password that does not do, Unauthenticated for a wrong present one, Conflict for API tokens.
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
        kept = await people.person_by_login(door.connection, actor.name)
        stored = kept.password_hash if kept else None
        if stored is not None and not await asyncio.to_thread(credentials.password_holds, stored, self.current):
            raise Unauthenticated("wrong_credentials", "The present password is not right.")
        hashed = await asyncio.to_thread(credentials.hash_password, self.new)
        await people.SQL.run(door.connection, "set_password", id=actor.id, password_hash=hashed)
        ended = await people.SQL.run(door.connection, "revoke_other_sessions", person_id=actor.id, kept=actor.credential_id)
        event = await door.record(Target(TargetKind.PERSON, actor.id), after={"sessions_ended": ended})
        return PasswordSet(ended, event)
