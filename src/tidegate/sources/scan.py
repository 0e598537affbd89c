"""Scans of sources as stored: one at a time for each source, held under a lease, counted piece by piece."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.domain.actor import Actor
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Fenced

SQL = named_sql(__file__)

LEASE_SECONDS = 30.0
"""A scan that nobody renewed for so long is taken over."""

OPENED_AT_ONCE = 20
FORGOTTEN_AT_ONCE = 5_000
KEPT_DAYS = 30
"""Days that a scan is kept that submitted nothing."""


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """One scan: `seen` = `submitted` + `unchanged` + `skipped` (names that no job can have).

    `code` tells why it ended early, None that it went through; `ended_at` None with `held`: somebody is at it.
    """

    id: UUID
    source_id: UUID
    scheduled: bool
    requester_name: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    seen: int
    submitted: int
    unchanged: int
    skipped: int
    code: str | None
    batch_id: UUID | None
    audit_event_id: UUID
    held: bool | None = None


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A scan to work on, for the `tries`-th time, and what its source says now."""

    id: UUID
    source_id: UUID
    tries: int
    actor: Any
    audit_event_id: UUID
    name: str
    address: str
    endpoint: str
    pipeline: str
    pattern: str
    recursive: bool
    credential: str
    host_key: str

    @property
    def acting_for(self) -> Actor:
        """Who asked for it, as they were then."""
        return msgspec.convert(self.actor, Actor)


class Held(msgspec.Struct, frozen=True):
    """A scan that is still ours; `stopped` when its source was paused or removed meanwhile."""

    batch_id: UUID | None
    stopped: bool


class _Due(msgspec.Struct):
    id: UUID
    actor: Any
    requester_name: str
    audit_event_id: UUID


class _Key(msgspec.Struct):
    version_key: bytes


class _Number(msgspec.Struct):
    n: int


def version_key(locator: str, version: str) -> bytes:
    """Return what an object in one version is remembered by."""
    return hashlib.sha256(f"{locator}\x00{version}".encode()).digest()


async def open_due(connection: Connection) -> None:
    """Open a scan for each source whose time has come, once however long it was missed."""
    for due in await SQL.all(connection, _Due, "lock_due", limit=OPENED_AT_ONCE):
        await SQL.run(connection, "postpone", id=due.id)
        await SQL.run(
            connection, "open_scan", id=new_id(), source_id=due.id, scheduled=True, actor=msgspec.json.encode(due.actor).decode(),
            requester_name=due.requester_name, audit_event_id=due.audit_event_id,
        )  # fmt: skip


async def open_asked(connection: Connection, source_id: UUID, actor: Actor, audit_event_id: UUID) -> UUID | None:
    """Open a scan that somebody asked for and return its id; None while another one is not over."""
    id = new_id()
    opened = await SQL.run(
        connection, "open_scan", id=id, source_id=source_id, scheduled=False, actor=msgspec.json.encode(actor).decode(),
        requester_name=actor.name, audit_event_id=audit_event_id,
    )  # fmt: skip
    return id if opened else None


async def take(connection: Connection) -> Taken | None:
    """Take the oldest scan that nobody is at, for a lease; None when there is none."""
    return await SQL.one(connection, Taken, "take_scan", lease_seconds=LEASE_SECONDS)


async def hold(connection: Connection, taken: Taken) -> Held:
    """Renew the lease and hold the scan for this transaction. Raises Fenced when another process has it."""
    held = await SQL.one(connection, Held, "hold_scan", id=taken.id, tries=taken.tries, lease_seconds=LEASE_SECONDS)
    if held is None:
        raise Fenced
    return held


async def remember(connection: Connection, taken: Taken, keys: Sequence[bytes]) -> tuple[set[bytes], int]:
    """Write down versions and return those that were not known, and how many others this very scan wrote before."""
    same = {"source_id": taken.source_id, "scan_id": taken.id}
    fresh = {row.version_key for row in await SQL.all(connection, _Key, "remember", keys=sorted(set(keys)), **same)}
    rest = [key for key in keys if key not in fresh]
    own = await SQL.one(connection, _Number, "count_own", keys=rest, **same) if rest else None
    return fresh, own.n if own else 0


async def count_piece(
    connection: Connection, taken: Taken, *, submitted: int, unchanged: int, skipped: int, batch_id: UUID | None
) -> None:
    """Add what a piece came to, in the transaction that holds the scan."""
    await SQL.run(
        connection, "count_piece", id=taken.id, submitted=submitted, unchanged=unchanged, skipped=skipped, batch_id=batch_id
    )  # fmt: skip


async def end(connection: Connection, taken: Taken, code: str | None = None) -> None:
    """End a scan, early when there is a code for it. Raises Fenced."""
    if not await SQL.run(connection, "end_scan", id=taken.id, tries=taken.tries, code=code):
        raise Fenced


async def list_scans(connection: Connection, source_id: UUID, *, before: UUID | None, limit: int) -> list[Scan]:
    """Return one page of a source's scans, newest first."""
    return await SQL.all(connection, Scan, "list_scans", source_id=source_id, before=before, limit=limit)


async def forget(connection: Connection) -> None:
    """Delete some of what nobody needs: old scans that submitted nothing, and what is known of removed sources."""
    await SQL.run(connection, "forget_scans", days=KEPT_DAYS, limit=FORGOTTEN_AT_ONCE)
    await SQL.run(connection, "forget_objects", limit=FORGOTTEN_AT_ONCE)
