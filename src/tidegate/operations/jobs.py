"""What people do to jobs: submit, retry, cancel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import msgspec

from tidegate.audit.record import Target
from tidegate.audit.vocabulary import AuditAction, TargetKind
from tidegate.domain.actor import Permission
from tidegate.domain.failures import Code, entry_of
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Origin, RetryMode, State
from tidegate.domain.refusals import Conflict, Invalid, NotFound
from tidegate.engine.port import Ticket
from tidegate.ledger import rerun_calls, writes
from tidegate.operations.door import Door
from tidegate.operations.external.again import Again, start_again

REASON_LIMIT = 500
"""Characters of a reason: a sentence or two, since every reader of the audit log sees it."""

BATCH_LIMIT = 100_000
"""Items of one submission: what one transaction writes in a few seconds."""


class Submitted(msgspec.Struct, frozen=True):
    """A submission's batch and jobs, in the order of its items."""

    batch_id: UUID
    job_ids: list[UUID]
    audit_event_id: UUID


class Retried(msgspec.Struct, frozen=True):
    """The attempt that a retry made, and its audit event."""

    job_id: UUID
    attempt_no: int
    mode: RetryMode
    audit_event_id: UUID


class Cancelled(msgspec.Struct, frozen=True):
    """A job that was cancelled, and the audit event of it."""

    job_id: UUID
    attempt_no: int
    audit_event_id: UUID


@dataclass(frozen=True)
class Item:
    """One thing to ingest: `kind` and `locator` as `pipeline.step.Source` has them; `name` is safe to show."""

    kind: str
    locator: str
    name: str
    root: str | None = None


@dataclass(frozen=True)
class Submit:
    """Submit items to a pipeline as one batch. Raises Invalid for an unknown pipeline, no items or too many."""

    permission: ClassVar[Permission] = Permission.JOB_SUBMIT
    action: ClassVar[AuditAction] = AuditAction.SUBMIT
    result_type: ClassVar[type[Submitted]] = Submitted

    items: Sequence[Item]
    label: str
    pipeline: str = "documents"
    reason: str | None = None

    @property
    def target(self) -> Target:
        """A batch that does not exist yet."""
        return Target(TargetKind.BATCH)

    async def carry_out(self, door: Door) -> Submitted:
        """See `Command.carry_out`."""
        self._check(door.services.pipelines)
        batch_id = new_id()
        jobs = [writes.NewJob(new_id(), item.name, item.kind, item.locator, item.root) for item in self.items]
        event = await door.record(
            Target(TargetKind.BATCH, batch_id),
            reason=self.reason,
            after={"pipeline": self.pipeline, "jobs": len(jobs), "label": self.label},
        )
        await writes.insert_batch(door.connection, batch_id, self.label, self.pipeline, door.actor, jobs, event, door.traceparent)
        await door.issue(*(Ticket(job.id, 1, 1, self.pipeline) for job in jobs))
        return Submitted(batch_id, [job.id for job in jobs], event)

    def _check(self, pipelines: Sequence[str]) -> None:
        if self.pipeline not in pipelines:
            raise Invalid("unknown_pipeline", "There is no pipeline of this name.", known=", ".join(pipelines))
        if not self.items:
            raise Invalid("nothing_to_submit", "There is nothing to ingest.")
        if len(self.items) > BATCH_LIMIT:
            raise Invalid("too_many_items", "At most {limit} items may be submitted at once.", limit=BATCH_LIMIT)


@dataclass(frozen=True)
class Retry:
    """Try a failed job again, from the last finished step (resume) or from the first (restart); None: as the failure calls for.

    One that another system runs begins from the first: it is asked to, by a call that goes out after the commit. Raises
    NotFound, Conflict when it is not failed, has changed since `expected_version`, its failure is one that no plain retry may
    follow, or its system cannot be asked; Invalid for a reason that is too long.
    """

    permission: ClassVar[Permission] = Permission.JOB_RETRY
    action: ClassVar[AuditAction] = AuditAction.RETRY
    result_type: ClassVar[type[Retried]] = Retried

    job_id: UUID
    mode: RetryMode | None = None
    reason: str | None = None
    expected_version: int | None = None

    @property
    def target(self) -> Target:
        """The job."""
        return Target(TargetKind.JOB, self.job_id)

    async def carry_out(self, door: Door) -> Retried:
        """See `Command.carry_out`."""
        job = await lock(door, self.job_id, self.expected_version, self.reason)
        if job.state is not State.FAILED or job.failure_code is None:
            raise Conflict("job_not_failed", "Only a failed job can be retried; this one is {state}.", state=job.state)
        if not job.rerunnable:
            raise Conflict(
                "cannot_be_asked", "This job runs in another system, and Tidegate has no way to ask it for another run."
            )
        if not entry_of(job.failure_code).by_person:
            raise Conflict("not_retryable", entry_of(job.failure_code).remedy, state=job.state, failure=job.failure_code)
        mode = RetryMode.RESTART if job.external_namespace else self.mode or suggested_mode(job.failure_code)
        event = await door.record(
            self.target,
            reason=self.reason,
            before={"state": job.state.value, "attempt": job.attempt_no, "failure": str(job.failure_code)},
            after={"state": State.QUEUED.value, "attempt": job.attempt_no + 1, "mode": mode.value},
        )
        version = await writes.requeue(
            door.connection, job.id, job.attempt_no, origin=Origin.PERSON, restart=mode is RetryMode.RESTART,
            audit_event_id=event, requested_by=door.actor.name, reason=self.reason, traceparent=door.traceparent,
        )  # fmt: skip
        again = Again(job.id, job.attempt_no + 1, version, job.pipeline, job.external_namespace)
        await start_again(door.services, door.connection, [again])
        return Retried(job.id, job.attempt_no + 1, mode, event)


@dataclass(frozen=True)
class Cancel:
    """Cancel a job that waits or runs. Raises NotFound, Conflict when it has ended, changed or runs elsewhere, Invalid."""

    permission: ClassVar[Permission] = Permission.JOB_CANCEL
    action: ClassVar[AuditAction] = AuditAction.CANCEL
    result_type: ClassVar[type[Cancelled]] = Cancelled

    job_id: UUID
    reason: str | None = None
    expected_version: int | None = None

    @property
    def target(self) -> Target:
        """The job."""
        return Target(TargetKind.JOB, self.job_id)

    async def carry_out(self, door: Door) -> Cancelled:
        """See `Command.carry_out`."""
        job = await lock(door, self.job_id, self.expected_version, self.reason)
        if job.state.is_terminal:
            raise Conflict(
                "job_has_ended", "Only a job that waits or runs can be cancelled; this one is {state}.", state=job.state
            )
        if job.external_namespace is not None and job.state is State.RUNNING:
            raise Conflict("runs_elsewhere", "This job runs in another system: stop it there.", state=job.state)
        event = await door.record(
            self.target,
            reason=self.reason,
            before={"state": job.state.value, "attempt": job.attempt_no},
            after={"state": State.CANCELLED.value, "attempt": job.attempt_no},
        )
        await writes.cancel(door.connection, job, event)
        await rerun_calls.withdraw(door.connection, job.id)
        return Cancelled(job.id, job.attempt_no, event)


def suggested_mode(code: Code) -> RetryMode:
    """Return where a retry after this failure should begin."""
    return RetryMode.RESTART if entry_of(code).from_start else RetryMode.RESUME


async def lock(door: Door, job_id: UUID, expected_version: int | None, reason: str | None) -> writes.LockedJob:
    """Lock the job that an act is about. Raises NotFound, Conflict when it has changed, Invalid for the reason."""
    check_reason(reason)
    job = await writes.lock_job(door.connection, job_id)
    if job is None:
        raise NotFound("job_not_found", "There is no such job.")
    if expected_version is not None and expected_version != job.version:
        raise Conflict("job_changed", "The job has changed since you looked: it is {state} now.", state=job.state)
    return job


def check_reason(reason: str | None) -> None:
    """Raise Invalid for a reason that is longer than REASON_LIMIT."""
    if reason is not None and len(reason) > REASON_LIMIT:
        raise Invalid("reason_too_long", "A reason has at most {limit} characters.", limit=REASON_LIMIT)
