"""People and their credentials, as stored. Deciding and recording happen in `operations`."""

from datetime import datetime
from uuid import UUID

import msgspec

from tidegate.access.credentials import API_TOKEN_PREFIX, secret_hash
from tidegate.db.queries import Connection, named_sql
from tidegate.domain.actor import Actor, ActorKind, Permission, Role

SQL = named_sql(__file__)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person as others see them; no role means that nothing is allowed."""

    id: UUID
    login: str
    display_name: str
    reads_content: bool
    disabled: bool
    role: Role | None


class PersonSecret(Person, frozen=True, kw_only=True):
    """A person with the stored password hash: for the sign-in only."""

    password_hash: str | None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """An open session, as its owner sees it."""

    id: UUID
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    user_agent: str


class ApiToken(msgspec.Struct, frozen=True, kw_only=True):
    """An API token, as its owner sees it; the secret itself is shown once, at its making."""

    id: UUID
    name: str
    scopes: list[Permission] | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """A session or token that was ended: whose it was, and what a token was called."""

    person_id: UUID
    login: str
    name: str | None


class _Credential(msgspec.Struct, frozen=True, kw_only=True):
    credential_id: UUID
    token_hash: bytes
    id: UUID
    login: str
    display_name: str
    reads_content: bool
    role: Role
    scopes: list[Permission] | None

    def actor(self, kind: ActorKind) -> Actor:
        scopes = None if self.scopes is None else frozenset(self.scopes)
        return Actor(kind, self.id, self.login, self.role, self.credential_id, scopes, self.reads_content)


class _Id(msgspec.Struct):
    id: UUID


class _Found(msgspec.Struct):
    found: bool


async def actor_of_session(connection: Connection, secret: str, *, idle_seconds: float) -> Actor | None:
    """Return who holds an open session, or None."""
    found = await _actors(connection, ActorKind.PERSON, "session_person", [secret], idle=idle_seconds, alone=True)
    return found.get(0)


async def actor_of_token(connection: Connection, secret: str) -> Actor | None:
    """Return whom an API token speaks for, or None."""
    if not secret.startswith(API_TOKEN_PREFIX):
        return None
    return (await _actors(connection, ActorKind.TOKEN, "token_person", [secret], alone=True)).get(0)


async def actors_of_sessions(connection: Connection, secrets: list[str], *, idle_seconds: float) -> dict[int, Actor]:
    """Return who holds the open sessions among these, by place, and write nothing.

    Those not seen for a minute are left out as well: that they are seen now has to be written, see `actor_of_session`.
    """
    return await _actors(connection, ActorKind.PERSON, "session_person", secrets, idle=idle_seconds, together=True)


async def actors_of_tokens(connection: Connection, secrets: list[str]) -> dict[int, Actor]:
    """Return whom the API tokens among these speak for, by place; those not used for a minute are left out likewise."""
    return await _actors(connection, ActorKind.TOKEN, "token_person", secrets, together=True)


async def _actors(connection: Connection, kind: ActorKind, statement: str, secrets: list[str], **more: float) -> dict[int, Actor]:
    hashes = [secret_hash(secret) for secret in secrets]
    rows = await SQL.all(connection, _Credential, statement, token_hashes=hashes, **more)
    found = {row.token_hash: row.actor(kind) for row in rows}
    return {place: found[hashed] for place, hashed in enumerate(hashes) if hashed in found}


async def standing(connection: Connection, id: UUID) -> Person | None:
    """Return a person as they stand now, share-locked until the transaction ends."""
    return await SQL.one(connection, Person, "get_standing", id=id)


async def person_by_login(connection: Connection, login: str) -> PersonSecret | None:
    """Return a person by sign-in name, or None."""
    return await SQL.one(connection, PersonSecret, "person_by_login", login=login)


async def list_people(connection: Connection, *, after: str | None = None, limit: int = 100) -> list[Person]:
    """Return people by sign-in name, those after `after`."""
    return await SQL.all(connection, Person, "list_people", after=after, limit=limit)


async def list_sessions(connection: Connection, person_id: UUID, *, idle_seconds: float) -> list[Session]:
    """Return a person's open sessions, newest first."""
    return await SQL.all(connection, Session, "list_sessions", person_id=person_id, idle=idle_seconds)


async def end_session(connection: Connection, id: UUID, *, of: UUID | None) -> Ended | None:
    """End a session, of this person alone where one is given; None when there is no such open session."""
    return await SQL.one(connection, Ended, "revoke_session", id=id, person_id=of)


async def end_token(connection: Connection, id: UUID, *, of: UUID | None) -> Ended | None:
    """End an API token, of this person alone where one is given; None when there is no such valid token."""
    return await SQL.one(connection, Ended, "revoke_token", id=id, person_id=of)


async def list_tokens(connection: Connection, person_id: UUID) -> list[ApiToken]:
    """Return a person's valid tokens, newest first."""
    return await SQL.all(connection, ApiToken, "list_tokens", person_id=person_id)


async def use_link(connection: Connection, secret: str) -> UUID | None:
    """Spend a one-time sign-in link and return whose it was, or None when it does not hold (any more)."""
    row = await SQL.one(connection, _Id, "use_link", token_hash=secret_hash(secret))
    return row.id if row else None


async def came_by_link(connection: Connection, session_id: UUID, *, within_seconds: float) -> bool:
    """Tell whether a session was opened by a one-time link so lately, and has not chosen a password since."""
    row = await SQL.one(connection, _Found, "came_by_link", id=session_id, seconds=within_seconds)
    return row is not None and row.found


async def has_admin(connection: Connection) -> bool:
    """Tell whether anybody is an administrator yet."""
    row = await SQL.one(connection, _Found, "has_admin")
    return row is not None and row.found
