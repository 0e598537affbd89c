"""A job's one timeline: attempts with their steps, what people did and what became of it otherwise, newest first."""

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

RECENT_ATTEMPTS = 8
"""Attempts that are told whole; older ones are folded away, one line each, so that a page of 200 stays readable."""


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
    """One attempt: how it came about, how long it waited and ran, what it came to. A `short` one is told without steps."""

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
    short: bool = False
    kind: str = "attempt"


@dataclass(frozen=True)
class ActEntry:
    """What a person did, or was refused, between attempts."""

    anchor: str
    at: datetime
    event: events.Line
    kind: str = "act"


@dataclass(frozen=True)
class NoteEntry:
    """What happened between attempts without anybody asking for it."""

    anchor: str
    at: datetime
    text: str
    time: Moment
    kind: str = "note"


Entry = AttemptEntry | ActEntry | NoteEntry


@dataclass(frozen=True)
class Timeline:
    """Everything that became of a job: `recent` entries, and `older` ones to be folded away, `unfolded` if one is wanted."""

    recent: list[Entry]
    older: list[Entry]
    unfolded: bool = False

    @property
    def older_attempts(self) -> int:
        """The number of attempts that are folded away."""
        return sum(entry.kind == "attempt" for entry in self.older)


def timeline(job: Job, acts: Sequence[AuditEvent], clock: Clock, *, wanted: int | None = None) -> Timeline:
    """Return a job's timeline; what asked for an attempt stands with the attempt. The attempt `wanted` is told whole."""
    whole = {attempt.attempt_no for attempt in job.attempts[:RECENT_ATTEMPTS]}
    attempts = [_attempt(attempt, job, clock, short=attempt.attempt_no not in {*whole, wanted}) for attempt in job.attempts]
    asked = {attempt.audit_event_id for attempt in job.attempts}
    apart = [_act(event, job, clock) for event in acts if event.id not in asked]
    entries: list[Entry] = [*attempts, *apart, *_given_back(job, clock)]
    entries.sort(key=lambda entry: (entry.at, entry.kind != "attempt"), reverse=True)
    places = [index for index, entry in enumerate(entries) if entry.kind == "attempt"]
    cut = places[RECENT_ATTEMPTS - 1] + 1 if len(places) > RECENT_ATTEMPTS else len(entries)
    return Timeline(entries[:cut], entries[cut:], wanted is not None and wanted not in whole)


def _given_back(job: Job, clock: Clock) -> list[NoteEntry]:
    text = _("Given back to the queue by its worker, which was told to stop; attempt {n} goes on with another")
    return [
        NoteEntry(f"change-{change.id}", change.at, text.format(n=change.attempt_no), clock.at(change.at))
        for change in job.history
        if (change.before, change.after) == (State.RUNNING, State.QUEUED)
    ]


def _act(event: AuditEvent, job: Job, clock: Clock) -> ActEntry:
    return ActEntry(f"event-{event.id}", event.body.time, events.line(event, clock, {job.summary.id: _("this job")}))


def _attempt(attempt: Attempt, job: Job, clock: Clock, *, short: bool) -> AttemptEntry:
    steps = [] if short else [step for step in job.steps if step.attempt_no == attempt.attempt_no]
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
        short=short,
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
