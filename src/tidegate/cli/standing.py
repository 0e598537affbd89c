"""Why a job stands where it stands, as one line."""

from collections.abc import Callable, Mapping

from tidegate.cli.output import moment
from tidegate.ledger.standing import Crew, Line
from tidegate.ledger.views import Count, JobSummary
from tidegate.operations.standing import Standing, StandingKind


def sentence(job: JobSummary, standing: Standing) -> str:
    """Return where a job that has not ended stands, with what is known of when it goes on."""
    return SENTENCES[standing.kind](job, standing)


def _waiting(job: JobSummary, standing: Standing) -> str:
    line = standing.line
    oldest = f"; the longest has waited since {moment(line.oldest_queued_at)}" if line and line.oldest_queued_at else ""
    return f"waiting for its turn{_place(line, job.pipeline)}; {_crew(standing.crew)}{oldest}"


def _no_worker(job: JobSummary, standing: Standing) -> str:
    crew = standing.crew
    seen = f"the last one was seen at {moment(crew.last_seen_at)}" if crew.last_seen_at else "none was seen within a week"
    return f"no worker is running for the pipeline {job.pipeline}; {seen}; `tidegate work` starts one"


def _retry_later(job: JobSummary, standing: Standing) -> str:
    retry = standing.retry
    if retry is None:
        return _waiting(job, standing)
    return (
        f"retry {retry.number} of {retry.of} at {moment(retry.at)}; attempt {job.attempt_no} of at most {retry.attempts}; "
        f"after: {job.failure.message if job.failure else ''}"
    )


def _worker_lost(_: JobSummary, standing: Standing) -> str:
    worker = standing.holder
    lost = f"its worker was lost{f' ({worker.host}, process {worker.pid})' if worker else ''}"
    if standing.gives_up:
        return f"{lost} too often to be started again by itself: it fails now"
    if standing.requeued_at is None:
        return f"{lost} and none is left to take it over; `tidegate work` starts one"
    behind = f", behind {_counted(standing.line.waiting)} others" if standing.line and standing.line.waiting.n else ""
    return f"{lost}; it is queued again at about {moment(standing.requeued_at)}{behind}"


def _no_progress(_: JobSummary, standing: Standing) -> str:
    limit = standing.limit
    ends = (
        f"its limit of {limit.seconds:g} s ends the step at about {moment(limit.ends_at)}" if limit else "no limit ends this step"
    )
    return f"running without progress since {moment(standing.progress_at)}; {ends}"


def _moving(_: JobSummary, standing: Standing) -> str:
    worker = standing.holder
    return f"a worker is on it{f': {worker.host}, process {worker.pid}' if worker else ''}"


def _elsewhere_waiting(_: JobSummary, standing: Standing) -> str:
    heard = standing.heard
    if heard is None or not heard.tries:
        return "waits in the system that runs it"
    if heard.due_at is None:
        return "its system took the request to run it again; the run has not begun"
    return f"its system did not take the request to run it again yet (tried {heard.tries}); next try at {moment(heard.due_at)}"


def _elsewhere_running(_: JobSummary, standing: Standing) -> str:
    heard = standing.heard
    return f"runs in another system; last heard of at {moment(heard.heard_at if heard else None)}"


def _place(line: Line | None, pipeline: str) -> str:
    ahead = line.ahead if line else None
    if line is None or ahead is None or (ahead.more and not ahead.n):
        return ""
    if ahead.more:
        return f": more than {ahead.n:,} jobs of the pipeline {pipeline} are before it"
    return f": place {ahead.n + 1:,} of {_counted(line.waiting)} for the pipeline {pipeline}"


def _crew(crew: Crew) -> str:
    return f"{crew.workers} worker{'s' if crew.workers != 1 else ''}, {crew.at_once} at once"


def _counted(count: Count) -> str:
    return f"{count.n:,}{'+' if count.more else ''}"


SENTENCES: Mapping[StandingKind, Callable[[JobSummary, Standing], str]] = {
    StandingKind.NO_WORKER: _no_worker,
    StandingKind.RETRY_LATER: _retry_later,
    StandingKind.WAITING: _waiting,
    StandingKind.WORKER_LOST: _worker_lost,
    StandingKind.NO_PROGRESS: _no_progress,
    StandingKind.MOVING: _moving,
    StandingKind.ELSEWHERE_WAITING: _elsewhere_waiting,
    StandingKind.ELSEWHERE_RUNNING: _elsewhere_running,
}
