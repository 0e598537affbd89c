"""Whom the identity provider's people are here, as stored; keyed by (issuer, subject), never by an e-mail address."""

from uuid import UUID

import msgspec

from tidegate.access.credentials import secret_hash
from tidegate.access.journeys import Identity, Journey
from tidegate.access.people import Person
from tidegate.db.queries import Connection, named_sql

SQL = named_sql(__file__)

PENDING_SECONDS = 600.0
"""How long somebody may take at the provider."""


class _Id(msgspec.Struct):
    id: UUID


class _Spent(msgspec.Struct):
    return_to: str
    holds: bool


async def person_of(connection: Connection, identity: Identity) -> UUID | None:
    """Return whose identity it is, or None; locked until the transaction ends, so that nobody is added twice."""
    await SQL.run(connection, "lock_identity", issuer=identity.issuer, subject=identity.subject)
    return await linked_person(connection, identity.issuer, identity.subject)


async def whose(connection: Connection, identity: Identity) -> Person | None:
    """Return the person of an identity as they stand, or None; nothing is locked."""
    return await SQL.one(connection, Person, "whose_identity", issuer=identity.issuer, subject=identity.subject)


async def linked_person(connection: Connection, issuer: str, subject: str) -> UUID | None:
    """Return the person whom an identity is linked to, or None."""
    row = await SQL.one(connection, _Id, "get_identity", issuer=issuer, subject=subject)
    return row.id if row else None


async def link(connection: Connection, issuer: str, subject: str, person_id: UUID, audit_event_id: UUID) -> None:
    """Make an identity this person's, whosoever it was before."""
    await SQL.run(connection, "link_identity", issuer=issuer, subject=subject, person_id=person_id, audit_event_id=audit_event_id)


async def keep_pending(connection: Connection, journey: Journey, return_to: str) -> None:
    """Remember that somebody is on the way to the provider; forget those who never came back."""
    await SQL.run(connection, "forget_expired")
    hashed = secret_hash(journey.secret)
    await SQL.run(connection, "keep_pending", secret_hash=hashed, return_to=return_to, seconds=PENDING_SECONDS)


async def spend_pending(connection: Connection, journey: Journey) -> str | None:
    """Forget a journey and return where it was to end, or None when it does not hold (any more)."""
    row = await SQL.one(connection, _Spent, "spend_pending", secret_hash=secret_hash(journey.secret))
    return row.return_to if row and row.holds else None
