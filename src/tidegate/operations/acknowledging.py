"""Acknowledging failures: saying that they may stay as they are, and why; and taking that back."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from tidegate.access import policy
from tidegate.audit.record import Act, Target, record_many
from tidegate.audit.vocabulary import AuditAction, TargetKind
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Attention, State
from tidegate.domain.refusals import Conflict, Invalid
from tidegate.ledger import acknowledging
from tidegate.ledger.acknowledging import Counted
from tidegate.ledger.views import JobFilter
from tidegate.operations.bulk_retry import check_needed_reason, until
from tidegate.operations.door import Door, Services
from tidegate.operations.jobs import lock
from tidegate.operations.reading import check_filter

ACKNOWLEDGE_LIMIT = 10_000
"""Failures of one acknowledgement: what one transaction records in about a second."""


class Acknowledged(msgspec.Struct, frozen=True):
    """A job whose failure was acknowledged, or no longer is, and the audit event of it."""

    job_id: UUID
    acknowledged: bool
    audit_event_id: UUID


class AcknowledgedMany(msgspec.Struct, frozen=True):
    """How many failures were acknowledged; each has an event of its own below this one."""

    jobs: int
    audit_event_id: UUID


@dataclass(frozen=True)
class Acknowledge:
    """Acknowledge the failure of a job. Raises NotFound, Invalid without a reason, Conflict when it has none unresolved."""

    permission: ClassVar[Permission] = Permission.JOB_ACKNOWLEDGE
    action: ClassVar[AuditAction] = AuditAction.ACKNOWLEDGE
    result_type: ClassVar[type[Acknowledged]] = Acknowledged

    job_id: UUID
    reason: str
    expected_version: int | None = None

    @property
    def target(self) -> Target:
        """The job."""
        return Target(TargetKind.JOB, self.job_id)

    async def carry_out(self, door: Door) -> Acknowledged:
        """See `Command.carry_out`."""
        check_needed_reason(self.reason)
        job = await lock(door, self.job_id, self.expected_version, self.reason)
        if job.state is not State.FAILED:
            raise Conflict("job_not_failed", "Only a failure can be acknowledged; this job is {state}.", state=job.state)
        if job.acknowledged:
            raise Conflict("already_acknowledged", "This failure is acknowledged already.", state=job.state)
        event = await door.record(
            self.target, reason=self.reason, before={"attention": Attention.UNRESOLVED.value},
            after={"attention": Attention.ACKNOWLEDGED.value},
        )  # fmt: skip
        await acknowledging.acknowledge(door.connection, [(job.id, event)], acknowledged_by=door.actor.name, reason=self.reason)
        return Acknowledged(job.id, acknowledged=True, audit_event_id=event)


@dataclass(frozen=True)
class Unacknowledge:
    """Take an acknowledgement back. Raises NotFound, Conflict when the job's failure is not acknowledged."""

    permission: ClassVar[Permission] = Permission.JOB_ACKNOWLEDGE
    action: ClassVar[AuditAction] = AuditAction.UNACKNOWLEDGE
    result_type: ClassVar[type[Acknowledged]] = Acknowledged

    job_id: UUID
    reason: str | None = None
    expected_version: int | None = None

    @property
    def target(self) -> Target:
        """The job."""
        return Target(TargetKind.JOB, self.job_id)

    async def carry_out(self, door: Door) -> Acknowledged:
        """See `Command.carry_out`."""
        job = await lock(door, self.job_id, self.expected_version, self.reason)
        if not job.acknowledged:
            raise Conflict("not_acknowledged", "The failure of this job is not acknowledged.", state=job.state)
        event = await door.record(
            self.target, reason=self.reason, before={"attention": Attention.ACKNOWLEDGED.value},
            after={"attention": Attention.UNRESOLVED.value},
        )  # fmt: skip
        await acknowledging.unacknowledge(door.connection, job.id, event)
        return Acknowledged(job.id, acknowledged=False, audit_event_id=event)


@dataclass(frozen=True)
class AcknowledgeMany:
    """Acknowledge all unresolved failures of a filter, in one transaction. Raises Invalid without a reason or for too many.

    Give `as_of` and `expected` of what somebody was shown to acknowledge that and no more. Raises Conflict when there are
    none, or more than `expected`.
    """

    permission: ClassVar[Permission] = Permission.JOB_ACKNOWLEDGE
    action: ClassVar[AuditAction] = AuditAction.ACKNOWLEDGE_MANY
    result_type: ClassVar[type[AcknowledgedMany]] = AcknowledgedMany

    narrowed: JobFilter
    reason: str
    expected: int | None = None
    as_of: datetime | None = None

    @property
    def target(self) -> Target:
        """Jobs by their filter."""
        return Target(TargetKind.JOBS)

    async def carry_out(self, door: Door) -> AcknowledgedMany:
        """See `Command.carry_out`."""
        check_needed_reason(self.reason)
        check_filter(self.narrowed, 1)
        narrowed = until(self.narrowed, self.as_of) if self.as_of else self.narrowed
        jobs = await acknowledging.lock_unresolved(door.connection, narrowed, limit=ACKNOWLEDGE_LIMIT + 1)
        self._check(len(jobs))
        told = {name: str(value) for name, value in msgspec.to_builtins(self.narrowed).items() if name != "ids"}
        parent = await door.record(self.target, reason=self.reason, after={**told, "jobs": len(jobs)})
        acts = [self._act(door, job, parent) for job in jobs]
        await record_many(door.connection, door.actor, AuditAction.ACKNOWLEDGE, acts)
        pairs = [(job.id, act.id) for job, act in zip(jobs, acts, strict=True)]
        await acknowledging.acknowledge(door.connection, pairs, acknowledged_by=door.actor.name, reason=self.reason)
        return AcknowledgedMany(len(jobs), parent)

    def _act(self, door: Door, job: acknowledging.Unresolved, parent: UUID) -> Act:
        return Act(
            target=Target(TargetKind.JOB, job.id), reason=self.reason, request_id=door.asking.request_id, parent_id=parent,
            before={"attention": Attention.UNRESOLVED.value}, after={"attention": Attention.ACKNOWLEDGED.value}, id=new_id(),
        )  # fmt: skip

    def _check(self, n: int) -> None:
        _check_number(n)
        if not n:
            raise Conflict("nothing_to_acknowledge", "None of these jobs has an unresolved failure.")
        if self.expected is not None and n > self.expected:
            raise Conflict("set_changed", "More failures would be acknowledged than you were shown; look again.", now=n)


async def preview(services: Services, actor: Actor, narrowed: JobFilter) -> Counted:
    """Return how many failures of a filter would be acknowledged. Raises Forbidden, Unauthenticated, Invalid for too many."""
    policy.authorise(actor, Permission.JOB_ACKNOWLEDGE)
    check_filter(narrowed, 1)
    async with services.pool.connection() as connection:
        found = await acknowledging.count_unresolved(connection, narrowed, limit=ACKNOWLEDGE_LIMIT + 1)
    _check_number(found.n)
    return found


def _check_number(n: int) -> None:
    if n > ACKNOWLEDGE_LIMIT:
        raise Invalid("too_many_jobs", "At most {limit} failures may be acknowledged at once.", limit=ACKNOWLEDGE_LIMIT)
