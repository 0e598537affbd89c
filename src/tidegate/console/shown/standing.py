"""Why a job that has not ended stands where it stands, in words: only what the facts carry is said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext, number
from tidegate.console.shown.facts import Fact
from tidegate.console.shown.moments import Clock, Moment, duration
from tidegate.console.shown.sentences import say
from tidegate.console.shown.tabs import count_text
from tidegate.ledger.standing import Crew, Holder, Line
from tidegate.ledger.views import JobSummary
from tidegate.operations.standing import Standing, StandingKind, StepLimit

WORK = "tidegate work"
LIMIT_GRACE_SECONDS = 30
"""A limit is kept from when the step's work begins, which is a little after the step; only after this it is told as passed."""


@dataclass(frozen=True)
class Advice:
    """One sentence of standing and one of what to do; `when` ends the first where a time matters. `icon` '': the state's."""

    standing: str
    todo: str
    tone: str
    when: Moment | None = None
    icon: str = ""
    command: str = ""
    facts: list[Fact] = field(default_factory=list)


def tell(job: JobSummary, standing: Standing, clock: Clock) -> Advice:
    """Return where a job stands and what to do about it."""
    return TOLD[standing.kind](job, standing, clock)


def _no_worker(job: JobSummary, standing: Standing, clock: Clock) -> Advice:
    crew = standing.crew
    elsewhere = ngettext(
        "{n} worker is alive, but does not know this pipeline.", "{n} workers are alive, but none knows this pipeline.",
        crew.elsewhere,
    )  # fmt: skip
    start = _("The job waits until one is there. Start it with")
    seen = Fact(_("Last one seen"), "" if crew.last_seen_at else _("not within a week"), time=_ago(crew.last_seen_at, clock))
    return Advice(
        _("No worker is running for the pipeline {name}.").format(name=job.pipeline),
        f"{elsewhere} {start}" if crew.elsewhere else start,
        "waiting",
        icon="no-worker",
        command=WORK,
        facts=[*_after(job), seen],
    )


def _retry_later(job: JobSummary, standing: Standing, clock: Clock) -> Advice:
    retry = standing.retry
    if retry is None:
        return _waiting(job, standing, clock)
    return Advice(
        _("Retry {n} of {total}").format(n=retry.number, total=retry.of),
        _("Nothing to do yet: it is tried again by itself."),
        "waiting",
        clock.until(retry.at, _("in {}")),
        facts=[
            *_after(job),
            Fact(_("Attempt"), _("{n} of at most {total}").format(n=job.attempt_no, total=retry.attempts)),
            Fact(_("Due"), "", time=clock.time(retry.at)),
        ],
    )


def _waiting(job: JobSummary, standing: Standing, clock: Clock) -> Advice:
    line = standing.line
    at = line.oldest_queued_at if line else None
    oldest = clock.since(at, _("{}")) if at else None
    return Advice(
        _place(line, job.pipeline),
        _("Nothing to do: workers take jobs in the order in which they were queued."),
        "queued",
        facts=[
            *_after(job),
            *([Fact(_("Longest waiting"), "", time=oldest)] if oldest else []),
            Fact(_("Workers"), _crew(standing.crew)),
        ],
    )


def _worker_lost(_job: JobSummary, standing: Standing, clock: Clock) -> Advice:
    todo, when = _taken_over(standing), None
    if standing.requeued_at:
        queue = standing.line.waiting if standing.line else None
        back = queue is not None and (queue.n > 0 or queue.more)
        pattern = _("back in the queue at about {}") if back else _("resuming at about {}")
        when = clock.time(standing.requeued_at, pattern)
        if queue is not None and back:
            todo += " " + _("It waits behind {n} others then.").format(n=count_text(queue))
    return Advice(
        _("Its worker was lost:") if when else _("Its worker was lost."),
        todo,
        "waiting",
        when,
        icon="lost",
        command="" if when or standing.gives_up else WORK,
        facts=_holder(standing, clock),
    )


def _taken_over(standing: Standing) -> str:
    if standing.gives_up:
        return _("It was lost too often to be started again by itself: it fails now, and a person may retry it.")
    if standing.requeued_at is None:
        return _("No worker is left to take it over. Start one with")
    return _("Nothing to do: another worker takes it over, from the last finished step.")


def _no_progress(_job: JobSummary, standing: Standing, clock: Clock) -> Advice:
    limit, facts = standing.limit, _holder(standing, clock)
    if limit:
        facts.append(Fact(_("Limit"), _("{time}, as this server is set").format(time=duration(limit.seconds))))
    when = clock.since(standing.progress_at, _("for {}")) if standing.progress_at else None
    return Advice(_("Running, but without progress"), _what_ends(limit, clock), "waiting", when, icon="still", facts=facts)


def _what_ends(limit: StepLimit | None, clock: Clock) -> str:
    if limit is None:
        return _("No limit ends this step by itself. Cancel the job if it does not go on.")
    if (clock.now - limit.ends_at).total_seconds() > LIMIT_GRACE_SECONDS:
        return _("Its time limit should have ended the step at {time}. Cancel the job if it does not go on.").format(
            time=clock.hour(limit.ends_at)
        )
    return _("Nothing to do yet: its time limit ends the step at about {time}.").format(time=clock.hour(limit.ends_at))


def _moving(_job: JobSummary, standing: Standing, clock: Clock) -> Advice:
    return Advice(
        _("A worker is on it."), _("Nothing to do: this page follows along."), "running", facts=_holder(standing, clock)
    )


def _elsewhere_waiting(job: JobSummary, standing: Standing, clock: Clock) -> Advice:
    heard = standing.heard
    if heard is None or not heard.tries:
        todo = _("Nothing to do: that system starts it when its turn comes.")
    elif heard.due_at is None:
        todo = _("That system took the request to run it again; the run has not begun yet.")
    else:
        todo = _("That system has not taken the request to run it again yet: it is asked again by itself.")
    return Advice(_("It waits in another system."), todo, "queued", facts=[*_after(job), *_asked(standing, clock)])


def _elsewhere_running(_job: JobSummary, standing: Standing, clock: Clock) -> Advice:
    return Advice(
        _("It runs in another system."), _("Nothing to do: this page follows along."), "running", facts=_asked(standing, clock)
    )


def _asked(standing: Standing, clock: Clock) -> list[Fact]:
    """Return how often its system was asked for it, and when it was last heard of."""
    heard = standing.heard
    if heard is None:
        return []
    tries = [Fact(_("Asked"), ngettext("{n} time", "{n} times", heard.tries))] if heard.tries else []
    due = [Fact(_("Asked again"), "", time=clock.time(heard.due_at))] if heard.tries and heard.due_at else []
    told = [Fact(_("Last heard of"), "", time=_ago(heard.heard_at, clock))] if heard.heard_at else []
    return [*tries, *due, *told]


def _place(line: Line | None, pipeline: str) -> str:
    """Return the place in the queue, as far as it was counted; beyond that, how many are before it at least."""
    ahead = line.ahead if line else None
    if line is None or ahead is None or (ahead.more and not ahead.n):
        return _("Waiting for its turn.")
    if ahead.more:
        return _("More than {n} jobs of the pipeline {pipeline} wait before it.").format(n=number(ahead.n), pipeline=pipeline)
    return _("Place {place} of {total} waiting for the pipeline {pipeline}.").format(
        place=number(ahead.n + 1), total=count_text(line.waiting), pipeline=pipeline
    )


def _crew(crew: Crew) -> str:
    at_once = ngettext("{n} job at once", "{n} jobs at once", crew.at_once)
    return f"{ngettext('{n} worker', '{n} workers', crew.workers)}, {at_once}"


def _after(job: JobSummary) -> list[Fact]:
    """Return the failure that a queued job is tried again after."""
    return [Fact(_("After"), say(job.failure))] if job.failure else []


def _holder(standing: Standing, clock: Clock) -> list[Fact]:
    worker: Holder | None = standing.holder
    if worker is None:
        return []
    return [
        Fact(_("Worker"), _("{host}, process {pid}").format(host=worker.host, pid=worker.pid)),
        Fact(_("Last sign of life"), "", time=_ago(worker.seen_at, clock)),
    ]


def _ago(at: datetime | None, clock: Clock) -> Moment | None:
    return clock.since(at, _("{} ago")) if at else None


TOLD: Mapping[StandingKind, Callable[[JobSummary, Standing, Clock], Advice]] = {
    StandingKind.NO_WORKER: _no_worker,
    StandingKind.RETRY_LATER: _retry_later,
    StandingKind.WAITING: _waiting,
    StandingKind.WORKER_LOST: _worker_lost,
    StandingKind.NO_PROGRESS: _no_progress,
    StandingKind.MOVING: _moving,
    StandingKind.ELSEWHERE_WAITING: _elsewhere_waiting,
    StandingKind.ELSEWHERE_RUNNING: _elsewhere_running,
}
