"""A job's life on one line: how long it waited and ran, and what each attempt came to."""

from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext
from tidegate.console.shown.moments import Clock, Moment
from tidegate.console.shown.rows import ran_for
from tidegate.console.shown.states import Mark, mark
from tidegate.domain.lifecycle import State
from tidegate.ledger.views import Attempt, Job


@dataclass(frozen=True)
class Station:
    """A stretch of a job's life. `mark` is None for attempts left out, told by `text`; `time` ticks where it lasts on."""

    mark: Mark | None
    text: str
    time: Moment | None = None
    anchor: str = ""


def lifeline(job: Job, clock: Clock) -> list[Station]:
    """Return the stations of the first and the latest attempt, and how many attempts there were between."""
    if not job.attempts:
        return []
    latest, first = job.attempts[0], job.attempts[-1]
    if latest is first:
        return _of_attempt(first, clock)
    between = len(job.attempts) - 2
    left_out = [Station(None, ngettext("{n} more attempt", "{n} more attempts", between), anchor="timeline")] if between else []
    return [*_of_attempt(first, clock), *left_out, *_of_attempt(latest, clock)]


def _of_attempt(attempt: Attempt, clock: Clock) -> list[Station]:
    waiting_for = None if attempt.started_at or attempt.ended_at else clock.since(attempt.queued_at)
    stations = [Station(mark(State.QUEUED), ran_for(attempt.queued_at, attempt.started_at or attempt.ended_at), waiting_for)]
    if attempt.started_at:
        running_for = None if attempt.ended_at else clock.since(attempt.started_at)
        stations.append(Station(mark(State.RUNNING), ran_for(attempt.started_at, attempt.ended_at), running_for))
    if attempt.ended_at:
        text = _("attempt {n}").format(n=attempt.attempt_no) if attempt.attempt_no > 1 or attempt.state is State.FAILED else ""
        stations.append(Station(mark(attempt.state), text, anchor=f"attempt-{attempt.attempt_no}"))
    return stations
