"""Sealing: final events get a leaf each, the tree grows by them, and its head is signed. One transaction, or nothing.

An event is final when its transaction is older than the snapshot's xmin: nothing that could stand before it is still open.
So a leaf's place never changes, however late a transaction that began earlier commits. Writers share no row with this.

Before it signs, the sealer proves to itself that the tree it continues is the one that was signed last. Whoever changed
leaves, nodes or checkpoints in the database finds no signature for it, and the change is reported within a second.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from tidegate.audit import checkpoint, merkle
from tidegate.audit.checkpoint import Checkpoint, Forged, NotACheckpoint
from tidegate.audit.keys import Signer
from tidegate.audit.merkle import Frontier, NodeId, leaf_hash
from tidegate.db.queries import Connection, named_sql

SQL = named_sql(__file__)

BATCH = 2000
"""Events of one round: some 50 ms of work, so that a round that is cut short loses little."""

HEARTBEAT_SECONDS = 60.0
"""A checkpoint is made at least so often: it proves that up to its time there was nothing more."""


class LogAltered(Exception):
    """The tree in the database is not the one that was signed last; nothing is signed on top of it."""


class Head(msgspec.Struct, frozen=True):
    """The last checkpoint; `age` is in seconds."""

    number: int
    size: int
    horizon: str
    note: str
    age: float


class Lag(msgspec.Struct, frozen=True):
    """How many events have no leaf yet (100,000 at most are counted), and for how long the oldest has waited."""

    n: int
    seconds: float | None


@dataclass(frozen=True)
class Sealed:
    """What a round did. `is_full` asks for another round at once."""

    note: str
    size: int
    added: int
    is_full: bool


class _Unsealed(msgspec.Struct, frozen=True):
    id: UUID
    xid: str
    payload: str


class _Node(msgspec.Struct, frozen=True):
    level: int
    index: int
    hash: bytes | None


class _Turn(msgspec.Struct, frozen=True):
    mine: bool


class _Horizon(msgspec.Struct, frozen=True):
    horizon: str


async def seal(
    connection: Connection, signer: Signer, *, batch: int = BATCH, heartbeat_seconds: float = HEARTBEAT_SECONDS
) -> Sealed | None:
    """Seal what is final, `batch` events at most, on the caller's connection and in its transaction (READ COMMITTED).

    None when there is nothing to do, or another sealer is at it. Raises LogAltered.
    """
    turn = await SQL.one(connection, _Turn, "take_turn")
    if turn is None or not turn.mine:
        return None
    head = await get_head(connection)
    horizon = (await SQL.all(connection, _Horizon, "get_horizon"))[0].horizon
    events = await SQL.all(connection, _Unsealed, "list_unsealed", after=_begin(head, horizon), horizon=horizon, limit=batch)
    if not events and head is not None and head.age < heartbeat_seconds:
        return None
    tree, last_time = await _signed_tree(connection, signer, head)
    await _append(connection, tree, events)
    is_full = len(events) == batch
    note = signer.sign(tree.size, tree.root, max(int(time.time()), last_time))
    await SQL.run(
        connection, "insert_checkpoint", number=head.number + 1 if head else 1, size=tree.size,
        horizon=events[-1].xid if is_full else horizon, key=str(signer.key), note=note,
    )  # fmt: skip
    return Sealed(note, tree.size, len(events), is_full)


async def get_head(connection: Connection) -> Head | None:
    """Return the last checkpoint, None while the log is unsigned."""
    return await SQL.one(connection, Head, "get_head")


async def get_lag(connection: Connection) -> Lag:
    """Return what is not sealed yet."""
    head = await get_head(connection)
    return (await SQL.all(connection, Lag, "get_oldest_unsealed", after=head.horizon if head else "0"))[0]


async def get_nodes(connection: Connection, wanted: Iterable[NodeId]) -> dict[NodeId, bytes]:
    """Return stored hashes, leaves among them. Raises LogAltered when one is missing."""
    ids = list(wanted)
    levels, indexes = [level for level, _ in ids], [index for _, index in ids]
    rows = await SQL.all(connection, _Node, "get_nodes", levels=levels, indexes=indexes) if ids else []
    found = {(row.level, row.index): row.hash for row in rows if row.hash is not None}
    if len(found) < len(set(ids)):
        raise LogAltered("nodes of the tree are missing")
    return found


async def hashes_of(connection: Connection, ranges: Sequence[merkle.Range]) -> list[bytes]:
    """Return the hashes over ranges of leaves: a proof. Raises LogAltered."""
    nodes = await get_nodes(connection, merkle.needed(ranges))
    return merkle.hashes_of(ranges, nodes.__getitem__)


async def continues(connection: Connection, older: Checkpoint) -> bool:
    """Tell whether the tree in the database begins with the one that a checkpoint tells of."""
    try:
        nodes = await get_nodes(connection, merkle.cover((0, older.size)))
    except LogAltered:
        return False
    return merkle.root_of(older.size, nodes.__getitem__) == older.root


def _begin(head: Head | None, horizon: str) -> str:
    """From which transaction on to look. The counter of a restored cluster may have begun anew: then from the first."""
    return head.horizon if head and int(head.horizon) <= int(horizon) else "0"


async def _signed_tree(connection: Connection, signer: Signer, head: Head | None) -> tuple[Frontier, int]:
    """Return the tree that was signed last, and when. Raises LogAltered when the stored one is another."""
    if head is None:
        return Frontier(), 0
    try:
        signed = checkpoint.check(head.note, signer.trusted)
    except (Forged, NotACheckpoint) as error:
        raise LogAltered(f"the last checkpoint: {error}") from error
    cover = merkle.cover((0, head.size))
    nodes = await get_nodes(connection, cover)
    tree = Frontier(head.size, [nodes[node] for node in cover])
    if (signed.checkpoint.size, signed.checkpoint.root) != (tree.size, tree.root):
        raise LogAltered("the tree is not the one that was signed last")
    return tree, signed.time


async def _append(connection: Connection, tree: Frontier, events: Sequence[_Unsealed]) -> None:
    if not events:
        return
    first = tree.size
    leaves = [leaf_hash(event.payload.encode()) for event in events]
    made = [node for leaf in leaves for node in tree.append(leaf)]
    await SQL.run(
        connection, "insert_leaves", indexes=list(range(first, tree.size)), event_ids=[event.id for event in events],
        hashes=leaves,
    )  # fmt: skip
    ids = [id for id, _ in made]
    await SQL.run(
        connection, "insert_nodes", levels=[level for level, _ in ids], indexes=[index for _, index in ids],
        hashes=[hash for _, hash in made],
    )  # fmt: skip
