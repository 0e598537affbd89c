"""Writes of the ledger: guarded statements, one function each. Who may write, and why, is decided above."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.domain.actor import Actor
from tidegate.domain.failures import Failure, FailureCode
from tidegate.domain.lifecycle import Fenced, Origin, Outcome, State

SQL = named_sql(__file__)


@dataclass(frozen=True)
class NewJob:
    """One item of a submission; `locator` and `root` are for workers only, `name` is safe to show."""

    id: UUID
    name: str
    kind: str
    locator: str
    root: str | None = None


@dataclass(frozen=True)
class Hold:
    """The fence of a running attempt: every write of its worker carries it."""

    job_id: UUID
    attempt_no: int
    worker_id: UUID

    @property
    def parameters(self) -> dict[str, object]:
        """As statements take it."""
        return {"job_id": self.job_id, "attempt_no": self.attempt_no, "worker_id": self.worker_id}


class LockedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job's decisive columns, under FOR UPDATE."""

    id: UUID
    batch_id: UUID
    pipeline: str
    name: str
    state: State
    version: int
    attempt_no: int
    failure_code: FailureCode | None
    audit_event_id: UUID


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt just claimed."""

    job_id: UUID
    attempt_no: int
    pipeline: str
    name: str
    source_kind: str
    source_locator: str
    source_root: str | None


class Checkpoint(msgspec.Struct, frozen=True):
    """The stored result of a finished step, 1-based, as the pipeline encoded it."""

    step_no: int
    name: str
    value: bytes


class FencedJob(msgspec.Struct, frozen=True):
    """A running job under its worker's fence, row-locked."""

    id: UUID
    pipeline: str
    name: str
    automatic_used: int


class Lost(msgspec.Struct, frozen=True):
    """An attempt whose worker was lost."""

    job_id: UUID
    attempt_no: int
    pipeline: str
    worker_id: UUID
    automatic_used: int


class Unticketed(msgspec.Struct, frozen=True):
    """A queued job without a ticket."""

    job_id: UUID
    attempt_no: int
    version: int
    pipeline: str


class SealedDiagnostic(msgspec.Struct, frozen=True):
    """A diagnostic as stored: encrypted."""

    reference: str
    job_id: UUID
    attempt_no: int
    created_at: datetime
    expires_at: datetime
    sealed: bytes


class _Number(msgspec.Struct):
    n: int


class _Version(msgspec.Struct):
    version: int


class _Mine(msgspec.Struct):
    job_id: UUID
    attempt_no: int


class _Found(msgspec.Struct):
    found: bool


class _Id(msgspec.Struct):
    id: UUID


# A person's writes ------------------------------------------------------------------------------------------------


async def insert_batch(
    connection: Connection, batch_id: UUID, label: str, pipeline: str, actor: Actor, jobs: Sequence[NewJob], audit_event_id: UUID
) -> None:
    """Write a batch with its jobs and their first attempts, in three statements whatever their number."""
    shared = {"pipeline": pipeline, "submitted_by": actor.id, "submitter_name": actor.name, "audit_event_id": audit_event_id}
    ids = [job.id for job in jobs]
    await SQL.run(connection, "insert_batch", id=batch_id, label=label, job_total=len(jobs), **shared)
    await SQL.run(
        connection, "insert_jobs", batch_id=batch_id, ids=ids, names=[job.name for job in jobs], kinds=[job.kind for job in jobs],
        locators=[job.locator for job in jobs], roots=[job.root for job in jobs], **shared,
    )  # fmt: skip
    await SQL.run(connection, "insert_first_attempts", ids=ids, audit_event_id=audit_event_id, requested_by=actor.name)


async def lock_job(connection: Connection, id: UUID) -> LockedJob | None:
    """Lock a job until the transaction ends and return it as it stands, or None."""
    return await SQL.one(connection, LockedJob, "lock_job", id=id)


async def requeue(
    connection: Connection,
    job_id: UUID,
    attempt_no: int,
    *,
    origin: Origin,
    delay: float = 0.0,
    restart: bool = False,
    automatic_used: int = 0,
    audit_event_id: UUID | None = None,
    requested_by: str | None = None,
    reason: str | None = None,
) -> int:
    """Take a failed job back to queued under attempt `attempt_no + 1` and return its new version. Raises Fenced."""
    await SQL.run(
        connection, "insert_retry", job_id=job_id, attempt_no=attempt_no + 1, origin=origin.value, restart=restart,
        audit_event_id=audit_event_id, requested_by=requested_by, reason=reason, delay=delay,
    )  # fmt: skip
    row = await SQL.one(
        connection, _Version, "requeue_job", id=job_id, attempt_no=attempt_no, delay=delay,
        automatic_used=automatic_used, audit_event_id=audit_event_id,
    )  # fmt: skip
    if row is None:
        raise Fenced
    if restart:
        await SQL.run(connection, "drop_checkpoints", job_id=job_id)
    return row.version


async def cancel(connection: Connection, job: LockedJob, audit_event_id: UUID) -> None:
    """Cancel a queued or running job that the caller has locked. Raises Fenced when it is in neither state."""
    if not await SQL.run(connection, "cancel_job", id=job.id, attempt_no=job.attempt_no, audit_event_id=audit_event_id):
        raise Fenced
    await SQL.run(connection, "cancel_attempt", id=job.id, attempt_no=job.attempt_no)
    await SQL.run(connection, "close_steps", id=job.id, attempt_no=job.attempt_no, state="cancelled")


# A worker's writes, all under the fence ---------------------------------------------------------------------------


async def begin(connection: Connection, hold: Hold) -> Begun | None:
    """Claim a queued attempt, or return None when it is not there to be claimed: a second delivery ends here."""
    return await SQL.one(connection, Begun, "begin_attempt", **hold.parameters)


async def list_checkpoints(connection: Connection, job_id: UUID) -> list[Checkpoint]:
    """Return what earlier attempts left, in step order."""
    return await SQL.all(connection, Checkpoint, "list_checkpoints", job_id=job_id)


async def take_fence(connection: Connection, hold: Hold) -> FencedJob:
    """Lock the job under the fence until the transaction ends. Raises Fenced."""
    row = await SQL.one(connection, FencedJob, "fenced_job", **hold.parameters)
    if row is None:
        raise Fenced
    return row


async def start_step(connection: Connection, hold: Hold, step_no: int, step_total: int, name: str) -> None:
    """Record that a step begins. Raises Fenced."""
    if not await SQL.run(connection, "set_step", step_no=step_no, step_total=step_total, name=name, **hold.parameters):
        raise Fenced
    await SQL.run(connection, "insert_step", job_id=hold.job_id, attempt_no=hold.attempt_no, step_no=step_no, name=name)


async def resume_step(connection: Connection, hold: Hold, step_no: int, name: str) -> None:
    """Record that a step is passed over because an earlier attempt finished it; under a fence already taken."""
    await SQL.run(connection, "insert_resumed_step", job_id=hold.job_id, attempt_no=hold.attempt_no, step_no=step_no, name=name)


async def set_progress(connection: Connection, hold: Hold, done: int, total: int | None, unit: str) -> None:
    """Record how far the current step has come. Raises Fenced."""
    if not await SQL.run(connection, "set_progress", done=done, total=total, unit=unit, **hold.parameters):
        raise Fenced


async def finish_step(
    connection: Connection, hold: Hold, step_no: int, name: str, value: bytes, progress: tuple[int, int | None, str] | None
) -> None:
    """Record a step's end and keep its checkpoint; under a fence already taken."""
    done, total, unit = progress or (None, None, None)
    here = {"job_id": hold.job_id, "attempt_no": hold.attempt_no, "step_no": step_no}
    await SQL.run(connection, "finish_step", **here, done=done, total=total, unit=unit)
    await SQL.run(connection, "save_checkpoint", **here, name=name, value=value)


async def known_document(connection: Connection, pipeline: str, sha256: str) -> UUID | None:
    """Return the document that this content already became in this pipeline, or None."""
    row = await SQL.one(connection, _Id, "known_document", pipeline=pipeline, sha256=sha256)
    return row.id if row else None


async def insert_document(
    connection: Connection, document: dict[str, object], chunks: Sequence[tuple[int | None, int | None, str]]
) -> bool:
    """Write a document with its passages (page from, page to, text); False when the content is known already."""
    if not await SQL.run(connection, "insert_document", **document, chunk_total=len(chunks)):
        return False
    await SQL.run(
        connection, "insert_chunks", document_id=document["id"], page_from=[c[0] for c in chunks],
        page_to=[c[1] for c in chunks], bodies=[c[2] for c in chunks],
    )  # fmt: skip
    return True


async def succeed(connection: Connection, hold: Hold, outcome: Outcome, document_id: UUID | None) -> None:
    """Close attempt and job as succeeded and drop the checkpoints. Raises Fenced."""
    if not await SQL.run(connection, "succeed_job", outcome=outcome.value, document_id=document_id, **hold.parameters):
        raise Fenced
    await SQL.run(connection, "succeed_attempt", **hold.parameters)
    await SQL.run(connection, "close_steps", id=hold.job_id, attempt_no=hold.attempt_no, state="succeeded")
    await SQL.run(connection, "drop_checkpoints", job_id=hold.job_id)


async def fail(connection: Connection, hold: Hold, failure: Failure, diagnostic_ref: str | None) -> None:
    """Close attempt and job as failed. Raises Fenced."""
    params = msgspec.json.encode(failure.params).decode() if failure.params else None
    what = {"code": failure.code.value, "params": params, "diagnostic_ref": diagnostic_ref, **hold.parameters}
    if not await SQL.run(connection, "fail_job", **what):
        raise Fenced
    await SQL.run(connection, "fail_attempt", **what)
    await SQL.run(connection, "close_steps", id=hold.job_id, attempt_no=hold.attempt_no, state="failed")


async def automatic_retries(connection: Connection, job_id: UUID, code: FailureCode) -> int:
    """Return how often this code has closed an attempt since a person last asked for one."""
    row = await SQL.one(connection, _Number, "automatic_retries", job_id=job_id, code=code.value)
    return row.n if row else 0


async def give_back(connection: Connection, hold: Hold) -> int:
    """Put a running attempt back in the queue, unharmed, and return the job's new version. Raises Fenced."""
    row = await SQL.one(connection, _Version, "give_back_job", **hold.parameters)
    if row is None:
        raise Fenced
    await SQL.run(connection, "give_back_attempt", **hold.parameters)
    return row.version


async def insert_diagnostic(connection: Connection, reference: str, hold: Hold, days: int, sealed: bytes) -> None:
    """Keep the encrypted detail of a failure for `days`."""
    await SQL.run(
        connection,
        "insert_diagnostic",
        reference=reference,
        job_id=hold.job_id,
        attempt_no=hold.attempt_no,
        days=days,
        sealed=sealed,
    )


async def get_diagnostic(connection: Connection, reference: str) -> SealedDiagnostic | None:
    """Return a diagnostic that has not expired, still encrypted, or None."""
    return await SQL.one(connection, SealedDiagnostic, "get_diagnostic", reference=reference)


# Workers and repair -----------------------------------------------------------------------------------------------


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


async def reap(connection: Connection) -> list[Lost]:
    """Close, as failed by `worker_lost`, up to 100 jobs whose worker is silent; the attempts are closed by the caller."""
    return await SQL.all(connection, Lost, "reap_lost")


async def close_lost(connection: Connection, lost: Lost) -> None:
    """Close the attempt and steps of a lost job."""
    hold = Hold(lost.job_id, lost.attempt_no, lost.worker_id)
    await SQL.run(
        connection, "fail_attempt", code=FailureCode.WORKER_LOST.value, params=None, diagnostic_ref=None, **hold.parameters
    )
    await SQL.run(connection, "close_steps", id=lost.job_id, attempt_no=lost.attempt_no, state="failed")


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
    await SQL.run(connection, "drop_expired")
    await SQL.run(connection, "make_partitions")
