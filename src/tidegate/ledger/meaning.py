"""The vectors of passages, where the database has pgvector. A vector goes as text: `[0.1,-0.2,…]`."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.ledger.views import SearchHit

SQL = named_sql(__file__)
LOOKED_AT = 200
"""Passages that the index looks at: the most that one page of hits may hold."""


class Waiting(msgspec.Struct, frozen=True):
    """A passage that has no vector yet."""

    ordinal: int
    body: str


class _Found(msgspec.Struct):
    found: bool


class _Id(msgspec.Struct):
    id: UUID


async def is_there(connection: Connection) -> bool:
    """Tell whether this database can hold vectors."""
    row = await SQL.one(connection, _Found, "is_there")
    return row is not None and row.found


async def has_any(connection: Connection) -> bool:
    """Tell whether a passage has a vector, where vectors can be held."""
    row = await SQL.one(connection, _Found, "has_any")
    return row is not None and row.found


async def waiting_document(connection: Connection) -> UUID | None:
    """Return the oldest document whose passages have no vectors, or None."""
    row = await SQL.one(connection, _Id, "waiting_document")
    return row.id if row else None


async def waiting_passages(connection: Connection, document_id: UUID, *, limit: int) -> list[Waiting]:
    """Return the first of its passages that have none."""
    return await SQL.all(connection, Waiting, "waiting_passages", document_id=document_id, limit=limit)


async def keep(connection: Connection, document_id: UUID, ordinals: Sequence[int], meanings: Sequence[str | None]) -> None:
    """Keep vectors; None for a passage that has no known word."""
    await SQL.run(connection, "insert_meanings", document_id=document_id, ordinals=list(ordinals), meanings=list(meanings))


async def complete(connection: Connection, document_id: UUID) -> None:
    """Note that all passages of a document have theirs."""
    await SQL.run(connection, "complete", document_id=document_id)


async def nearest(connection: Connection, meaning: str, *, limit: int) -> list[SearchHit]:
    """Return the passages nearest to a vector, in a transaction; `rank` is the cosine similarity, 1 at best."""
    await SQL.run(connection, "look_far", many=max(limit, LOOKED_AT))
    return await SQL.all(connection, SearchHit, "nearest", meaning=meaning, limit=limit)


async def fused(connection: Connection, text: str, meaning: str, *, limit: int) -> list[SearchHit]:
    """Return the best of both lists, in a transaction: what matches a text, and what is near to a vector.

    `rank` is 1 for what is first on both, and 0.5 for what is first on one and not on the other.
    """
    await SQL.run(connection, "look_far", many=LOOKED_AT)
    return await SQL.all(connection, SearchHit, "fused", text=text, meaning=meaning, depth=LOOKED_AT, limit=limit)
