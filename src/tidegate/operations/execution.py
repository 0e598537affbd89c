"""What workers and the repair loops do to the ledger. Each write carries the fence; Fenced means: discard and stop.

The catalogue decides on automatic retries. They are new attempts with new tickets, made in the transaction that
closes the attempt before, so there is no moment in which a failure that will be retried looks final.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import structlog

from tidegate.db.connect import transaction
from tidegate.db.queries import Connection
from tidegate.domain.failures import CATALOGUE, Code, Failure, FailureCode, entry_of
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Origin, Outcome
from tidegate.engine.port import Ticket
from tidegate.ledger import attempts, repair, writes
from tidegate.ledger.attempts import Begun, Checkpoint, FinishedStep, FirstStep, Hold
from tidegate.operations.diagnostics import new_reference, seal
from tidegate.operations.door import Services
from tidegate.pipeline.step import Ingested

log = structlog.get_logger("tidegate.execution")

AUTOMATIC_LIMIT = 10
"""Automatic retries of one job altogether since a person last asked: whatever codes take turns, it comes to an end."""

LOSSES = CATALOGUE[FailureCode.WORKER_LOST].automatic
"""Workers that a job may lose. Its next attempt runs alone, so that nothing else can be at fault; then it is quarantined."""

REAP_SECONDS = 1.0
"""How often each worker looks for what silent workers ran."""


@dataclass(frozen=True)
class Claim:
    """A claimed attempt with what earlier attempts left to resume from; `alone` when its worker must run nothing beside it.

    `in_first_step`: its first step was recorded as begun in the claim's own transaction.
    """

    hold: Hold
    begun: Begun
    checkpoints: list[Checkpoint]
    in_first_step: bool = False

    @property
    def alone(self) -> bool:
        """Whether the job has lost so many workers that this attempt is its last, and must run alone."""
        return self.begun.losses >= LOSSES


async def begin(services: Services, hold: Hold, first_steps: Mapping[str, FirstStep] | None = None) -> Claim | None:
    """Claim an attempt; None when it is not to be had (a second delivery, cancelled, not due, lease run out).

    With `first_steps`, by pipeline, an attempt that has nothing to resume is in its first step by the same commit.
    """
    async with transaction(services.pool) as connection:
        begun = await attempts.begin(connection, hold)
        if begun is None:
            return None
        checkpoints = await attempts.list_checkpoints(connection, hold.job_id)
        first = None if checkpoints else (first_steps or {}).get(begun.pipeline)
        if first is not None:
            await attempts.start_step(connection, hold, 1, first.step_total, first.name)
        return Claim(hold, begun, checkpoints, first is not None)


async def start_step(
    services: Services, hold: Hold, step_no: int, step_total: int, name: str, finished: FinishedStep | None = None
) -> None:
    """Record a step's beginning, together with the end of the one before it. Raises Fenced."""
    async with transaction(services.pool) as connection:
        if finished is not None:
            await attempts.take_fence(connection, hold)
            await attempts.finish_step(connection, hold, finished)
        await attempts.start_step(connection, hold, step_no, step_total, name)


async def resume_steps(services: Services, hold: Hold, finished: list[tuple[int, str]]) -> None:
    """Record the steps that need not run again. Raises Fenced."""
    async with transaction(services.pool) as connection:
        await attempts.take_fence(connection, hold)
        for step_no, name in finished:
            await attempts.resume_step(connection, hold, step_no, name)


async def set_progress(services: Services, hold: Hold, done: int, total: int | None, unit: str) -> None:
    """Record how far a step has come. Raises Fenced."""
    async with services.pool.connection() as connection:
        await attempts.set_progress(connection, hold, done, total, unit)


async def known_content(services: Services, pipeline: str, sha256: str) -> UUID | None:
    """Return the document that this content already is, or None."""
    async with services.pool.connection() as connection:
        return await attempts.known_document(connection, pipeline, sha256)


async def succeed(services: Services, hold: Hold, result: object) -> Outcome:
    """Commit the result together with the job's success. Raises Fenced.

    An `Ingested` becomes a document with its passages; when the same content was committed meanwhile by another job,
    the outcome is `duplicate_content`. Any other result is the pipeline's own affair.
    """
    async with transaction(services.pool) as connection:
        job = await attempts.take_fence(connection, hold)
        outcome, document_id = Outcome.INGESTED, None
        if isinstance(result, Ingested):
            outcome, document_id = await _store(connection, hold, job, result)
        await attempts.succeed(connection, hold, outcome, document_id)
        return outcome


async def end_well(services: Services, hold: Hold, outcome: Outcome, document_id: UUID | None) -> None:
    """End a job that leaves nothing to store, or whose content is the known document. Raises Fenced."""
    async with transaction(services.pool) as connection:
        await attempts.take_fence(connection, hold)
        await attempts.succeed(connection, hold, outcome, document_id)


async def succeed_as_duplicate(services: Services, hold: Hold, document_id: UUID) -> None:
    """End a job whose content is known already. Raises Fenced."""
    await end_well(services, hold, Outcome.DUPLICATE_CONTENT, document_id)


async def fail(services: Services, hold: Hold, failure: Failure, detail: str) -> bool:
    """Close an attempt as failed, keep the detail as a diagnostic and retry by the catalogue. Raises Fenced.

    Returns whether a retry was scheduled.
    """
    reference = new_reference() if detail else None
    async with transaction(services.pool) as connection:
        job = await attempts.take_fence(connection, hold)
        await attempts.fail(connection, hold, failure, reference)
        if reference:
            sealed = seal(services.diagnostic_key, reference, detail)
            await attempts.insert_diagnostic(connection, reference, hold, services.settings.diagnostic_days, sealed)
        return await _retry_automatically(services, connection, hold, job, failure.code, Origin.AUTOMATIC)


async def give_back(services: Services, hold: Hold) -> None:
    """Put an attempt back in the queue unharmed, for another worker: a stopping worker's last act. Raises Fenced."""
    async with transaction(services.pool) as connection:
        job = await attempts.take_fence(connection, hold)
        version = await attempts.give_back(connection, hold)
        await services.engine.issue(connection, [Ticket(hold.job_id, hold.attempt_no, version, job.pipeline, urgent=True)])


async def reap(services: Services) -> int:
    """Close what silent workers ran as `worker_lost` and start it again, or quarantine it; return the number of jobs."""
    async with transaction(services.pool) as connection:
        lost = await repair.reap(connection, losses=LOSSES)
        for one in lost:
            await repair.close_lost(connection, one)
            if one.failure_code == FailureCode.QUARANTINED:
                continue
            job = attempts.FencedJob(one.job_id, one.pipeline, "", one.automatic_used)
            hold = Hold(one.job_id, one.attempt_no, one.worker_id)
            await _retry_automatically(services, connection, hold, job, FailureCode.WORKER_LOST, Origin.WORKER_LOST)
        return len(lost)


async def reconcile(services: Services, *, grace_seconds: float) -> int:
    """Issue tickets for queued jobs that have none, whatever became of them; return their number."""
    async with transaction(services.pool) as connection:
        await services.engine.free_silent(connection)
        bare = await repair.unticketed(connection, grace_seconds=grace_seconds)
        await services.engine.issue(connection, [Ticket(one.job_id, one.attempt_no, one.version, one.pipeline) for one in bare])
        return len(bare)


async def tidy(services: Services) -> None:
    """Keep counters short, expired rows gone and partitions ahead."""
    async with transaction(services.pool) as connection:
        await repair.tidy(connection)


async def forget(services: Services) -> None:
    """Drop the oldest month that need not be kept any more, where the settings say how many are; the log tells of it."""
    kept = services.settings.retention_months
    if not kept:
        return
    async with transaction(services.pool) as connection:
        dropped = await repair.drop_month(connection, kept=kept)
    if dropped is not None:
        log.info("month_dropped", month=dropped.month, jobs=dropped.jobs, kept_months=kept)


async def enlist(services: Services, worker_id: UUID, host: str, pid: int, pipelines: list[str]) -> None:
    """Register a worker's incarnation."""
    settings = services.settings
    async with services.pool.connection() as connection:
        await repair.enlist(connection, worker_id, host, pid, pipelines, settings.concurrency, settings.lease_seconds)


async def renew(services: Services, worker_id: UUID) -> set[tuple[UUID, int]] | None:
    """Renew a worker's lease and return the attempts that are still its own; None when the lease has run out."""
    async with services.pool.connection() as connection:
        if not await repair.renew(connection, worker_id, services.settings.lease_seconds):
            return None
        return await repair.still_mine(connection, worker_id)


async def dismiss(services: Services, worker_id: UUID) -> None:
    """End a worker's incarnation."""
    async with services.pool.connection() as connection:
        await repair.dismiss(connection, worker_id)


def next_backoff(code: Code, so_far: int, automatic_used: int) -> float | None:
    """Return the seconds until a job is retried by itself after a failure, None when it is not.

    `so_far` is how often the same code has closed an attempt before, since a person last asked for one.
    """
    return None if automatic_used >= AUTOMATIC_LIMIT else entry_of(code).backoff(so_far)


async def _store(connection: Connection, hold: Hold, job: attempts.FencedJob, made: Ingested) -> tuple[Outcome, UUID | None]:
    id = new_id()
    document: dict[str, object] = {
        "id": id, "pipeline": job.pipeline, "sha256": made.sha256, "job_id": hold.job_id, "attempt_no": hold.attempt_no,
        "name": job.name, "title": made.title, "media_type": made.media_type, "size_bytes": made.size_bytes,
        "characters": made.characters, "pages": made.pages,
    }  # fmt: skip
    chunks = [(chunk.page_from, chunk.page_to, chunk.text.replace("\x00", "")) for chunk in made.chunks]
    if await attempts.insert_document(connection, document, chunks):
        return Outcome.INGESTED, id
    return Outcome.DUPLICATE_CONTENT, await attempts.known_document(connection, job.pipeline, made.sha256)


async def _retry_automatically(
    services: Services, connection: Connection, hold: Hold, job: attempts.FencedJob, code: Code, origin: Origin
) -> bool:
    so_far = await attempts.automatic_retries(connection, hold.job_id, code) - 1
    backoff = next_backoff(code, so_far, job.automatic_used)
    if backoff is None:
        return False
    delay = backoff * services.settings.retry_delay_scale
    version = await writes.requeue(
        connection,
        hold.job_id,
        hold.attempt_no,
        origin=origin,
        delay=delay,
        automatic_used=job.automatic_used + 1,
        traceparent=services.tracing.here(),
    )
    urgent = origin is Origin.WORKER_LOST  # it has waited for its turn already
    await services.engine.issue(connection, [Ticket(hold.job_id, hold.attempt_no + 1, version, job.pipeline, delay, urgent)])
    return True
