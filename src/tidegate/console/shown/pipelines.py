"""Pipelines as an administrator reads them: steps with their limits, places for work, and what waits."""

from collections.abc import Iterable
from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext, number
from tidegate.console.shown import failing
from tidegate.console.shown.filters import ListQuery
from tidegate.console.shown.moments import MINUTE, Clock, Moment, duration, span
from tidegate.console.shown.states import Mark, mark
from tidegate.domain.failures import Code, entry_of, show_bytes
from tidegate.domain.lifecycle import State
from tidegate.ledger.views import Worker
from tidegate.operations.pipelines import Limit, PipelineState
from tidegate.pipeline.documents import documents

SUMMARIES = {documents.name: documents.summary}
"""What the pipelines that come with Tidegate are for; those of others speak for themselves."""

SHOWN_STATES = (State.QUEUED, State.RUNNING, State.FAILED)


@dataclass(frozen=True)
class Bound:
    """A limit in words, and the setting behind it."""

    name: str
    value: str
    variable: str


@dataclass(frozen=True)
class Stage:
    """A step of a pipeline."""

    name: str
    bounds: list[Bound]


@dataclass(frozen=True)
class Number:
    """How many jobs are in a state, and the list of them."""

    mark: Mark
    n: str
    url: str


@dataclass(frozen=True)
class WorkerLine:
    """A worker that serves a pipeline."""

    host: str
    pid: int
    busy: str
    since: Moment
    seen: Moment


@dataclass(frozen=True)
class Own:
    """A failure of a pipeline's own, in its words, and the list of its jobs."""

    code: str
    title: str
    remedy: str
    url: str


@dataclass(frozen=True)
class Card:
    """A pipeline; `standing` says who serves it, `stuck` that nobody does although jobs wait."""

    name: str
    summary: str
    registered: bool
    external: bool
    stages: list[Stage]
    failures: list[Own]
    numbers: list[Number]
    workers: list[WorkerLine]
    standing: str
    stuck: bool


def cards(found: Iterable[PipelineState], clock: Clock) -> list[Card]:
    """Return pipelines as cards."""
    return [
        Card(
            pipeline.name, _(SUMMARIES[pipeline.name]) if pipeline.name in SUMMARIES else pipeline.summary, pipeline.registered,
            pipeline.external,
            [Stage(step.name, [_bound(limit) for limit in step.limits]) for step in pipeline.steps],
            [_own(pipeline, code) for code in pipeline.failures],
            [_number(pipeline, state) for state in SHOWN_STATES],
            [_worker(worker, clock) for worker in pipeline.workers],
            _("Another system runs it") if pipeline.external else _standing(pipeline.workers),
            not pipeline.external and not pipeline.workers and bool(pipeline.jobs[State.QUEUED]),
        )
        for pipeline in found
    ]  # fmt: skip


def _bound(limit: Limit) -> Bound:
    shown = show_bytes(int(limit.value)) if limit.setting.endswith("_bytes") else _time(limit.value)
    return Bound(_limit_words().get(limit.setting, limit.variable), shown, limit.variable)


def _own(pipeline: PipelineState, code: Code) -> Own:
    url = ListQuery(state=State.FAILED, pipeline=pipeline.name, failure=code).address
    return Own(code, failing.title(code), _(entry_of(code).remedy), url)


def _time(seconds: float) -> str:
    """Return a time as it was set: `2 min` for what is even, `2 min 5 s` for what is not."""
    return duration(seconds) if seconds % MINUTE else span(seconds)


def _number(pipeline: PipelineState, state: State) -> Number:
    return Number(mark(state), number(pipeline.jobs[state]), ListQuery(state=state, pipeline=pipeline.name).address)


def _worker(worker: Worker, clock: Clock) -> WorkerLine:
    busy = _("{running} of {places} busy").format(running=worker.running, places=worker.concurrency)
    since, seen = clock.since(worker.started_at, _("up {}")), clock.since(worker.seen_at, _("seen {} ago"))
    return WorkerLine(worker.host, worker.pid, busy, since, seen)


def _standing(workers: list[Worker]) -> str:
    if not workers:
        return _("No worker is alive for it")
    running, places = sum(worker.running for worker in workers), sum(worker.concurrency for worker in workers)
    served = ngettext("{n} worker", "{n} workers", len(workers))
    return f"{served} · {_('{running} of {places} places busy').format(running=running, places=places)}"


def _limit_words() -> dict[str, str]:
    return {
        "max_file_bytes": _("Largest file"),
        "fetch_timeout": _("Longest fetch"),
        "parse_timeout": _("Longest reading"),
        "parse_memory_bytes": _("Memory for reading"),
        "max_expanded_bytes": _("Largest unpacked size"),
        "parse_output_bytes": _("Longest text"),
    }
