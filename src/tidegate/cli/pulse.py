"""`tidegate pulse`: how the work goes."""

from collections.abc import Iterator

from tidegate.cli.output import moment, show_json, show_line, show_table
from tidegate.cli.shell import opened
from tidegate.cli.words import parse_name
from tidegate.domain.windows import Window
from tidegate.operations.pulse import Figures, PipelineFigures, Pulse, Spans, WorkerNow, get_pulse

FIGURES = (
    "pipeline", "succeeded", "failed", "cancelled", "failure share", "wait p50", "wait p95", "run p50", "run p95", "waiting",
    "due since",
)  # fmt: skip
WORKERS = ("worker", "host", "process", "job", "step", "since", "name")


async def pulse(*, window: str = Window.DAY.value, pipeline: str | None = None, json: bool = False) -> None:
    """Show how the work goes: what came of it, how long it took, who works.

    One line a pipeline, and one for all together: the attempts that ended in the window, how long attempts waited and ran
    (in seconds, at most 9 % off), and what waits now. Then what every worker does. `--json` has the bars of the console's
    charts too, in UTC.

    Args:
        window: How far back: 1h, 24h, 7d or 30d.
        pipeline: Only this pipeline.
        json: Print one JSON object.
    """
    wanted = parse_name(Window, window)
    async with opened() as shell:
        found = await get_pulse(shell.services, shell.actor, wanted, pipeline=pipeline)
    if json:
        show_json(found)
        return
    show_table(FIGURES, _figures(found), empty="No pipelines.")
    show_line()
    show_table(WORKERS, _workers(found.workers), empty="No worker is alive. `tidegate up` or `tidegate work` starts one.")


def _figures(found: Pulse) -> Iterator[tuple[object, ...]]:
    for figures in found.pipelines:
        yield figures.pipeline, *_measures(figures), *_waiting(figures)
    if len(found.pipelines) > 1:
        waiting = sum(figures.waiting.n for figures in found.pipelines if figures.waiting)
        yield "(all)", *_measures(found.total), waiting, None


def _measures(figures: Figures) -> tuple[object, ...]:
    share = None if figures.failure_share is None else f"{figures.failure_share:.1%}"
    return figures.succeeded, figures.failed, figures.cancelled, share, *_spans(figures.wait), *_spans(figures.run)


def _spans(spans: Spans | None) -> tuple[object, object]:
    return (None, None) if spans is None else (f"{spans.p50:.3f}", f"{spans.p95:.3f}")


def _waiting(figures: PipelineFigures) -> tuple[object, object]:
    return (0, None) if figures.waiting is None else (figures.waiting.n, moment(figures.waiting.since))


def _workers(workers: list[WorkerNow]) -> Iterator[tuple[object, ...]]:
    for found in workers:
        here = (found.worker.id, found.worker.host, found.worker.pid)
        if not found.doing:
            yield *here, None, None, None, None
        for job in found.doing:
            step = f"{job.step_name} {job.step_no}/{job.step_total}" if job.step_name else None
            yield *here, job.job_id, step, moment(job.started_at), job.name
