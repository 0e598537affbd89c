"""Runs of other systems: which attempt each is, and what is known of the silent. The caller holds a lock on the job."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.domain.failures import Code
from tidegate.domain.lifecycle import Fenced, State
from tidegate.ledger.attempts import Hold

SQL = named_sql(__file__)


@dataclass(frozen=True)
class Run:
    """One run as its system tells it. `item` is equal for tries of one thing, `slot` for runs that may stand in for each other.

    `restart` is sealed by its system and means nothing to us.
    """

    id: UUID
    pipeline: str
    item: str | None
    slot: str
    restart: str | None = None


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """An external job, locked, beside the attempt that a run is, or would be."""

    id: UUID
    state: State
    attempt_no: int
    failure_code: Code | None
    worker_id: UUID | None
    run_attempt_no: int

    @property
    def is_current(self) -> bool:
        """Whether the run's attempt is the job's newest."""
        return self.run_attempt_no == self.attempt_no


class Silent(msgspec.Struct, frozen=True, kw_only=True):
    """An external job, locked, that was not heard of for too long; queued or running."""

    id: UUID
    state: State
    attempt_no: int
    worker_id: UUID | None


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """When an attempt was last heard of, and how far the call is that asks for it; `due_at` None: no further try."""

    as_of: datetime
    heard_at: datetime | None
    delivery: str | None
    status: int | None
    tries: int
    due_at: datetime | None


class _Name(msgspec.Struct):
    name: str


async def lock(connection: Connection, pipelines: Sequence[str], run_ids: Sequence[UUID]) -> None:
    """Let nobody else place runs of these pipelines, and lock the jobs of known runs, until the transaction ends."""
    for pipeline in sorted(pipelines):
        await SQL.run(connection, "lock_pipeline", pipeline=pipeline)
    await SQL.run(connection, "lock_jobs_of", run_ids=list(run_ids))


async def find_run(connection: Connection, run_id: UUID) -> Placed | None:
    """Return the job of a known run, locked, or None."""
    return await SQL.one(connection, Placed, "find_run", run_id=run_id)


async def find_asked(connection: Connection, job_id: UUID, attempt_no: int, pipeline: str) -> Placed | None:
    """Return the queued attempt that a run says it is, locked, or None when there is no such one in its pipeline."""
    return await SQL.one(connection, Placed, "find_asked", job_id=job_id, attempt_no=attempt_no, pipeline=pipeline)


async def find_item(connection: Connection, run: Run) -> Placed | None:
    """Return the failed or queued job whose last try was of the same item, locked, or None."""
    return None if run.item is None else await SQL.one(connection, Placed, "find_item", pipeline=run.pipeline, item=run.item)


async def find_waiting(connection: Connection, run: Run) -> Placed | None:
    """Return the job that waits the longest for a run like this, locked, or None."""
    return await SQL.one(connection, Placed, "find_waiting", pipeline=run.pipeline, slot=run.slot)


async def put_run(connection: Connection, run: Run, job_id: UUID, attempt_no: int) -> None:
    """Write down which attempt a run is; the call that asked for it is answered by that."""
    await SQL.run(
        connection, "put_run", run_id=run.id, job_id=job_id, attempt_no=attempt_no, pipeline=run.pipeline, item=run.item,
        slot=run.slot, restart=run.restart,
    )  # fmt: skip
    await SQL.run(connection, "answer_call", job_id=job_id, attempt_no=attempt_no)


async def put_pipeline(connection: Connection, name: str) -> None:
    """Note that there is such a pipeline."""
    await SQL.run(connection, "put_pipeline", name=name)


async def list_pipelines(connection: Connection, *, limit: int) -> list[str]:
    """Return the pipelines of other systems that became known last, by name."""
    return sorted(row.name for row in await SQL.all(connection, _Name, "list_pipelines", limit=limit))


async def which_are_external(connection: Connection, names: Collection[str]) -> frozenset[str]:
    """Return those of the names that other systems' pipelines have."""
    return frozenset(row.name for row in await SQL.all(connection, _Name, "which_are_external", names=list(names)))


async def hear(connection: Connection, run: Run) -> None:
    """Note that a run was heard of."""
    await SQL.run(connection, "hear", run_id=run.id, restart=run.restart)


async def begin(connection: Connection, hold: Hold) -> None:
    """Take a queued attempt to running, held by a run. Raises Fenced when it is not queued."""
    if not await SQL.run(connection, "begin_run", **hold.parameters):
        raise Fenced


async def silent(connection: Connection, silence: float) -> list[Silent]:
    """Return up to 100 external jobs, locked, that were not heard of for `silence` seconds."""
    return await SQL.all(connection, Silent, "silent", silence=silence)


async def heard(connection: Connection, job_id: UUID, attempt_no: int) -> Heard:
    """Return what is known of an attempt that another system runs, or is asked to."""
    [row] = await SQL.all(connection, Heard, "heard", job_id=job_id, attempt_no=attempt_no)
    return row
