"""The scales of charts: round steps from zero to above the greatest value, and their words."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, count
from math import ceil

from tidegate.console.language import gettext as _
from tidegate.console.language import number
from tidegate.console.shown.moments import DAY, HOUR, MINUTE

STEPS_MOST = 5


@dataclass(frozen=True)
class Scale:
    """The value at the top of a chart, and the words at its lines, from zero upwards at equal distances."""

    top: float
    words: list[str]


def of_counts(greatest: float) -> Scale:
    """Return a scale of whole numbers."""
    return _scale(greatest, _tens(1), lambda value, _step: number(round(value)))


def of_shares(greatest: float) -> Scale:
    """Return a scale of shares, 1.0 at most."""
    return _scale(greatest, (0.01, 0.02, 0.05, 0.1, 0.25), lambda value, _step: share_text(value))


def of_spans(greatest: float) -> Scale:
    """Return a scale of seconds, in units of time."""
    return _scale(greatest, chain(SPAN_STEPS, _tens(DAY)), _span)


def share_text(share: float) -> str:
    """Return a share: `0.4%`, `7.2%`, `31%`; a small one is not told as none."""
    if 0 < share < 0.001:
        return f"<{number(0.1, decimals=1)}%"
    percent = share * 100
    whole = percent >= 9.95 or percent == round(percent)
    return f"{number(round(percent)) if whole else number(percent, decimals=1)}%"


def _scale(greatest: float, steps: Iterable[float], word: Callable[[float, float], str]) -> Scale:
    """Take the first step that needs few enough lines."""
    step = next(step for step in steps if greatest <= step * STEPS_MOST)
    lines = max(1, ceil(greatest / step))
    return Scale(step * lines, [word(step * line, step) for line in range(lines + 1)])


def _tens(first: float) -> Iterator[float]:
    """1, 2, 5, 10, 20, 50 and so on, times the first."""
    return (first * 10**power * factor for power in count() for factor in (1, 2, 5))


def _span(value: float, step: float) -> str:
    """Return a value in the unit of its step, so that all lines of a scale have the same."""
    unit, pattern = next((unit, pattern) for least, unit, pattern in UNITS if step >= least)
    return _(pattern).format(n=f"{round(value / unit, 3):g}")


SPAN_STEPS = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30),
    *(minutes * MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * HOUR for hours in (1, 2, 3, 6, 12)),
)
UNITS = (
    (DAY, DAY, "{n} d"), (HOUR, HOUR, "{n} h"), (MINUTE, MINUTE, "{n} min"), (0.1, 1, "{n} s"), (0.0, 0.001, "{n} ms"),
)  # fmt: skip
"""From which step on a unit is used, its seconds, and its pattern."""
