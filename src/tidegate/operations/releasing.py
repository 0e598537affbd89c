"""Releasing a job from quarantine: an administrator's decision to read once more what has stopped worker after worker."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import msgspec

from tidegate.audit.record import Target
from tidegate.audit.vocabulary import AuditAction, TargetKind
from tidegate.domain.actor import Permission
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import Origin, State
from tidegate.domain.refusals import Conflict
from tidegate.engine.port import Ticket
from tidegate.ledger import writes
from tidegate.operations.bulk_retry import check_needed_reason
from tidegate.operations.door import Door
from tidegate.operations.jobs import lock


class Released(msgspec.Struct, frozen=True):
    """The attempt that a release made, and its audit event."""

    job_id: UUID
    attempt_no: int
    audit_event_id: UUID


@dataclass(frozen=True)
class Release:
    """Queue a quarantined job again, from its first step. Raises NotFound, Invalid without a reason, Conflict."""

    permission: ClassVar[Permission] = Permission.JOB_RELEASE
    action: ClassVar[AuditAction] = AuditAction.RELEASE
    result_type: ClassVar[type[Released]] = Released

    job_id: UUID
    reason: str
    expected_version: int | None = None

    @property
    def target(self) -> Target:
        """The job."""
        return Target(TargetKind.JOB, self.job_id)

    async def carry_out(self, door: Door) -> Released:
        """See `Command.carry_out`."""
        check_needed_reason(self.reason)
        job = await lock(door, self.job_id, self.expected_version, self.reason)
        if job.state is not State.FAILED or job.failure_code != FailureCode.QUARANTINED:
            raise Conflict("not_quarantined", "Only a job in quarantine can be released.", state=job.state)
        event = await door.record(
            self.target, reason=self.reason,
            before={"state": job.state.value, "attempt": job.attempt_no, "failure": str(job.failure_code)},
            after={"state": State.QUEUED.value, "attempt": job.attempt_no + 1},
        )  # fmt: skip
        version = await writes.requeue(
            door.connection, job.id, job.attempt_no, origin=Origin.PERSON, restart=True, audit_event_id=event,
            requested_by=door.actor.name, reason=self.reason, traceparent=door.traceparent,
        )  # fmt: skip
        await door.issue(Ticket(job.id, job.attempt_no + 1, version, job.pipeline))
        return Released(job.id, job.attempt_no + 1, event)
