"""Working off retries of many, in pieces: each piece is one transaction, so a server that dies in the middle loses none.

Any process may do it, and several do: web servers and workers alike ask every second whether there is something to do.
"""

from dataclasses import dataclass

import msgspec
import structlog

from tidegate.access import policy
from tidegate.audit.record import Act, Target, record, record_many
from tidegate.audit.vocabulary import AuditAction, AuditOutcome, TargetKind
from tidegate.db.connect import transaction
from tidegate.db.queries import Connection
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.failures import entry_of
from tidegate.domain.lifecycle import RetryMode, State
from tidegate.domain.refusals import Forbidden, Unauthenticated
from tidegate.ledger import bulk
from tidegate.ledger.bulk import PieceJob, Requeue, Settled, Unfinished, Verdict, Why
from tidegate.operations.door import Services, current_actor
from tidegate.operations.external.again import Again, start_again
from tidegate.operations.jobs import suggested_mode
from tidegate.operations.turns import in_turns, keep_turning

PIECE = 500
"""Jobs of one transaction: about as fast as 1,000 or 2,000, and nobody waits long for its locks or for this process."""

log = structlog.get_logger("tidegate.bulk")


@dataclass(frozen=True)
class _Retry:
    """One job that is retried now, and the event that says so."""

    job: PieceJob
    mode: RetryMode
    act: Act


async def keep_working(services: Services) -> None:
    """Work off whatever was asked for, until cancelled. The database may go away: the next turn goes on."""
    await keep_turning(lambda: work_piece(services), log, "bulk_piece_failed")


async def work_piece(services: Services) -> bool:
    """Work off one piece of the oldest retry of many that nobody else is at; False when there is none."""
    async with transaction(services.pool) as connection:
        retry = await bulk.take_unfinished(connection)
        if retry is None:
            return False
        actor = await _still_allowed(connection, msgspec.convert(retry.actor, Actor))
        if isinstance(actor, str):
            await _refuse_rest(connection, retry, actor)
            return True
        await _work(services, connection, retry, actor)
        return True


async def _still_allowed(connection: Connection, asked: Actor) -> Actor | str:
    """Return who asked as they stand now, or the code of the refusal: a role that was lost ends what it began."""
    try:
        actor = await current_actor(connection, asked)
        policy.authorise(actor, Permission.JOB_RETRY)
    except (Forbidden, Unauthenticated) as refusal:
        return refusal.code
    return actor


async def _work(services: Services, connection: Connection, retry: Unfinished, actor: Actor) -> None:
    piece = await bulk.lock_piece(connection, retry, limit=PIECE)
    if not piece:
        gone = await bulk.refuse_rest(connection, retry.id, Why.GONE)
        await bulk.advance(connection, retry.id, worked_to=retry.worked_to, refused=gone, finished=True)
        return
    going = [_retry(job, retry) async for job in in_turns(piece) if _may_go(job)]
    settled = [Settled(job.id, Verdict.SKIPPED, _why_not(job)) for job in piece if not _may_go(job)]
    if going:
        await _requeue(services, connection, retry, actor, going)
    settled += [Settled(one.job.id, Verdict.RETRIED, event=one.act.id) for one in going]
    await bulk.settle(connection, retry.id, settled)
    skipped = len(piece) - len(going)
    await bulk.advance(connection, retry.id, worked_to=piece[-1].id, retried=len(going), skipped=skipped)


async def _requeue(services: Services, connection: Connection, retry: Unfinished, actor: Actor, going: list[_Retry]) -> None:
    await record_many(connection, actor, AuditAction.RETRY, [one.act for one in going])
    jobs = [Requeue(one.job.id, one.job.attempt_no, one.mode is RetryMode.RESTART, one.act.id) for one in going]
    queued = await bulk.requeue(connection, jobs, requested_by=actor.name, reason=retry.reason)
    again = [Again(one.id, one.attempt_no, one.version, one.pipeline, one.external_namespace) for one in queued]
    await start_again(services, connection, again)


async def _refuse_rest(connection: Connection, retry: Unfinished, code: str) -> None:
    refused = await bulk.refuse_rest(connection, retry.id, Why.RIGHT_LOST)
    await record(
        connection, msgspec.convert(retry.actor, Actor), AuditAction.RETRY_MANY, Target(TargetKind.BULK_RETRY, retry.id),
        outcome=AuditOutcome.DENIED, reason=retry.reason, request_id=retry.request_id, parent_id=retry.audit_event_id,
        after={"refusal": code, "jobs": refused},
    )  # fmt: skip
    await bulk.advance(connection, retry.id, worked_to=retry.worked_to, refused=refused, finished=True)


def _may_go(job: PieceJob) -> bool:
    """Tell whether a job still stands as it was frozen, and can be started again."""
    return job.rerunnable and _stands(job)


def _why_not(job: PieceJob) -> Why:
    return Why.CANNOT_BE_ASKED if _stands(job) else Why.NO_LONGER_FAILED


def _stands(job: PieceJob) -> bool:
    if job.state is not State.FAILED or job.attempt_no != job.frozen_attempt_no or job.failure_code is None:
        return False
    return entry_of(job.failure_code).by_person


def _retry(job: PieceJob, retry: Unfinished) -> _Retry:
    code = job.failure_code
    assert code is not None  # noqa: S101 - a failed job has one: CHECK failed_has_a_code
    mode = RetryMode.RESTART if job.external_namespace else retry.mode or suggested_mode(code)
    act = Act(
        target=Target(TargetKind.JOB, job.id),
        reason=retry.reason,
        request_id=retry.request_id,
        parent_id=retry.audit_event_id,
        before={"state": job.state.value, "attempt": job.attempt_no, "failure": str(code)},
        after={"state": State.QUEUED.value, "attempt": job.attempt_no + 1, "mode": mode.value},
    )
    return _Retry(job, mode, act)
