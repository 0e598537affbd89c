"""The log as lines for verification: read from the database in one snapshot, written to a file or verified on the spot."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from tidegate.audit import checkpoint, seal
from tidegate.audit.checkpoint import NotACheckpoint, VerifierKey
from tidegate.audit.lines import End, Line, Log, SealedEvent, SignedCheckpoint, UnsealedEvent
from tidegate.audit.merkle import NodeId
from tidegate.audit.report import Report, Tampering
from tidegate.audit.seal import LogAltered
from tidegate.audit.verify import Verifier
from tidegate.db.queries import Connection, named_sql

SQL = named_sql(__file__)
PAGE = 1000
FIRST = UUID(int=0)


class _Sealed(msgspec.Struct, frozen=True):
    index: int
    id: str
    leaf: bytes
    xid: str
    recorded_at: datetime | None
    payload: str | None
    action: str | None
    outcome: str | None
    actor_id: str | None
    target_id: str | None
    body: str | None
    is_there: bool

    @property
    def line(self) -> SealedEvent:
        """The line of it."""
        at = self.recorded_at.isoformat() if self.recorded_at else None
        columns = {"action": self.action, "outcome": self.outcome, "actor_id": self.actor_id, "target_id": self.target_id}
        return SealedEvent(
            self.index, self.id, self.leaf, int(self.xid), at, self.payload, columns if self.is_there else None, self._odd_body()
        )

    def _odd_body(self) -> object:
        """The JSON column where it is not the payload's, else None."""
        if not self.is_there or self.payload is None:
            return None
        body = json.loads(self.body) if self.body is not None else "missing"
        try:
            return None if body == json.loads(self.payload) else body
        except ValueError:
            return body


class _Checkpoint(msgspec.Struct, frozen=True):
    number: int
    size: int
    horizon: str
    note: str


class _Unsealed(msgspec.Struct, frozen=True):
    id: str
    xid: str
    recorded_at: datetime
    payload: str


class _Key(msgspec.Struct, frozen=True):
    key: str


class _Now(msgspec.Struct, frozen=True):
    now: datetime


async def lines(connection: Connection) -> AsyncIterator[Line]:
    """Give every line of the export. The caller's transaction must be REPEATABLE READ: one snapshot for all pages."""
    now = (await SQL.all(connection, _Now, "get_now"))[0].now
    keys = [row.key for row in await SQL.all(connection, _Key, "list_keys")]
    yield Log(await _origin(connection), tuple(keys), now.astimezone(UTC).isoformat())
    events = checkpoints = unsealed = 0
    async for line in _sealed(connection):
        events += isinstance(line, SealedEvent)
        checkpoints += isinstance(line, SignedCheckpoint)
        yield line
    async for tail in _unsealed(connection):
        unsealed += 1
        yield tail
    yield End(events, checkpoints, unsealed)


async def verify_stored(connection: Connection, trusted: Sequence[VerifierKey] = (), expected: Sequence[str] = ()) -> Report:
    """Verify the log where it lies, and the stored tree beside it, of which proofs are made.

    The caller's transaction must be REPEATABLE READ. No line is kept, so the size of the log does not matter.
    """
    verifier = Verifier(trusted, expected)
    made: list[tuple[NodeId, bytes]] = []
    async for line in lines(connection):
        made += verifier.take(line)
        if len(made) >= PAGE or isinstance(line, End):
            await _compare_nodes(connection, made, verifier.report)
            made = []
    return verifier.finish()


async def begin_snapshot(connection: Connection) -> None:
    """Make the transaction that was just begun a single snapshot that writes nothing."""
    await SQL.run(connection, "begin_snapshot")


async def _compare_nodes(connection: Connection, made: list[tuple[NodeId, bytes]], report: Report) -> None:
    try:
        stored = await seal.get_nodes(connection, [id for id, _ in made])
    except LogAltered as error:
        report.add(Tampering.DELETED, str(error))
        return
    for (level, index), hash in made:
        if stored[level, index] != hash:
            first = index << level
            report.add(Tampering.ALTERED, "the stored tree is not that of the leaves", first, first + (1 << level) - 1)


async def _origin(connection: Connection) -> str:
    head = await seal.get_head(connection)
    try:
        return checkpoint.read(head.note).origin if head else ""
    except NotACheckpoint:
        return ""


async def _sealed(connection: Connection) -> AsyncIterator[SealedEvent | SignedCheckpoint]:
    """Events by index, each checkpoint after the last event that it covers."""
    marks = _checkpoints(connection)
    mark = await anext(marks, None)
    index = 0
    while rows := await SQL.all(connection, _Sealed, "list_sealed", first=index, limit=PAGE):
        for row in rows:
            while mark is not None and mark.size <= row.index:
                yield SignedCheckpoint(mark.number, mark.note, int(mark.horizon))
                mark = await anext(marks, None)
            yield row.line
        index = rows[-1].index + 1
    while mark is not None:
        yield SignedCheckpoint(mark.number, mark.note, int(mark.horizon))
        mark = await anext(marks, None)


async def _checkpoints(connection: Connection) -> AsyncIterator[_Checkpoint]:
    after = 0
    while rows := await SQL.all(connection, _Checkpoint, "list_checkpoints", after=after, limit=PAGE):
        for row in rows:
            yield row
        after = rows[-1].number


async def _unsealed(connection: Connection) -> AsyncIterator[UnsealedEvent]:
    after = FIRST
    while rows := await SQL.all(connection, _Unsealed, "list_unsealed", after=after, limit=PAGE):
        for row in rows:
            yield UnsealedEvent(row.id, int(row.xid), row.recorded_at.isoformat(), row.payload)
        after = UUID(rows[-1].id)
