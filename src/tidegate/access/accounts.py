"""Accounts as an administrator sees them: who is in use, who held which role since when, and by whose act."""

from datetime import datetime
from uuid import UUID

import msgspec

from tidegate.access.people import Person
from tidegate.db.queries import Connection, named_sql
from tidegate.domain.actor import Role

SQL = named_sql(__file__)


class Member(Person, frozen=True, kw_only=True):
    """A line of the list of people: with how many ways in are open, and when a session of theirs was last used."""

    sessions: int
    tokens: int
    seen_at: datetime | None


class Account(Person, frozen=True, kw_only=True):
    """A person with what is known of their account."""

    created_at: datetime
    disabled_at: datetime | None
    has_password: bool


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A role that a person holds or held, and the audit event of the act that gave it."""

    role: Role
    granted_at: datetime
    revoked_at: datetime | None
    audit_event_id: UUID
    granted_by: str | None
    reason: str | None


class LinkedIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """An identity at the sign-in provider that signs a person in."""

    issuer: str
    subject: str
    linked_at: datetime
    audit_event_id: UUID


async def list_members(connection: Connection, *, idle_seconds: float, after: str | None, limit: int) -> list[Member]:
    """Return people by sign-in name, those after `after`, `limit` at most."""
    return await SQL.all(connection, Member, "list_members", idle=idle_seconds, after=after, limit=limit)


async def get_account(connection: Connection, id: UUID) -> Account | None:
    """Return an account, or None."""
    return await SQL.one(connection, Account, "get_account", id=id)


async def list_grants(connection: Connection, person_id: UUID) -> list[Grant]:
    """Return the roles that a person held, newest first."""
    return await SQL.all(connection, Grant, "list_grants", person_id=person_id)


async def list_identities(connection: Connection, person_id: UUID) -> list[LinkedIdentity]:
    """Return the identities that sign a person in, newest first."""
    return await SQL.all(connection, LinkedIdentity, "list_identities", person_id=person_id)
