"""The pulse beside its charts: the main numbers, how each pipeline does, and what every worker does now."""

from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.language import number
from tidegate.console.shown import progress, windows
from tidegate.console.shown.filters import ListQuery
from tidegate.console.shown.moments import Clock, Moment, duration
from tidegate.console.shown.progress import Progress
from tidegate.console.shown.pulse_charts import NONE, ends
from tidegate.console.shown.scales import share_text
from tidegate.domain.lifecycle import State
from tidegate.ledger.pulse import Waiting
from tidegate.operations.pulse import Figures, PipelineFigures, Pulse, Spans, WorkerNow


@dataclass(frozen=True)
class Number:
    """A number, and the list that it leads to; '' where there is none."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class Due:
    """The job that is due the longest, or will be next: when, its name and its page."""

    moment: Moment
    name: str
    url: str


@dataclass(frozen=True)
class Gauge:
    """One main number: what it is, how much, and a word on it."""

    word: str
    value: Number
    more: str
    due: Due | None = None


@dataclass(frozen=True)
class PipelineRow:
    """One pipeline's line of the table; `wait` and `run` are the median and what 95% were within."""

    name: str
    url: str
    ends: list[Number]
    share: str
    wait: str
    run: str
    waiting: Number
    due: Due | None


@dataclass(frozen=True)
class Task:
    """One job that a worker runs."""

    id: str
    name: str
    url: str
    progress: Progress
    since: Moment


@dataclass(frozen=True)
class WorkerCard:
    """One worker and what it does."""

    name: str
    pipelines: str
    busy: str
    alive: Moment
    tasks: list[Task]


def gauges(pulse: Pulse, pipeline: str | None, clock: Clock) -> list[Gauge]:
    """Return the main numbers of a window, and what waits now."""
    total, query = pulse.total, ListQuery(pipeline=pipeline)
    seconds = (pulse.now - pulse.since).total_seconds()
    judged = total.succeeded + total.failed
    failed = _("{n} of {total} attempts").format(n=number(total.failed), total=number(judged)) if judged else ""
    waiting = [figures.waiting for figures in pulse.pipelines if figures.waiting]
    n = sum(found.n for found in waiting)
    return [
        Gauge(_("Ended"), Number(number(total.ended), query.address), windows.rate(total.ended, seconds, pulse.window)),
        Gauge(_("Failed"), Number(_share(total), query.with_state(State.FAILED)), failed),
        _span_gauge(_("Median wait"), total.wait),
        _span_gauge(_("Median run"), total.run),
        Gauge(_("Waiting now"), Number(number(n), query.with_state(State.QUEUED)), "", _first(waiting, clock)),
    ]


def pipelines(pulse: Pulse, clock: Clock) -> list[PipelineRow]:
    """Return a line for each pipeline."""
    return [_pipeline(figures, pulse, clock) for figures in pulse.pipelines]


def workers(pulse: Pulse, clock: Clock) -> list[WorkerCard]:
    """Return what every worker does."""
    return [_worker(found, clock) for found in pulse.workers]


def _pipeline(figures: PipelineFigures, pulse: Pulse, clock: Clock) -> PipelineRow:
    query, waiting = ListQuery(pipeline=figures.pipeline), figures.waiting
    return PipelineRow(
        name=figures.pipeline,
        url=windows.address(pulse.window, figures.pipeline),
        ends=[Number(number(n), query.with_state(state)) for state, n in ends(figures).items()],
        share=_share(figures),
        wait=_pair(figures.wait),
        run=_pair(figures.run),
        waiting=Number(number(waiting.n if waiting else 0), query.with_state(State.QUEUED)),
        due=_due(waiting, clock) if waiting else None,
    )


def _worker(found: WorkerNow, clock: Clock) -> WorkerCard:
    worker, n = found.worker, len(found.doing)
    busy = _("{n} of {total} at once").format(n=n, total=worker.concurrency) if n else _("Idle")
    tasks = [
        Task(
            str(job.job_id),
            job.name,
            f"/ingestion/jobs/{job.job_id}",
            progress.of_job(job),
            clock.since(job.started_at, _("for {}")),
        )
        for job in found.doing
    ]
    name = _("{host}, process {pid}").format(host=worker.host, pid=worker.pid)
    return WorkerCard(name, ", ".join(worker.pipelines), busy, clock.since(worker.started_at, _("up for {}")), tasks)


def _span_gauge(word: str, spans: Spans | None) -> Gauge:
    if spans is None:
        return Gauge(word, Number(NONE), "")
    return Gauge(word, Number(duration(spans.p50)), _("95% within {p95}").format(p95=duration(spans.p95)))


def _share(figures: Figures) -> str:
    return NONE if figures.failure_share is None else share_text(figures.failure_share)


def _pair(spans: Spans | None) -> str:
    return f"{duration(spans.p50)} / {duration(spans.p95)}" if spans else NONE


def _first(waiting: list[Waiting], clock: Clock) -> Due | None:
    """Return the one of all pipelines that is due the longest."""
    known = [(found.since, found) for found in waiting if found.since]
    return _due(min(known, key=lambda pair: pair[0])[1], clock) if known else None


def _due(waiting: Waiting, clock: Clock) -> Due | None:
    if waiting.since is None or waiting.job_id is None:
        return None
    late = waiting.since <= clock.now
    moment = clock.since(waiting.since, _("oldest for {}")) if late else clock.until(waiting.since, _("next in {}"))
    return Due(moment, waiting.name or "", f"/ingestion/jobs/{waiting.job_id}")
