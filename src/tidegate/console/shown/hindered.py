"""The mark in a list on a job that is held up: by what, told by shape and words."""

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.shown.moments import Clock, Moment
from tidegate.ledger.views import JobSummary, Worker
from tidegate.operations.standing import StandingKind, hindrance


@dataclass(frozen=True)
class Hindered:
    """What holds a job up; `text` says it whole, `since` is given where it matters."""

    word: str
    text: str
    icon: str
    since: Moment | None = None


def hindered(job: JobSummary, workers: Sequence[Worker], clock: Clock) -> Hindered | None:
    """Return the mark of a job, None when nothing is known to hold it up."""
    kind = hindrance(job, workers, clock.now)
    if kind is StandingKind.NO_WORKER:
        text = _("No worker is running for the pipeline {name}.").format(name=job.pipeline)
        return Hindered(_("no worker"), text, "no-worker")
    if kind is StandingKind.WORKER_LOST:
        return Hindered(_("worker lost"), _("Its worker was lost."), "lost")
    if kind is StandingKind.NO_PROGRESS:
        since = clock.since(job.progress_at) if job.progress_at else None
        return Hindered(_("no progress"), _("Running, but without progress"), "still", since)
    return None
