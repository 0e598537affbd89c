"""Workers and their leases, and the repair of what was lost: silent workers, missing tickets, old rows."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.domain.failures import Code, FailureCode
from tidegate.ledger import attempts, pulse

SQL = named_sql(__file__)


class Lost(msgspec.Struct, frozen=True):
    """An attempt whose worker was lost; the job failed by `worker_lost`, or `quarantined` when that was one too many."""

    job_id: UUID
    attempt_no: int
    pipeline: str
    worker_id: UUID
    automatic_used: int
    failure_code: Code


class Unticketed(msgspec.Struct, frozen=True):
    """A queued job without a ticket."""

    job_id: UUID
    attempt_no: int
    version: int
    pipeline: str


class Month(msgspec.Struct, frozen=True):
    """A month that was dropped, as `2026_08`, and how many jobs it had."""

    month: str
    jobs: int


class _Number(msgspec.Struct):
    n: int


class _Mine(msgspec.Struct):
    job_id: UUID
    attempt_no: int


class _Found(msgspec.Struct):
    found: bool


async def enlist(
    connection: Connection, id: UUID, host: str, pid: int, pipelines: Sequence[str], concurrency: int, lease: float
) -> None:
    """Register a worker's incarnation with a lease of `lease` seconds."""
    await SQL.run(
        connection, "enlist_worker", id=id, host=host, pid=pid, pipelines=list(pipelines), concurrency=concurrency, lease=lease
    )


async def renew(connection: Connection, id: UUID, lease: float) -> bool:
    """Renew a lease that still holds; False when it has run out and the worker must start afresh."""
    return await SQL.run(connection, "renew_lease", id=id, lease=lease) == 1


async def dismiss(connection: Connection, id: UUID) -> None:
    """End a worker's incarnation; what it still holds is the reaper's."""
    await SQL.run(connection, "dismiss_worker", id=id)


async def still_mine(connection: Connection, worker_id: UUID) -> set[tuple[UUID, int]]:
    """Return the attempts (job, number) that this worker holds."""
    return {(row.job_id, row.attempt_no) for row in await SQL.all(connection, _Mine, "still_mine", worker_id=worker_id)}


async def reap(connection: Connection, *, losses: int) -> list[Lost]:
    """Close, as failed, up to 100 jobs whose worker is silent; the attempts are closed by the caller.

    A job that has lost `losses` workers before goes into quarantine.
    """
    return await SQL.all(connection, Lost, "reap_lost", losses=losses)


async def close_lost(connection: Connection, lost: Lost) -> None:
    """Close the attempt and steps of a lost job."""
    hold = attempts.Hold(lost.job_id, lost.attempt_no, lost.worker_id)
    await attempts.SQL.run(
        connection, "fail_attempt", code=FailureCode.WORKER_LOST.value, params=None, diagnostic_ref=None, **hold.parameters
    )
    await attempts.SQL.run(connection, "close_steps", id=lost.job_id, attempt_no=lost.attempt_no, state="failed")


async def unticketed(connection: Connection, *, grace_seconds: float, limit: int = 1000) -> list[Unticketed]:
    """Return, locked, the jobs that are queued and due but have had no ticket for `grace_seconds`."""
    return await SQL.all(connection, Unticketed, "unticketed", grace=grace_seconds, limit=limit)


async def tidy(connection: Connection) -> None:
    """Fold the counters, drop what has expired, make the coming months' partitions; one process at a time."""
    mine = await SQL.one(connection, _Found, "lock_housekeeping")
    if mine is None or not mine.found:
        return
    rows = await SQL.one(connection, _Number, "count_rows")
    if rows is not None and rows.n >= 200:
        await SQL.run(connection, "compact_counts")
    await SQL.run(connection, "compact_failures")
    await pulse.fold(connection)
    await SQL.run(connection, "fold_batch_counts")
    await SQL.run(connection, "drop_expired")
    await SQL.run(connection, "make_partitions")


async def drop_month(connection: Connection, *, kept: int) -> Month | None:
    """Drop the oldest month that is not one of the `kept` before this one; None when there is none, or another process is at it.

    A month stays as long as a job of it waits or runs. Raises psycopg.errors.LockNotAvailable when readers would have to wait.
    """
    mine = await SQL.one(connection, _Found, "lock_housekeeping")
    dropped = await SQL.one(connection, Month, "drop_month", kept=kept) if mine is not None and mine.found else None
    if dropped is not None:
        await SQL.run(connection, "forget_runs", month=dropped.month)
    return dropped
