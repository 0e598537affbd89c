"""A job's one timeline: attempts with their steps, and what people did, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tidegate.audit.browse import AuditEvent
from tidegate.console.language import gettext as _
from tidegate.console.shown import events, failing, progress
from tidegate.console.shown.moments import Clock, Moment
from tidegate.console.shown.rows import ran_for
from tidegate.console.shown.states import Mark, mark
from tidegate.domain.lifecycle import Origin, State
from tidegate.ledger.views import Attempt, Job, Step

BAR_LEAST = 1.5
"""Percent of the width that the shortest step still gets, so that it can be seen."""


@dataclass(frozen=True)
class StepLine:
    """One step: `start` and `width` place its bar on the attempt's time, in percent."""

    name: str
    mark: Mark
    resumed: bool
    taken: str
    since: Moment | None
    amount: str
    start: float
    width: float


@dataclass(frozen=True)
class AttemptEntry:
    """One attempt: how it came about, how long it waited and ran, what it came to."""

    anchor: str
    number: int
    at: datetime
    mark: Mark
    time: Moment
    origin: str
    reason: str
    audit_event_id: str
    waited: str
    ran: str
    steps: list[StepLine]
    failure: failing.Panel | None
    kind: str = "attempt"


@dataclass(frozen=True)
class ActEntry:
    """What a person did, or was refused, between attempts."""

    anchor: str
    at: datetime
    event: events.Line
    kind: str = "act"


Entry = AttemptEntry | ActEntry


def timeline(job: Job, acts: Sequence[AuditEvent], clock: Clock) -> list[Entry]:
    """Return everything that became of a job, newest first; what asked for an attempt stands with the attempt."""
    attempts = [_attempt(attempt, job, clock) for attempt in job.attempts]
    asked = {attempt.audit_event_id for attempt in job.attempts}
    apart = [_act(event, job, clock) for event in acts if event.id not in asked]
    entries: list[Entry] = [*attempts, *apart]
    return sorted(entries, key=lambda entry: (entry.at, entry.kind == "act"), reverse=True)


def _act(event: AuditEvent, job: Job, clock: Clock) -> ActEntry:
    return ActEntry(f"event-{event.id}", event.body.time, events.line(event, clock, {job.summary.id: _("this job")}))


def _attempt(attempt: Attempt, job: Job, clock: Clock) -> AttemptEntry:
    steps = [step for step in job.steps if step.attempt_no == attempt.attempt_no]
    failure = attempt.failure
    return AttemptEntry(
        anchor=f"attempt-{attempt.attempt_no}",
        number=attempt.attempt_no,
        at=attempt.queued_at,
        mark=mark(attempt.state),
        time=_time(attempt, clock),
        origin=_origin(attempt),
        reason=attempt.reason or "",
        audit_event_id=str(attempt.audit_event_id or ""),
        waited=ran_for(attempt.queued_at, attempt.started_at),
        ran=ran_for(attempt.started_at, attempt.ended_at),
        steps=_steps(steps, attempt, clock),
        failure=failing.panel(failure, attempt.diagnostic_ref) if failure else None,
    )


def _time(attempt: Attempt, clock: Clock) -> Moment:
    if attempt.ended_at:
        return clock.since(attempt.ended_at, _("ended {} ago"))
    if attempt.started_at:
        return clock.since(attempt.started_at, _("running {}"))
    if attempt.run_after and attempt.run_after > clock.now:
        return clock.until(attempt.run_after, _("starts in {}"))
    return clock.since(attempt.queued_at, _("waiting {}"))


def _origin(attempt: Attempt) -> str:
    if attempt.origin is Origin.SUBMITTED:
        return _("Submitted by {name}").format(name=attempt.requested_by or _("nobody known"))
    if attempt.origin is Origin.WORKER_LOST:
        return _("Started again by itself, because the worker of attempt {n} was lost").format(n=attempt.retry_of)
    if attempt.origin is Origin.AUTOMATIC:
        return _("Retried by itself, as the failure of attempt {n} allows").format(n=attempt.retry_of)
    pattern = _("Retried from the start by {name}") if attempt.restart else _("Retried by {name}, from the last finished step")
    return pattern.format(name=attempt.requested_by or _("nobody known"))


def _steps(steps: Sequence[Step], attempt: Attempt, clock: Clock) -> list[StepLine]:
    ran = [step for step in steps if not step.resumed]
    first = min((step.started_at for step in ran), default=clock.now)
    last = max((step.ended_at or attempt.ended_at or clock.now for step in ran), default=clock.now)
    whole = max((last - first).total_seconds(), 0.001)
    return [_step(step, attempt, clock, first, whole) for step in steps]


def _step(step: Step, attempt: Attempt, clock: Clock, first: datetime, whole: float) -> StepLine:
    end = step.ended_at or attempt.ended_at or clock.now
    width = max(BAR_LEAST, min(100.0, (end - step.started_at).total_seconds() / whole * 100))
    start = min(max(0.0, (step.started_at - first).total_seconds() / whole * 100), 100 - width)
    return StepLine(
        name=step.name,
        mark=mark(step.state),
        resumed=step.resumed,
        taken=ran_for(step.started_at, step.ended_at),
        since=clock.since(step.started_at) if step.state is State.RUNNING else None,
        amount=progress.of_step(step),
        start=0.0 if step.resumed else round(start, 2),
        width=0.0 if step.resumed else round(width, 2),
    )
