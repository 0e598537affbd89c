"""What the sealer's tests share: rounds of sealing in the sealer's own role, and events that nothing else comes with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests import story
from tidegate.audit import export, seal
from tidegate.audit.keys import Signer
from tidegate.audit.record import Target, record
from tidegate.audit.report import Report
from tidegate.audit.seal import Sealed
from tidegate.audit.vocabulary import AuditAction, TargetKind
from tidegate.db.connect import connect, transaction
from tidegate.db.queries import Connection
from tidegate.domain.ids import new_id
from tidegate.operations.door import Services
from tidegate.sealer.loop import SEALER_ROLE


@asynccontextmanager
async def as_sealer(services: Services) -> AsyncIterator[Connection]:
    """A connection in the sealer's role."""
    async with await connect(services.url, name="tidegate tests", role=SEALER_ROLE) as connection:
        yield connection


async def one_round(services: Services, signer: Signer, *, batch: int = 2000, heartbeat_seconds: float = 60.0) -> Sealed | None:
    """Seal once."""
    async with as_sealer(services) as connection, connection.transaction():
        return await seal.seal(connection, signer, batch=batch, heartbeat_seconds=heartbeat_seconds)


async def write_event(connection: Connection, reason: str | None = None) -> str:
    """Record an event about nothing in particular and return its id."""
    target = Target(TargetKind.JOB, new_id())
    return str(await record(connection, story.OPERATOR.actor, AuditAction.CANCEL, target, reason=reason))


async def write_events(services: Services, count: int) -> None:
    """Record events in one transaction."""
    async with transaction(services.pool) as connection:
        for _ in range(count):
            await write_event(connection)


async def verified(services: Services, signer: Signer, *expected: str) -> Report:
    """Verify what is stored against the signer's keys."""
    async with transaction(services.pool) as connection:
        await export.begin_snapshot(connection)
        return await export.verify_stored(connection, signer.trusted, expected)


async def sealed_ids(services: Services) -> list[str]:
    """The events in the order of the tree."""
    async with services.pool.connection() as connection:
        rows = await (await connection.execute("SELECT event_id::text FROM audit_leaf ORDER BY index")).fetchall()
    return [row[0] for row in rows]
