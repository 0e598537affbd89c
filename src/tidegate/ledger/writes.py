"""What people cause in the ledger: batches, jobs, retries, cancellations. Guarded by the lock on the job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.domain.actor import Actor
from tidegate.domain.failures import Code
from tidegate.domain.lifecycle import Fenced, Origin, State
from tidegate.ledger import attempts

SQL = named_sql(__file__)


@dataclass(frozen=True)
class NewJob:
    """One item of a submission; `locator` and `root` are for workers only, `name` is safe to show."""

    id: UUID
    name: str
    kind: str
    locator: str
    root: str | None = None


class LockedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job's decisive columns, under FOR UPDATE."""

    id: UUID
    batch_id: UUID
    pipeline: str
    name: str
    state: State
    version: int
    attempt_no: int
    failure_code: Code | None
    audit_event_id: UUID
    acknowledged: bool
    external_namespace: str | None
    rerunnable: bool


class _Version(msgspec.Struct):
    version: int


async def insert_batch(
    connection: Connection,
    batch_id: UUID,
    label: str,
    pipeline: str,
    actor: Actor,
    jobs: Sequence[NewJob],
    audit_event_id: UUID,
    traceparent: str | None = None,
    *,
    namespace: str | None = None,
) -> None:
    """Write a batch with its jobs and their first attempts, in three statements whatever their number.

    `namespace` is that of the system that runs them, None when our own workers do.
    """
    shared = {"pipeline": pipeline, "submitted_by": actor.id, "submitter_name": actor.name, "audit_event_id": audit_event_id}
    await SQL.run(connection, "insert_batch", id=batch_id, label=label, job_total=len(jobs), **shared)
    await _insert_jobs(connection, batch_id, jobs, traceparent, namespace, shared)


async def extend_batch(
    connection: Connection,
    batch_id: UUID,
    pipeline: str,
    actor: Actor,
    jobs: Sequence[NewJob],
    audit_event_id: UUID,
    traceparent: str | None = None,
) -> bool:
    """Add jobs with their first attempts to a batch that grows piece by piece; False when there is none of this id."""
    if not await SQL.run(connection, "extend_batch", id=batch_id, n=len(jobs)):
        return False
    shared = {"pipeline": pipeline, "submitted_by": actor.id, "submitter_name": actor.name, "audit_event_id": audit_event_id}
    await _insert_jobs(connection, batch_id, jobs, traceparent, None, shared)
    return True


async def _insert_jobs(
    connection: Connection, batch_id: UUID, jobs: Sequence[NewJob], traceparent: str | None, namespace: str | None,
    shared: Mapping[str, object],
) -> None:  # fmt: skip
    ids = [job.id for job in jobs]
    await SQL.run(
        connection, "insert_jobs", batch_id=batch_id, ids=ids, names=[job.name for job in jobs], kinds=[job.kind for job in jobs],
        locators=[job.locator for job in jobs], roots=[job.root for job in jobs], namespace=namespace, **shared,
    )  # fmt: skip
    await SQL.run(
        connection,
        "insert_first_attempts",
        ids=ids,
        audit_event_id=shared["audit_event_id"],
        requested_by=shared["submitter_name"],
        traceparent=traceparent,
    )


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
    traceparent: str | None = None,
) -> int:
    """Take a failed job back to queued under attempt `attempt_no + 1` and return its new version. Raises Fenced."""
    await SQL.run(
        connection, "insert_retry", job_id=job_id, attempt_no=attempt_no + 1, origin=origin.value, restart=restart,
        audit_event_id=audit_event_id, requested_by=requested_by, reason=reason, delay=delay,
        traceparent=traceparent,
    )  # fmt: skip
    row = await SQL.one(
        connection, _Version, "requeue_job", id=job_id, attempt_no=attempt_no, delay=delay,
        automatic_used=automatic_used, audit_event_id=audit_event_id,
    )  # fmt: skip
    if row is None:
        raise Fenced
    if restart:
        await attempts.SQL.run(connection, "drop_checkpoints", job_id=job_id)
    return row.version


async def cancel(connection: Connection, job: LockedJob, audit_event_id: UUID) -> None:
    """Cancel a queued or running job that the caller has locked. Raises Fenced when it is in neither state."""
    if not await SQL.run(connection, "cancel_job", id=job.id, attempt_no=job.attempt_no, audit_event_id=audit_event_id):
        raise Fenced
    await SQL.run(connection, "cancel_attempt", id=job.id, attempt_no=job.attempt_no)
    await attempts.SQL.run(connection, "close_steps", id=job.id, attempt_no=job.attempt_no, state="cancelled")
