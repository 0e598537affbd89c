"""Signing in and out: sessions, opened by a password or a one-time link. Every try is on record."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

import msgspec

from tidegate.access import credentials, people, policy
from tidegate.audit.record import Facts, Target
from tidegate.audit.vocabulary import AuditAction, TargetKind
from tidegate.domain.actor import Actor, ActorKind, Permission
from tidegate.domain.ids import new_id
from tidegate.domain.refusals import NotFound, Unauthenticated
from tidegate.operations.door import Door
from tidegate.operations.jobs import check_reason


class Way(StrEnum):
    """How somebody came in; the value is what the audit log shows."""

    PASSWORD = "password"
    LINK = "one-time link"
    PROVIDER = "identity provider"


class Signed(msgspec.Struct, frozen=True):
    """An opened session; `secret` goes into the cookie and is kept nowhere else."""

    session_id: UUID
    secret: str
    person: people.Person


class Revoked(msgspec.Struct, frozen=True):
    """A session or token that no longer holds."""

    id: UUID
    audit_event_id: UUID


@dataclass(frozen=True)
class SignInWithPassword:
    """Open a session by name and password. Raises Unauthenticated, the same for every wrong combination."""

    permission: ClassVar[None] = None
    action: ClassVar[AuditAction] = AuditAction.SIGN_IN

    login: str
    password: str
    user_agent: str = ""

    @property
    def target(self) -> Target:
        """A person, unknown until proven."""
        return Target(TargetKind.PERSON)

    async def carry_out(self, door: Door) -> Signed:
        """See `Command.carry_out`."""
        person = await people.person_by_login(door.connection, self.login.strip().lower())
        given = self.password if len(self.password) <= credentials.PASSWORD_MAX else ""
        holds = await asyncio.to_thread(credentials.password_holds, person.password_hash if person else None, given)
        if person is None or not holds or person.disabled or person.role is None:
            raise Unauthenticated("wrong_credentials", "The name or the password is not right.")
        return await open_session(door, person, self.user_agent, Way.PASSWORD)


@dataclass(frozen=True)
class SignInWithLink:
    """Open a session by a one-time link. Raises Unauthenticated."""

    permission: ClassVar[None] = None
    action: ClassVar[AuditAction] = AuditAction.SIGN_IN

    secret: str
    user_agent: str = ""

    @property
    def target(self) -> Target:
        """A person, unknown until proven."""
        return Target(TargetKind.PERSON)

    async def carry_out(self, door: Door) -> Signed:
        """See `Command.carry_out`."""
        person_id = await people.use_link(door.connection, self.secret)
        person = await people.standing(door.connection, person_id) if person_id else None
        if person is None or person.disabled or person.role is None:
            raise Unauthenticated("link_spent", "This sign-in link was used already or has expired.")
        return await open_session(door, person, self.user_agent, Way.LINK)


@dataclass(frozen=True)
class SignOut:
    """End the actor's own session."""

    permission: ClassVar[None] = None
    action: ClassVar[AuditAction] = AuditAction.SIGN_OUT

    session_id: UUID

    @property
    def target(self) -> Target:
        """The session."""
        return Target(TargetKind.SESSION, self.session_id)

    async def carry_out(self, door: Door) -> Revoked:
        """See `Command.carry_out`."""
        await people.end_session(door.connection, self.session_id, of=door.actor.id)
        return Revoked(self.session_id, await door.record(self.target))


@dataclass(frozen=True)
class RevokeSession:
    """End one of the actor's own sessions, on another device; who manages people may end anybody's. Raises NotFound, Invalid."""

    permission: ClassVar[Permission] = Permission.SESSION_MANAGE
    action: ClassVar[AuditAction] = AuditAction.SESSION_REVOKE

    session_id: UUID
    reason: str | None = None

    @property
    def target(self) -> Target:
        """The session."""
        return Target(TargetKind.SESSION, self.session_id)

    async def carry_out(self, door: Door) -> Revoked:
        """See `Command.carry_out`."""
        check_reason(self.reason)
        ended = await people.end_session(door.connection, self.session_id, of=reach(door.actor))
        if ended is None:
            raise NotFound("session_not_found", "There is no such session, or it is not yours to end.")
        event = await door.record(self.target, reason=self.reason, before=facts_of(ended))
        return Revoked(self.session_id, event)


def reach(actor: Actor) -> UUID | None:
    """Return whose sessions and tokens an actor may end: their own alone, or anybody's (None) who manages people."""
    return None if policy.may(actor, Permission.PERSON_MANAGE) else actor.id


def facts_of(ended: people.Ended) -> Facts:
    """Return what the audit log keeps of a session or token that was ended: whose it was."""
    named = {"name": ended.name} if ended.name else {}
    return {"person": str(ended.person_id), "login": ended.login, **named}


async def open_session(door: Door, person: people.Person, user_agent: str, way: Way) -> Signed:
    """Open a session for somebody who proved who they are, and record it."""
    session_id, secret = new_id(), credentials.new_secret()
    await people.SQL.run(
        door.connection, "open_session", id=session_id, token_hash=credentials.secret_hash(secret), person_id=person.id,
        seconds=door.services.settings.session_max_seconds, user_agent=user_agent[:200], by_link=way is Way.LINK,
    )  # fmt: skip
    actor = Actor(ActorKind.PERSON, person.id, person.login, person.role, session_id)
    await door.record(Target(TargetKind.PERSON, person.id), actor=actor, after={"way": way.value})
    public = people.Person(
        id=person.id, login=person.login, display_name=person.display_name, reads_content=person.reads_content,
        disabled=person.disabled, role=person.role,
    )  # fmt: skip
    return Signed(session_id, secret, public)
