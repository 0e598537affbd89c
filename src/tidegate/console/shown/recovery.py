"""What a job that succeeded had been through: a failure that was overcome is no failure any more, but is told."""

from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext
from tidegate.console.shown.sentences import say
from tidegate.domain.failures import Code, Failure
from tidegate.domain.lifecycle import State
from tidegate.ledger.views import Job


@dataclass(frozen=True)
class Overcome:
    """One cause that attempts had failed for; `times` leads over to the latest of them: `in`, `12 times, last in`."""

    message: str
    times: str
    attempt: str
    anchor: str


def recovered_by(job: Job) -> int:
    """Return the number of the attempt that succeeded after failures, 0 where there was none before it."""
    summary = job.summary
    failed = any(attempt.state is State.FAILED for attempt in job.attempts)
    return summary.attempt_no if summary.state is State.SUCCEEDED and failed else 0


def overcome(job: Job) -> list[Overcome]:
    """Return what had failed before a job recovered, the latest cause first; nothing when it did not."""
    if not recovered_by(job):
        return []
    numbers: dict[Code, list[int]] = {}
    for attempt in job.attempts:
        if attempt.failure_code:
            numbers.setdefault(attempt.failure_code, []).append(attempt.attempt_no)
    return [_overcome(code, found) for code, found in numbers.items()]


def _overcome(code: Code, found: list[int]) -> Overcome:
    times = ngettext("in", "{n} times, last in", len(found))
    return Overcome(say(Failure(code)), times, _("attempt {n}").format(n=found[0]), f"attempt-{found[0]}")
