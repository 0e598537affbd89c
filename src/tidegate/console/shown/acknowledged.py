"""An acknowledged failure on its job's page: who said that it may stay, when and why."""

from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.shown import allowed
from tidegate.console.shown.moments import Clock, Moment
from tidegate.domain.actor import Actor
from tidegate.ledger.views import JobSummary


@dataclass(frozen=True)
class Acknowledgement:
    """Who, when and why, and whether this reader may take it back."""

    by: str
    time: Moment
    reason: str
    take_back: allowed.Allowed


def acknowledgement(job: JobSummary, actor: Actor, clock: Clock) -> Acknowledgement | None:
    """Return the acknowledgement of a job's failure, None when it has none."""
    if job.acknowledged_at is None:
        return None
    return Acknowledgement(
        job.acknowledged_by or "", clock.since(job.acknowledged_at, _("{} ago")), job.acknowledged_reason or "",
        allowed.unacknowledge(actor, job),
    )  # fmt: skip
