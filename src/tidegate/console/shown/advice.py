"""What to do next: the first thing that a job's page says."""

from collections.abc import Sequence
from datetime import datetime

from tidegate.audit.browse import AuditEvent
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.console.language import gettext as _
from tidegate.console.shown import standing as standings
from tidegate.console.shown.facts import Fact
from tidegate.console.shown.moments import Clock
from tidegate.console.shown.recovery import recovered_by
from tidegate.console.shown.sentences import say
from tidegate.console.shown.standing import Advice
from tidegate.domain.failures import FailureCode, entry_of
from tidegate.domain.lifecycle import Outcome, State
from tidegate.ledger.views import Job, JobSummary
from tidegate.operations.standing import Standing


def advise(job: Job, standing: Standing | None, acts: Sequence[AuditEvent], clock: Clock) -> Advice:
    """Return what a reader should know and do. `standing` is given while the job has not ended, `acts` newest first."""
    summary = job.summary
    if standing is not None and not summary.state.is_terminal:
        return standings.tell(summary, standing, clock)
    if summary.state is State.FAILED and summary.failure_code:
        return Advice(say(summary.failure) if summary.failure else "", _(entry_of(summary.failure_code).remedy), "failed")
    if summary.state is State.CANCELLED:
        return _cancelled(job, acts, clock)
    return _succeeded(job)


def _cancelled(job: Job, acts: Sequence[AuditEvent], clock: Clock) -> Advice:
    event = next((act for act in acts if _is_cancel(act)), None)
    name = event.body.actor.name if event else _("A person")
    began = job.attempts[0].started_at if job.attempts else None
    reason = event.body.reason if event else None
    discarded, remedy = _("What this attempt had read is discarded."), _(entry_of(FailureCode.CANCELLED).remedy)
    return Advice(
        _how_cancelled(job.summary, began).format(
            name=name, step=job.summary.step_name, no=job.summary.step_no, total=job.summary.step_total
        ),
        f"{discarded} {remedy}" if began else remedy,
        "cancelled",
        clock.since(job.summary.ended_at, _("{} ago")) if job.summary.ended_at else None,
        facts=[Fact(_("Reason"), reason)] if reason else [],
    )


def _how_cancelled(job: JobSummary, began: datetime | None) -> str:
    if began is None:
        return _("{name} cancelled this job before it ran.")
    if not job.step_name:
        return _("{name} cancelled this job as it began to run.")
    return _("{name} cancelled this job while it ran, in step {no} of {total}, {step}.")


def _is_cancel(act: AuditEvent) -> bool:
    return act.body.action is AuditAction.CANCEL and act.body.outcome is AuditOutcome.ALLOWED


def _succeeded(job: Job) -> Advice:
    recovered = recovered_by(job)
    if job.summary.outcome is Outcome.DUPLICATE_CONTENT:
        standing, todo = _("The same content was ingested before."), _("Nothing to do: it is stored once and found once.")
    elif job.summary.outcome is Outcome.COMPLETED:
        standing, todo = _("Completed by the system that runs it."), _("Nothing to do.")
    else:
        standing, todo = _("Ingested and searchable."), _("Nothing to do.")
    if recovered:
        standing = f"{_('Recovered by attempt {n}.').format(n=recovered)} {standing}"
    return Advice(standing, todo, "succeeded")
