"""`tidegate causes`: what failures had in common."""

import math

from tidegate.cli.output import moment, show_json, show_table
from tidegate.cli.shell import opened
from tidegate.cli.words import parse_name
from tidegate.operations import causes as causing
from tidegate.operations.causes import Cause, Window

COLUMNS = ("unresolved", "acknowledged", "happened", "failure", "pipeline", "step", "source", "last hour", "course")
BARS, NEVER = "▁▂▃▄▅▆▇█", "·"


async def causes(*, window: str = Window.DAY.value, pipeline: str | None = None, json: bool = False) -> None:
    """List failures by cause, those with most unresolved first.

    A cause is what failures have in common: code, pipeline, step and source. `tidegate jobs`, `retry` and `acknowledge` take
    the same as options.

    Args:
        window: How far back: 24h, 7d, 30d or all.
        pipeline: Only this pipeline.
        json: Print one JSON object `{window, since, series_since, slot_seconds, causes}`.
    """
    wanted = parse_name(Window, window)
    async with opened() as shell:
        found = await causing.list_causes(shell.services, shell.actor, wanted, pipeline=pipeline)
    if json:
        show_json(found)
    else:
        show_table(COLUMNS, (_row(cause) for cause in found.causes), empty="Nothing has failed.")


def course(series: list[int]) -> str:
    """Return how often something happened, as one bar for each slot of time: a dot is never, the highest bar most often."""
    most = max(series, default=0)
    return "".join(BARS[math.ceil(n * len(BARS) / most) - 1] if n else NEVER for n in series)


def _row(cause: Cause) -> tuple[object, ...]:
    key = cause.key
    return (
        cause.unresolved, cause.acknowledged, cause.happened, key.failure_code, key.pipeline, key.step, key.source_kind,
        moment(cause.last_hour), course(cause.series),
    )  # fmt: skip
