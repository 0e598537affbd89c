"""What is done to people. Every act is a command, so every one is authorised and recorded."""

import asyncio
import re
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import msgspec

from tidegate.access import credentials, people
from tidegate.access.breached import is_breached
from tidegate.audit.record import Target
from tidegate.audit.vocabulary import AuditAction, TargetKind
from tidegate.domain.actor import Permission, Role
from tidegate.domain.ids import new_id
from tidegate.domain.refusals import Conflict, Invalid, NotFound
from tidegate.operations.door import Door
from tidegate.operations.jobs import check_reason

LOGIN_FORM = re.compile(r"^[a-z0-9][a-z0-9._@+-]{0,127}$")
LINK_SECONDS = 24 * 3600.0
BREACHED = (
    "This password is among those that are guessed first. Take another one: 15 characters or more are advised, and a few "
    "words that nobody would put together are easy to keep in mind."
)


class PersonAdded(msgspec.Struct, frozen=True):
    """A new person; `link_secret` is the one-time sign-in of somebody without a password."""

    id: UUID
    login: str
    role: Role
    link_secret: str | None
    audit_event_id: UUID


class LinkIssued(msgspec.Struct, frozen=True):
    """A one-time sign-in link; `secret` is kept nowhere else."""

    person_id: UUID
    secret: str
    audit_event_id: UUID


class PersonChanged(msgspec.Struct, frozen=True):
    """An account that something was done to."""

    id: UUID
    audit_event_id: UUID


class RoleChanged(msgspec.Struct, frozen=True):
    """A person's new role."""

    id: UUID
    role: Role
    audit_event_id: UUID


@dataclass(frozen=True)
class AddPerson:
    """Give somebody an account. Without a password they get a one-time sign-in link. Raises Conflict, Invalid."""

    permission: ClassVar[Permission] = Permission.PERSON_MANAGE
    action: ClassVar[AuditAction] = AuditAction.PERSON_ADD

    login: str
    display_name: str
    role: Role
    password: str | None = None
    reads_content: bool = True

    @property
    def target(self) -> Target:
        """A person who does not exist yet."""
        return Target(TargetKind.PERSON)

    async def carry_out(self, door: Door) -> PersonAdded:
        """See `Command.carry_out`."""
        login = self.login.strip().lower()
        if not LOGIN_FORM.match(login):
            raise Invalid("bad_login", "A name has letters, digits and . _ @ + - only.")
        check_password(self.password, login, self.display_name)
        id = new_id()
        hashed = await asyncio.to_thread(credentials.hash_password, self.password) if self.password else None
        added = await people.SQL.run(
            door.connection, "add_person", id=id, login=login, display_name=self.display_name.strip() or login,
            password_hash=hashed, reads_content=self.reads_content,
        )  # fmt: skip
        if not added:
            raise Conflict("login_taken", "There is a person of this name already.")
        after = {"login": login, "role": self.role.value, "reads_content": self.reads_content}
        event = await door.record(Target(TargetKind.PERSON, id), after=after)
        await _grant(door, id, self.role, event)
        return PersonAdded(id, login, self.role, await _issue_link(door, id) if hashed is None else None, event)


@dataclass(frozen=True)
class IssueLink:
    """Make a one-time sign-in link for a person, valid for a day; one made before and not used holds no more.

    Raises NotFound, Conflict for a closed account, Invalid.
    """

    permission: ClassVar[Permission] = Permission.PERSON_MANAGE
    action: ClassVar[AuditAction] = AuditAction.LINK_ISSUE

    person_id: UUID
    reason: str | None = None

    @property
    def target(self) -> Target:
        """The person."""
        return Target(TargetKind.PERSON, self.person_id)

    async def carry_out(self, door: Door) -> LinkIssued:
        """See `Command.carry_out`."""
        check_reason(self.reason)
        if (await _found(door, self.person_id)).disabled:
            raise Conflict("account_closed", "This account is closed. Open it again first.")
        event = await door.record(self.target, reason=self.reason)
        return LinkIssued(self.person_id, await _issue_link(door, self.person_id), event)


@dataclass(frozen=True)
class ChangeRole:
    """Give a person another role; it holds at once. Raises NotFound, Conflict for the last administrator or the same role."""

    permission: ClassVar[Permission] = Permission.PERSON_MANAGE
    action: ClassVar[AuditAction] = AuditAction.ROLE_CHANGE

    person_id: UUID
    role: Role
    reason: str | None = None

    @property
    def target(self) -> Target:
        """The person."""
        return Target(TargetKind.PERSON, self.person_id)

    async def carry_out(self, door: Door) -> RoleChanged:
        """See `Command.carry_out`."""
        check_reason(self.reason)
        await people.SQL.run(door.connection, "lock_person", id=self.person_id)
        person = await _found(door, self.person_id)
        if person.role is self.role:
            raise Conflict("nothing_to_change", "The person has this role already.")
        before = person.role.value if person.role else None
        event = await door.record(self.target, reason=self.reason, before={"role": before}, after={"role": self.role.value})
        await people.SQL.run(door.connection, "revoke_role", person_id=self.person_id)
        await _grant(door, self.person_id, self.role, event)
        if person.role is Role.ADMIN and not await people.has_admin(door.connection):
            raise Conflict("last_admin", "Somebody has to remain administrator.")
        return RoleChanged(self.person_id, self.role, event)


@dataclass(frozen=True)
class DisablePerson:
    """Close a person's account at once, with every session and token of theirs, or open it again (`disabled` False).

    Raises NotFound, Conflict for the last administrator or when nothing would change.
    """

    permission: ClassVar[Permission] = Permission.PERSON_MANAGE
    action: ClassVar[AuditAction] = AuditAction.PERSON_DISABLE

    person_id: UUID
    disabled: bool = True
    reason: str | None = None

    @property
    def target(self) -> Target:
        """The person."""
        return Target(TargetKind.PERSON, self.person_id)

    async def carry_out(self, door: Door) -> PersonChanged:
        """See `Command.carry_out`."""
        check_reason(self.reason)
        await _found(door, self.person_id)
        if not await people.SQL.run(door.connection, "set_disabled", id=self.person_id, disabled=self.disabled):
            raise Conflict("nothing_to_change", "The account is in that state already.")
        if self.disabled:
            await people.SQL.run(door.connection, "revoke_other_sessions", person_id=self.person_id, kept=None)
            await people.SQL.run(door.connection, "revoke_all_tokens", person_id=self.person_id)
            await people.SQL.run(door.connection, "end_links", person_id=self.person_id)
            if not await people.has_admin(door.connection):
                raise Conflict("last_admin", "Somebody has to remain administrator.")
        facts = {"disabled": not self.disabled}, {"disabled": self.disabled}
        event = await door.record(self.target, reason=self.reason, before=facts[0], after=facts[1])
        return PersonChanged(self.person_id, event)


@dataclass(frozen=True)
class SetContentRight:
    """Let a person read what documents say, or no longer (`reads_content` False); it holds at once.

    Raises NotFound, Conflict when nothing would change, Invalid.
    """

    permission: ClassVar[Permission] = Permission.PERSON_MANAGE
    action: ClassVar[AuditAction] = AuditAction.CONTENT_RIGHT

    person_id: UUID
    reads_content: bool
    reason: str | None = None

    @property
    def target(self) -> Target:
        """The person."""
        return Target(TargetKind.PERSON, self.person_id)

    async def carry_out(self, door: Door) -> PersonChanged:
        """See `Command.carry_out`."""
        check_reason(self.reason)
        await _found(door, self.person_id)
        given = self.reads_content
        if not await people.SQL.run(door.connection, "set_reads_content", id=self.person_id, reads_content=given):
            raise Conflict("nothing_to_change", "That is so already.")
        before, after = {"reads_content": not given}, {"reads_content": given}
        return PersonChanged(self.person_id, await door.record(self.target, reason=self.reason, before=before, after=after))


def link_address(base_url: str, secret: str) -> str:
    """Return the address under which a one-time link's secret signs in."""
    return f"{base_url}/sign-in/link?token={secret}"


def check_password(password: str | None, *names: str) -> None:
    """Raise Invalid for a password that is too short, too long or known to guessers; None is none at all.

    `names` are the person's own, which a guesser would try (takes up to 30 ms).
    """
    if password is None:
        return
    if not credentials.PASSWORD_MIN <= len(password) <= credentials.PASSWORD_MAX:
        least, most = credentials.PASSWORD_MIN, credentials.PASSWORD_MAX
        raise Invalid("bad_password", "A password has {least} to {most} characters.", least=least, most=most)
    if is_breached(password, *names):
        raise Invalid("breached_password", BREACHED)


async def _found(door: Door, person_id: UUID) -> people.Person:
    person = await people.standing(door.connection, person_id)
    if person is None:
        raise NotFound("person_not_found", "There is no such person.")
    return person


async def _grant(door: Door, person_id: UUID, role: Role, event: UUID) -> None:
    await people.SQL.run(door.connection, "grant_role", id=new_id(), person_id=person_id, role=role.value, audit_event_id=event)


async def _issue_link(door: Door, person_id: UUID) -> str:
    secret = credentials.new_secret()
    await people.SQL.run(door.connection, "end_links", person_id=person_id)
    await people.SQL.run(
        door.connection, "add_link", token_hash=credentials.secret_hash(secret), person_id=person_id, seconds=LINK_SECONDS
    )
    return secret
