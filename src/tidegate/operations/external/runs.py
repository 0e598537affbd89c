"""What events tell of runs becomes the state of jobs: by the same transitions, under the same fence as a worker's writes.

Events may come out of order, twice, without a beginning or after the end. Each is laid beside what is known: it moves the
job where the table allows it, and else changes nothing. A run that ended stays ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import msgspec

from tidegate.access import policy
from tidegate.audit.record import Facts, Target
from tidegate.audit.vocabulary import AuditAction, TargetKind
from tidegate.domain.actor import Permission
from tidegate.domain.failures import Failure, FailureCode
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Origin, Outcome, State
from tidegate.ledger import attempts, external, writes
from tidegate.ledger.attempts import Hold
from tidegate.ledger.external import Placed, Run
from tidegate.operations.diagnostics import new_reference, seal
from tidegate.operations.door import Asking, Door, Services, perform
from tidegate.operations.external.events import EventType, RunEvent, decode
from tidegate.pipeline.step import SourceKind


class _Became(StrEnum):
    """What an event came to."""

    APPLIED = "applied"
    KNOWN = "known"
    IGNORED = "ignored"


class Recorded(msgspec.Struct, frozen=True):
    """How many events moved a job, told what was known already, and told nothing that we keep."""

    applied: int
    known: int
    ignored: int


async def receive(services: Services, asking: Asking, body: bytes) -> Recorded:
    """Take in a body of one event or an array. Raises Refusal; Invalid names the event by its `index`."""
    if not policy.may(asking.actor, Permission.LINEAGE_WRITE):
        return await perform(services, asking, RecordEvents(()))
    return await perform(services, asking, RecordEvents(decode(body)))


@dataclass(frozen=True)
class RecordEvents:
    """Make jobs of what events tell, in their order. Those that tell nothing are counted and passed over."""

    permission: ClassVar[Permission] = Permission.LINEAGE_WRITE
    action: ClassVar[AuditAction] = AuditAction.RUN_RECORD

    events: Sequence[RunEvent]

    @property
    def target(self) -> Target:
        """Batches that may not exist yet."""
        return Target(TargetKind.BATCH)

    async def carry_out(self, door: Door) -> Recorded:
        """See `Command.carry_out`."""
        telling = [event for event in self.events if event.tells_something]
        await external.lock(door.connection, list({event.pipeline for event in telling}), [event.run.run_id for event in telling])
        became = [await _apply(door, event) for event in telling]
        applied = became.count(_Became.APPLIED)
        return Recorded(applied, len(telling) - applied, len(self.events) - len(telling))


async def _apply(door: Door, event: RunEvent) -> _Became:
    run = event.told_run
    job = await external.find_run(door.connection, run.id)
    placed = job is None
    if job is None:
        job = await _place(door, event, run)
    elif job.is_current:
        job = await _hear(door, job, run)
    if not job.is_current:
        return _Became.KNOWN
    return _Became.APPLIED if await _move(door, event, job) or placed else _Became.KNOWN


async def _hear(door: Door, job: Placed, run: Run) -> Placed:
    """Note a sign of life. One of a run that was taken as lost takes that back: it is tried on, as a new attempt."""
    await external.hear(door.connection, run)
    if job.state is State.FAILED and job.failure_code == FailureCode.EXTERNAL_LOST:
        return await _again(door, job, run)
    return job


async def _move(door: Door, event: RunEvent, job: Placed) -> bool:
    """Take the job where the event says, if the table of transitions allows it from where it stands."""
    hold = Hold(job.id, job.attempt_no, event.run.run_id)
    if event.event_type is EventType.OTHER or job.state.is_terminal:
        return False
    if job.state is State.QUEUED:
        await external.begin(door.connection, hold)
    elif job.worker_id != hold.worker_id:
        return False
    if event.event_type is EventType.COMPLETE:
        await attempts.succeed(door.connection, hold, Outcome.COMPLETED, None)
    elif event.event_type in (EventType.FAIL, EventType.ABORT):
        code = FailureCode.EXTERNAL_FAILED if event.event_type is EventType.FAIL else FailureCode.EXTERNAL_ABORTED
        await _fail(door, hold, code, event.detail)
    else:
        return job.state is State.QUEUED
    return True


async def _fail(door: Door, hold: Hold, code: FailureCode, detail: str) -> None:
    services, reference = door.services, new_reference() if detail else None
    await attempts.fail(door.connection, hold, Failure(code), reference)
    if reference:
        sealed = seal(services.diagnostic_key, reference, detail)
        await attempts.insert_diagnostic(door.connection, reference, hold, services.settings.diagnostic_days, sealed)


# Placing a run that is heard of for the first time. -----------------------------------------------------------------


async def _place(door: Door, event: RunEvent, run: Run) -> Placed:
    """Find out which attempt a new run is: the one that was asked for, the next try of a known thing, or a new job's first."""
    job = await _asked_for(door, event, run) or await external.find_item(door.connection, run)
    if job is None and event.own is None:
        job = await external.find_waiting(door.connection, run)
    if job is None:
        return await _new_job(door, event, run)
    if job.state is State.FAILED:
        return await _again(door, job, run)
    await external.put_run(door.connection, run, job.id, job.attempt_no)
    return job


async def _asked_for(door: Door, event: RunEvent, run: Run) -> Placed | None:
    own = event.own
    if own is None or own.job_id is None or own.attempt is None:
        return None
    return await external.find_asked(door.connection, own.job_id, own.attempt, run.pipeline)


async def _new_job(door: Door, event: RunEvent, run: Run) -> Placed:
    """Write a job for a run, as a batch of its own, on record as submitted by whoever tells of it."""
    batch_id, job_id = new_id(), new_id()
    after: Facts = {"pipeline": run.pipeline, "jobs": 1, "label": event.name, "run": str(run.id)}
    audit_event_id = await door.record(Target(TargetKind.BATCH, batch_id), after=after)
    job = writes.NewJob(job_id, event.name, SourceKind.EXTERNAL.value, str(run.id))
    await writes.insert_batch(
        door.connection, batch_id, event.name, run.pipeline, door.actor, [job], audit_event_id, namespace=event.namespace
    )
    await external.put_pipeline(door.connection, run.pipeline)
    await external.put_run(door.connection, run, job_id, 1)
    return Placed(id=job_id, state=State.QUEUED, attempt_no=1, failure_code=None, worker_id=None, run_attempt_no=1)


async def _again(door: Door, job: Placed, run: Run) -> Placed:
    """Queue a failed job again because its own system tries it again, on record as told by whoever tells of it."""
    attempt_no = job.attempt_no + 1
    audit_event_id = await door.record(
        Target(TargetKind.JOB, job.id),
        before={"state": job.state.value, "attempt": job.attempt_no, "failure": job.failure_code},
        after={"state": State.QUEUED.value, "attempt": attempt_no, "run": str(run.id)},
    )
    await writes.requeue(
        door.connection, job.id, job.attempt_no, origin=Origin.AUTOMATIC, restart=True, audit_event_id=audit_event_id,
        requested_by=door.actor.name,
    )  # fmt: skip
    await external.put_run(door.connection, run, job.id, attempt_no)
    return Placed(
        id=job.id, state=State.QUEUED, attempt_no=attempt_no, failure_code=job.failure_code, worker_id=None,
        run_attempt_no=attempt_no,
    )  # fmt: skip
