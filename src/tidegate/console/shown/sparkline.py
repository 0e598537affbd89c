"""A row of small bars: how often something happened, slot by slot. Drawn on the server; the same numbers stand in a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tidegate.console.language import number
from tidegate.console.shown.moments import Clock, day_of

SLOT, GAP, HEIGHT = 4, 1, 24
"""Units of the drawing: a slot's width, the space in it that stays free, and the height of the tallest bar."""

LEAST = 3
"""Height of the lowest bar: one in a thousand is still seen."""


@dataclass(frozen=True)
class Bar:
    """One slot that is not empty."""

    x: int
    y: int
    height: int
    label: str


@dataclass(frozen=True)
class Sparkline:
    """The whole drawing: its width, its bars, and the highest number in it."""

    width: int
    bars: list[Bar]
    most: int


def sparkline(series: Sequence[int], labels: Sequence[str]) -> Sparkline:
    """Return a series as bars; each label names its slot."""
    most = max(series, default=0)
    bars = [_bar(at, n, most, labels[at]) for at, n in enumerate(series) if n]
    return Sparkline(len(series) * SLOT - GAP, bars, most)


def slot_labels(since: datetime, slot: timedelta, n: int, clock: Clock) -> list[str]:
    """Return when each slot begins, in the reader's zone: a day, with the time where slots are shorter."""
    starts = [(since + slot * at).astimezone(clock.zone) for at in range(n)]
    if slot >= timedelta(days=1):
        return [day_of(start) for start in starts]
    return [f"{day_of(start)}, {start:%H:%M}" for start in starts]


def _bar(at: int, n: int, most: int, label: str) -> Bar:
    height = max(LEAST, round(n / most * HEIGHT))
    return Bar(at * SLOT, HEIGHT - height, height, f"{label}: {number(n)}")
