"""One job as a row of the list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tidegate.console.language import gettext as _
from tidegate.console.shown import allowed, attention, progress
from tidegate.console.shown.hindered import Hindered, hindered
from tidegate.console.shown.moments import Clock, Moment, duration
from tidegate.console.shown.sentences import say
from tidegate.console.shown.states import Mark
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.failures import entry_of
from tidegate.domain.lifecycle import Attention, Outcome, State
from tidegate.ledger.views import JobSummary, Worker


@dataclass(frozen=True)
class Row:
    """What the list says about a job: `line` is the one plain line under its name, in the colour of `tone`.

    `standing` is what is told of a change; `left` says why a row that is still shown is no longer of this list.
    """

    id: str
    version: int
    name: str
    mark: Mark
    standing: str
    note: attention.Note | None
    pipeline: str
    external: bool
    submitter: str
    submitted: Moment
    attempt: str
    line: str
    tone: str
    retry_text: str
    retry_at: Moment | None
    progress: progress.Progress | None
    time: Moment
    audit_event_id: str
    failed: bool
    acknowledged: bool
    retry: allowed.Allowed
    acknowledge: allowed.Allowed
    hindered: Hindered | None = None
    left: str = ""


def row(job: JobSummary, actor: Actor, clock: Clock, workers: Sequence[Worker] | None = None, *, here: bool = True) -> Row:
    """Return a job's row as this reader sees it now.

    With the living `workers` it tells what holds the job up; `here` tells whether it still belongs to the list that shows it.
    """
    line, tone = _line(job, clock)
    return Row(
        id=str(job.id),
        version=job.version,
        name=job.name,
        mark=attention.mark_of(job),
        standing=attention.standing(job),
        note=attention.note(job),
        pipeline=job.pipeline,
        external=job.is_external,
        submitter=job.submitter_name,
        submitted=clock.since(job.created_at, _("submitted {} ago")),
        attempt=attempt_text(job),
        line=line,
        tone=tone,
        retry_text=retry_text(job) if waits_for_retry(job, clock) else "",
        retry_at=clock.until(job.run_after, _("in {}")) if waits_for_retry(job, clock) and job.run_after else None,
        progress=progress.of_job(job) if job.state is State.RUNNING else None,
        time=time_that_matters(job, clock),
        audit_event_id=str(job.audit_event_id),
        failed=job.state is State.FAILED,
        acknowledged=job.attention is Attention.ACKNOWLEDGED,
        retry=allowed.retry(actor, job),
        hindered=None if workers is None else hindered(job, workers, clock),
        acknowledge=allowed.allowed(actor, Permission.JOB_ACKNOWLEDGE),
        left="" if here else attention.left(job),
    )


def time_that_matters(job: JobSummary, clock: Clock) -> Moment:
    """Return the time that a reader of this state asks for."""
    if job.state is State.RUNNING:
        return clock.since(job.started_at or job.queued_at, _("running {}"))
    if job.state is State.QUEUED:
        return clock.since(job.queued_at, _("waiting {}"))
    return clock.since(job.ended_at or job.queued_at, _(ENDED[job.state]))


def time_beside_state(job: JobSummary, clock: Clock) -> Moment:
    """Return the same time for a place where the state's word stands right before it."""
    if job.state.is_terminal:
        return clock.since(job.ended_at or job.queued_at, _("{} ago"))
    return clock.since((job.started_at if job.state is State.RUNNING else None) or job.queued_at, _("for {}"))


def attempt_text(job: JobSummary) -> str:
    """Return `Attempt 2`, or `Attempt 2 of 6` while automatic retries remain."""
    left = automatic_left(job)
    if left and not job.state.is_terminal:
        return _("Attempt {n} of {total}").format(n=job.attempt_no, total=job.attempt_no + left)
    return _("Attempt {n}").format(n=job.attempt_no)


def automatic_left(job: JobSummary) -> int:
    """Return how many more automatic retries the last failure allows."""
    return max(0, entry_of(job.failure_code).automatic - job.automatic_used) if job.failure_code else 0


def retry_text(job: JobSummary) -> str:
    """Return `Retry 2 of 5` of a job that waits for an automatic retry."""
    most = entry_of(job.failure_code).automatic if job.failure_code else 0
    return _("Retry {n} of {total}").format(n=job.automatic_used, total=max(most, job.automatic_used))


def ran_for(started: datetime | None, ended: datetime | None) -> str:
    """Return a measured run time, '' while there is none."""
    return duration((ended - started).total_seconds()) if started and ended else ""


def waits_for_retry(job: JobSummary, clock: Clock) -> bool:
    """Tell whether a job waits for the moment of an automatic retry."""
    return job.state is State.QUEUED and job.failure_code is not None and job.run_after is not None and job.run_after > clock.now


def _line(job: JobSummary, clock: Clock) -> tuple[str, str]:
    failure = job.failure
    if job.state is State.FAILED and failure:
        return say(failure), "quiet" if job.attention is Attention.ACKNOWLEDGED else "failed"
    if failure and waits_for_retry(job, clock):
        return say(failure), "waiting"
    if job.state is State.QUEUED:
        return (_("Queued again after: {message}").format(message=say(failure)), "waiting") if failure else ("", "quiet")
    if job.state is State.SUCCEEDED:
        return _succeeded(job), "quiet"
    if job.state is State.CANCELLED and job.step_no:
        return _("Stopped at step {no} of {total}, {name}").format(
            no=job.step_no, total=job.step_total, name=job.step_name or ""
        ), "quiet"
    return "", "quiet"


def _succeeded(job: JobSummary) -> str:
    if job.outcome is Outcome.DUPLICATE_CONTENT:
        return _("Known already: the same content was ingested before")
    taken = ran_for(job.started_at, job.ended_at)
    if job.outcome is Outcome.COMPLETED:
        return _("Completed in {time}").format(time=taken) if taken else _("Completed")
    return _("Ingested in {time}").format(time=taken) if taken else _("Ingested")


ENDED = {State.SUCCEEDED: "succeeded {} ago", State.FAILED: "failed {} ago", State.CANCELLED: "cancelled {} ago"}
