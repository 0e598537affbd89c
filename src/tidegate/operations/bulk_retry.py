"""Retrying many jobs as one act: a preview that changes nothing, and a request that freezes the set.

The set is worked off by `operations.bulk_working`, on the server, so it ends whatever becomes of the browser.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from tidegate.access import policy
from tidegate.audit.record import Facts, Target
from tidegate.audit.vocabulary import AuditAction, TargetKind
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.failures import Code, entry_of, no_person_may_retry
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Attention, RetryMode
from tidegate.domain.refusals import Conflict, Invalid, NotFound
from tidegate.ledger import bulk, reads
from tidegate.ledger.bulk import BulkRetry, FailedSum, Verdict, Why
from tidegate.ledger.views import JobFilter, JobSummary
from tidegate.operations.door import Door, Services
from tidegate.operations.jobs import check_reason, suggested_mode
from tidegate.operations.reading import check_filter

BULK_LIMIT = 100_000
"""Jobs of one retry: what is frozen in a second or two, and worked off in under a minute."""

SAMPLE = 5
"""Jobs that a preview shows by name, of the newest SAMPLED: some of those may be left out."""

SAMPLED = 50


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How many jobs will begin where: resume at `step` ('' for the first), or restart from the first."""

    mode: RetryMode
    step: str
    n: int


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many jobs will be left out, and why; the failure's remedy tells what would help."""

    why: Why
    failure_code: Code
    n: int


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a retry of many would do to the jobs that had failed at `as_of`. Nothing was changed, nothing recorded."""

    as_of: datetime
    will_retry: int
    plans: list[Plan]
    left_out: list[LeftOut]
    sample: list[JobSummary]


@dataclass(frozen=True)
class RetryMany:
    """Retry all failed jobs of a filter. Give `as_of` and `expected` of a preview to retry what was previewed and no more.

    Raises Invalid without a reason, for nothing to retry or too many; Conflict when more would be retried than `expected`.
    """

    permission: ClassVar[Permission] = Permission.JOB_RETRY
    action: ClassVar[AuditAction] = AuditAction.RETRY_MANY
    result_type: ClassVar[type[BulkRetry]] = BulkRetry

    narrowed: JobFilter
    reason: str
    mode: RetryMode | None = None
    as_of: datetime | None = None
    expected: int | None = None

    @property
    def target(self) -> Target:
        """A retry of many that does not exist yet."""
        return Target(TargetKind.BULK_RETRY)

    async def carry_out(self, door: Door) -> BulkRetry:
        """See `Command.carry_out`."""
        check_needed_reason(self.reason)
        check_filter(self.narrowed, 1)
        id, now = new_id(), await bulk.now(door.connection)
        as_of = min(self.as_of or now, now)
        narrowed = until(self.narrowed, as_of)
        frozen = await bulk.freeze(door.connection, id, narrowed, no_person_may_retry(), limit=BULK_LIMIT + 1)
        self._check(frozen)
        event = await door.record(Target(TargetKind.BULK_RETRY, id), reason=self.reason, after=self._facts(frozen))
        made = BulkRetry(
            id=id, requested_by=door.actor.id, requester_name=door.actor.name, narrowed=self.narrowed, mode=self.mode,
            reason=self.reason, as_of=as_of, created_at=now, finished_at=None, total=frozen.total, retried=0,
            left_out=frozen.left_out, skipped=0, refused=0, audit_event_id=event,
        )  # fmt: skip
        await bulk.insert(door.connection, made, door.actor, door.asking.request_id)
        return made

    def _check(self, frozen: bulk.Frozen) -> None:
        waiting = frozen.total - frozen.left_out
        if frozen.total > BULK_LIMIT:
            raise Invalid("too_many_jobs", "At most {limit} jobs may be retried at once.", limit=BULK_LIMIT)
        if not waiting:
            raise Conflict("nothing_to_retry", "None of these jobs can be retried now.")
        if self.expected is not None and waiting > self.expected:
            raise Conflict("set_changed", "More jobs would be retried than you were shown; look again.", now=waiting)

    def _facts(self, frozen: bulk.Frozen) -> Facts:
        told = {name: str(value) for name, value in msgspec.to_builtins(self.narrowed).items() if name != "ids"}
        mode = self.mode.value if self.mode else None
        return {**told, "jobs": frozen.total - frozen.left_out, "left_out": frozen.left_out, "mode": mode}


async def preview(services: Services, actor: Actor, narrowed: JobFilter, mode: RetryMode | None = None) -> Preview:
    """Return what a retry of these jobs would do. Raises Forbidden, Unauthenticated, Invalid for too many."""
    policy.authorise(actor, Permission.JOB_RETRY)
    check_filter(narrowed, 1)
    async with services.pool.connection() as connection:
        as_of = await bulk.now(connection)
        sums = await bulk.sum_failed(connection, until(narrowed, as_of), limit=BULK_LIMIT + 1)
        newest = await reads.list_jobs(connection, until(narrowed, as_of), before=None, limit=SAMPLED)
    if sum(one.n for one in sums) > BULK_LIMIT:
        raise Invalid("too_many_jobs", "At most {limit} jobs may be retried at once.", limit=BULK_LIMIT)
    asked_for = narrowed.attention is Attention.ACKNOWLEDGED
    going = [one for one in sums if _why_not(one, with_acknowledged=asked_for) is None]
    kinds = {(one.failure_code, one.acknowledged, one.rerunnable) for one in going}
    return Preview(
        as_of=as_of,
        will_retry=sum(one.n for one in going),
        plans=_plans(going, mode),
        left_out=[
            LeftOut(why=why, failure_code=one.failure_code, n=one.n)
            for one in sums
            if (why := _why_not(one, with_acknowledged=asked_for)) is not None
        ],
        sample=[job for job in newest.jobs if (job.failure_code, job.acknowledged_at is not None, job.rerunnable) in kinds][
            :SAMPLE
        ],
    )


async def get(services: Services, actor: Actor, id: UUID) -> BulkRetry:
    """Return one retry of many. Raises Forbidden, Unauthenticated, NotFound."""
    policy.authorise(actor, Permission.JOB_READ)
    async with services.pool.connection() as connection:
        found = await bulk.get(connection, id)
    if found is None:
        raise NotFound("bulk_retry_not_found", "There is no such retry.")
    return found


async def outcomes(services: Services, actor: Actor, retry: BulkRetry) -> dict[str, int] | None:
    """Return how its retried jobs stand now, None when they are too many to look up. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.JOB_READ)
    async with services.pool.connection() as connection:
        return await bulk.sum_outcomes(connection, retry)


async def list_bulk(services: Services, actor: Actor, *, before: UUID | None = None, limit: int = 50) -> list[BulkRetry]:
    """Return retries of many, newest first. Raises Forbidden, Unauthenticated, Invalid."""
    policy.authorise(actor, Permission.JOB_READ)
    check_filter(JobFilter(), limit)
    async with services.pool.connection() as connection:
        return await bulk.list_bulk(connection, before=before, limit=limit)


async def list_items(
    services: Services, actor: Actor, id: UUID, *, verdict: Verdict | None = None, ids: Sequence[UUID] | None = None,
    before: UUID | None = None, limit: int = 50,
) -> list[bulk.Item]:  # fmt: skip
    """Return jobs of a retry of many, newest first, `ids` for those alone. Raises Forbidden, Unauthenticated, Invalid."""
    policy.authorise(actor, Permission.JOB_READ)
    check_filter(JobFilter(), limit)
    async with services.pool.connection() as connection:
        return await bulk.list_items(connection, id, verdict=verdict, ids=ids, before=before, limit=limit)


def check_needed_reason(reason: str) -> None:
    """Raise Invalid for a reason that is missing or too long."""
    check_reason(reason)
    if not reason.strip():
        raise Invalid("reason_missing", "Say why: what is done to many jobs needs a reason.")


def until(narrowed: JobFilter, as_of: datetime) -> JobFilter:
    """Leave out what failed after `as_of`."""
    latest = min(as_of, narrowed.failed_until) if narrowed.failed_until else as_of
    return msgspec.structs.replace(narrowed, failed_until=latest)


def _why_not(one: FailedSum, *, with_acknowledged: bool) -> Why | None:
    if not entry_of(one.failure_code).by_person:
        return Why.NOT_RETRYABLE
    if not one.rerunnable:
        return Why.CANNOT_BE_ASKED
    return Why.ACKNOWLEDGED if one.acknowledged and not with_acknowledged else None


def _plans(going: list[FailedSum], mode: RetryMode | None) -> list[Plan]:
    plans: dict[tuple[RetryMode, str], int] = {}
    for one in going:
        its = RetryMode.RESTART if one.external else mode or suggested_mode(one.failure_code)
        key = (its, one.step if its is RetryMode.RESUME else "")
        plans[key] = plans.get(key, 0) + one.n
    return [Plan(mode=its, step=step, n=n) for (its, step), n in sorted(plans.items(), key=lambda pair: -pair[1])]
