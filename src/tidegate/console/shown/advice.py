"""What to do next: the first thing that a job's page says."""

from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.shown.moments import Clock, Moment
from tidegate.console.shown.rows import retry_text, waits_for_retry
from tidegate.console.shown.sentences import say
from tidegate.domain.failures import CATALOGUE, FailureCode
from tidegate.domain.lifecycle import Outcome, State
from tidegate.ledger.views import JobSummary


@dataclass(frozen=True)
class Advice:
    """One sentence of standing and one of what to do; `when` ends the first where a time matters."""

    standing: str
    todo: str
    tone: str
    when: Moment | None = None


def advise(job: JobSummary, clock: Clock, *, workers: int) -> Advice:
    """Return what a reader should know and do; `workers` serve the job's pipeline and are alive."""
    if job.state is State.QUEUED:
        return _queued(job, clock, workers)
    if job.state is State.RUNNING:
        return Advice(_("A worker is on it."), _("Nothing to do: this page follows along."), "running")
    if job.state is State.FAILED and job.failure_code:
        return Advice(say(job.failure) if job.failure else "", _(CATALOGUE[job.failure_code].remedy), "failed")
    if job.state is State.CANCELLED:
        return Advice(_("A person cancelled this job."), _(CATALOGUE[FailureCode.CANCELLED].remedy), "cancelled")
    if job.outcome is Outcome.DUPLICATE_CONTENT:
        return Advice(
            _("The same content was ingested before."), _("Nothing to do: it is stored once and found once."), "succeeded"
        )
    return Advice(_("Ingested and searchable."), _("Nothing to do."), "succeeded")


def _queued(job: JobSummary, clock: Clock, workers: int) -> Advice:
    if not workers:
        return Advice(
            _("No worker is running for the pipeline {name}.").format(name=job.pipeline),
            _("The job waits until one is there: start it with `tidegate work`."), "waiting",
        )  # fmt: skip
    if job.run_after and waits_for_retry(job, clock):
        when = clock.until(job.run_after, _("in {}"))
        message = say(job.failure) if job.failure else ""
        return Advice(retry_text(job), f"{message} {_('Nothing to do yet: it is tried again by itself.')}", "waiting", when)
    return Advice(_("Waiting for its turn."), _("Nothing to do: a worker takes the longest waiting job first."), "queued")
