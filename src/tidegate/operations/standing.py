"""Why a job stands where it stands, as one of a few kinds with typed facts; the faces put it in words."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from tidegate.access import policy
from tidegate.db.queries import Connection
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.failures import Code, FailureCode, entry_of
from tidegate.domain.lifecycle import Origin, State
from tidegate.engine.port import Ticket
from tidegate.ledger import external
from tidegate.ledger import standing as ledger
from tidegate.ledger.external import Heard
from tidegate.ledger.standing import Crew, Holder, Line
from tidegate.ledger.views import Attempt, Job, JobSummary, Worker
from tidegate.operations.door import Services
from tidegate.operations.execution import AUTOMATIC_LIMIT, REAP_SECONDS, next_backoff
from tidegate.pipeline import registry
from tidegate.pipeline.extract import extract
from tidegate.pipeline.fetch import fetch
from tidegate.pipeline.step import SourceKind
from tidegate.settings import Settings

STILL_SECONDS = 60.0
"""A running job without progress for so long is told of: readers report each page, and most documents take seconds."""


class StandingKind(StrEnum):
    """The closed set of answers; the first that holds is given, in this order for each state."""

    NO_WORKER = "no_worker"
    RETRY_LATER = "retry_later"
    WAITING = "waiting"
    WORKER_LOST = "worker_lost"
    NO_PROGRESS = "no_progress"
    MOVING = "moving"
    ELSEWHERE_WAITING = "elsewhere_waiting"
    ELSEWHERE_RUNNING = "elsewhere_running"


class PlannedRetry(msgspec.Struct, kw_only=True, frozen=True):
    """An automatic retry that is not due yet: the `number`-th of `of`; its attempt is one of at most `attempts`."""

    at: datetime
    number: int
    of: int
    attempts: int


class StepLimit(msgspec.Struct, kw_only=True, frozen=True):
    """What ends a step by itself, by the settings of the process that tells: the worker may be set otherwise."""

    seconds: float
    ends_at: datetime


class Standing(msgspec.Struct, kw_only=True, frozen=True):
    """Where a job that has not ended stands, by the database's clock.

    `line` is given to those that wait, or will again because their worker is lost; `holder` to those that run, None when
    the worker is forgotten. A lost one is queued again at about `requeued_at`; None when no worker is alive to see to it,
    or when `gives_up`: it fails then, for it was lost too often. `heard` is given to those that another system runs.
    """

    kind: StandingKind
    as_of: datetime
    crew: Crew
    line: Line | None = None
    retry: PlannedRetry | None = None
    holder: Holder | None = None
    requeued_at: datetime | None = None
    gives_up: bool = False
    progress_at: datetime | None = None
    limit: StepLimit | None = None
    heard: Heard | None = None


async def standing(services: Services, actor: Actor, job: Job) -> Standing | None:
    """Return where a job stands, None when it has ended. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.JOB_READ)
    if job.summary.state.is_terminal:
        return None
    async with services.pool.connection() as connection:
        crew = await ledger.crew(connection, job.summary.pipeline)
        if job.summary.is_external:
            return await _elsewhere(connection, job.summary, crew)
        if job.summary.state is State.RUNNING:
            return await _running(connection, services.settings, job, crew)
        return await _queued(connection, job, crew)


def hindrance(job: JobSummary, workers: Sequence[Worker], now: datetime) -> StandingKind | None:
    """Return what holds a job up, as far as its row and the living workers tell; None when nothing does, or it runs elsewhere."""
    if job.is_external:
        return None
    if job.state is State.QUEUED and not any(job.pipeline in worker.pipelines for worker in workers):
        return StandingKind.NO_WORKER
    if job.state is State.RUNNING and not any(job.worker_id == worker.id for worker in workers):
        return StandingKind.WORKER_LOST
    return StandingKind.NO_PROGRESS if job.state is State.RUNNING and _is_still(job, now) else None


async def _elsewhere(connection: Connection, job: JobSummary, crew: Crew) -> Standing:
    kind = StandingKind.ELSEWHERE_RUNNING if job.state is State.RUNNING else StandingKind.ELSEWHERE_WAITING
    heard = await external.heard(connection, job.id, job.attempt_no)
    return Standing(kind=kind, as_of=crew.as_of, crew=crew, heard=heard)


async def _queued(connection: Connection, job: Job, crew: Crew) -> Standing:
    summary = job.summary
    retry = _planned_retry(job, crew.as_of)
    if not crew.workers:
        return Standing(kind=StandingKind.NO_WORKER, as_of=crew.as_of, crew=crew, retry=retry)
    if retry is not None:
        return Standing(kind=StandingKind.RETRY_LATER, as_of=crew.as_of, crew=crew, retry=retry)
    ticket = Ticket(summary.id, summary.attempt_no, summary.version, summary.pipeline).key
    line = await ledger.line(connection, summary.pipeline, ticket)
    return Standing(kind=StandingKind.WAITING, as_of=crew.as_of, crew=crew, line=line)


async def _running(connection: Connection, settings: Settings, job: Job, crew: Crew) -> Standing:
    summary = job.summary
    holder = await ledger.holder(connection, summary.worker_id)
    if holder is None or holder.held_until <= crew.as_of:
        return await _lost(connection, job, crew, holder)
    kind = StandingKind.NO_PROGRESS if _is_still(summary, crew.as_of) else StandingKind.MOVING
    return Standing(
        kind=kind, as_of=crew.as_of, crew=crew, holder=holder, progress_at=summary.progress_at, limit=_limit(settings, job)
    )


async def _lost(connection: Connection, job: Job, crew: Crew, holder: Holder | None) -> Standing:
    """A living worker, of any pipeline, queues what a lost one ran again, within a turn of its repair."""
    reaped_at = max(crew.as_of, (holder.held_until if holder else crew.as_of) + timedelta(seconds=REAP_SECONDS))
    lost_before = _failures(job.attempts, FailureCode.WORKER_LOST)
    gives_up = next_backoff(FailureCode.WORKER_LOST, lost_before, job.summary.automatic_used) is None
    return Standing(
        kind=StandingKind.WORKER_LOST,
        as_of=crew.as_of,
        crew=crew,
        line=await ledger.line(connection, job.summary.pipeline, None),
        holder=holder,
        requeued_at=reaped_at if (crew.workers or crew.elsewhere) and not gives_up else None,
        gives_up=gives_up,
        progress_at=job.summary.progress_at,
    )


def _is_still(job: JobSummary, now: datetime) -> bool:
    return job.progress_at is not None and (now - job.progress_at).total_seconds() >= STILL_SECONDS


def _planned_retry(job: Job, now: datetime) -> PlannedRetry | None:
    summary = job.summary
    if summary.failure_code is None or summary.run_after is None or summary.run_after <= now:
        return None
    number = _failures(job.attempts, summary.failure_code)
    left = max(0, min(entry_of(summary.failure_code).automatic - number, AUTOMATIC_LIMIT - summary.automatic_used))
    return PlannedRetry(at=summary.run_after, number=number, of=number + left, attempts=summary.attempt_no + left)


def _failures(attempts: Sequence[Attempt], code: Code) -> int:
    """Return how often a code has closed an attempt since a person last asked for one."""
    return sum(attempt.failure_code == code for attempt in _since_a_person_asked(attempts))


def _since_a_person_asked(attempts: Sequence[Attempt]) -> Iterator[Attempt]:
    for attempt in attempts:
        yield attempt
        if attempt.origin in (Origin.SUBMITTED, Origin.PERSON):
            return


def _limit(settings: Settings, job: Job) -> StepLimit | None:
    """Return the limit that ends the running step, None where there is none for certain."""
    at = (job.summary.attempt_no, job.summary.step_no)
    step = next((step for step in job.steps if (step.attempt_no, step.step_no) == at), None)
    seconds = _seconds(settings, job.summary)
    if step is None or seconds is None:
        return None
    return StepLimit(seconds=seconds, ends_at=step.started_at + timedelta(seconds=seconds))


def _seconds(settings: Settings, job: JobSummary) -> float | None:
    """Return the limit of the steps that keep one; a pipeline's own steps end when they end."""
    if job.pipeline not in registry.names():
        return None
    running = registry.get(job.pipeline).steps[job.step_no - 1 : job.step_no]
    if extract in running:
        return settings.parse_timeout
    return settings.fetch_timeout if fetch in running and job.source_kind in {SourceKind.URL, SourceKind.REMOTE} else None
