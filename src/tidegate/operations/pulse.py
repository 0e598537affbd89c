"""How the work goes: what came of it and how long it took by window, what waits, and what every worker does now."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from itertools import pairwise
from typing import TypeVar

import msgspec

from tidegate.access import policy
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.histogram import percentile
from tidegate.domain.lifecycle import State
from tidegate.domain.windows import Window
from tidegate.ledger import pulse, reads
from tidegate.ledger.pulse import Counted, Doing, Waiting
from tidegate.ledger.views import Worker
from tidegate.operations.door import Services


class Spans(msgspec.Struct, frozen=True):
    """Percentiles in seconds, from a histogram: at most 9 % off (domain/histogram.py)."""

    p50: float
    p95: float


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Attempts that ended, by what they came to; `failure_share` is of those that nobody cancelled.

    `wait` is of attempts that began: from when they were queued, or due where that is later. `run` is of attempts that ended
    after they began. A retried failure counts as an attempt of its own.
    """

    succeeded: int
    failed: int
    cancelled: int
    failure_share: float | None
    wait: Spans | None
    run: Spans | None

    @property
    def ended(self) -> int:
        """Attempts that ended, whatever they came to."""
        return self.succeeded + self.failed + self.cancelled


class Bar(Figures, frozen=True, kw_only=True):
    """The figures of a part of the window, from `start` up to `end`."""

    start: datetime
    end: datetime


class PipelineFigures(Figures, frozen=True, kw_only=True):
    """The figures of one pipeline in the window, and what waits for it now."""

    pipeline: str
    waiting: Waiting | None


class WorkerNow(msgspec.Struct, frozen=True):
    """A worker that is alive, and the jobs that it runs now."""

    worker: Worker
    doing: list[Doing]


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """How the work went in a window of time and stands now; bars oldest first, the last still filling."""

    window: Window
    since: datetime
    now: datetime
    total: Figures
    bars: list[Bar]
    pipelines: list[PipelineFigures]
    workers: list[WorkerNow]


Shape = TypeVar("Shape", bound=Figures)


async def get_pulse(
    services: Services, actor: Actor, window: Window = Window.DAY, *, pipeline: str | None = None, zone: tzinfo = UTC
) -> Pulse:
    """Return the pulse of all pipelines, or of one; days are those of `zone`. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.JOB_READ)
    now = datetime.now(UTC)
    edges = window.edges(now, zone)
    async with services.pool.connection() as connection:
        counted = await pulse.count_by_bar(connection, window, edges[:-1])
        waiting = {found.pipeline: found for found in await pulse.list_waiting(connection)}
        workers = await reads.list_workers(connection)
        doing = await pulse.list_doing(connection, [worker.id for worker in workers])
    names = {*services.pipelines, *waiting, *(row.pipeline for row in counted)}
    wanted = sorted(names) if pipeline is None else [pipeline]
    counted = [row for row in counted if row.pipeline in wanted]
    return Pulse(
        window=window,
        since=edges[0],
        now=now,
        total=_figures(Figures, counted),
        bars=_bars(counted, edges),
        pipelines=[
            _figures(PipelineFigures, (row for row in counted if row.pipeline == name), pipeline=name, waiting=waiting.get(name))
            for name in wanted
        ],
        workers=[
            WorkerNow(worker, [job for job in doing if job.worker_id == worker.id])
            for worker in workers
            if pipeline is None or pipeline in worker.pipelines
        ],
    )


def _bars(counted: list[Counted], edges: list[datetime]) -> list[Bar]:
    by_bar = defaultdict(list)
    for row in counted:
        by_bar[row.bar].append(row)
    return [_figures(Bar, by_bar[number], start=start, end=end) for number, (start, end) in enumerate(pairwise(edges), 1)]


def _figures(shape: type[Shape], counted: Iterable[Counted], **more: object) -> Shape:
    """Add rows up: their numbers by state, and the percentiles of their spans."""
    numbers: Counter[State] = Counter()
    waits: Counter[int] = Counter()
    runs: Counter[int] = Counter()
    for row in counted:
        numbers[row.state] += sum(row.numbers)
        spans = waits if row.state is State.RUNNING else runs
        for span_class, n in zip(row.classes, row.numbers, strict=True):
            if span_class is not None:
                spans[span_class] += n
    failed, judged = numbers[State.FAILED], numbers[State.FAILED] + numbers[State.SUCCEEDED]
    return shape(
        succeeded=numbers[State.SUCCEEDED], failed=failed, cancelled=numbers[State.CANCELLED],
        failure_share=failed / judged if judged else None, wait=_spans(waits), run=_spans(runs), **more,
    )  # fmt: skip


def _spans(numbers: Counter[int]) -> Spans | None:
    middle, long = percentile(numbers, 50), percentile(numbers, 95)
    return None if middle is None or long is None else Spans(middle, long)
