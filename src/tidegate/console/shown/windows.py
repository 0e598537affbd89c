"""Windows of time in words: what they are called, and how their bars are named in the reader's zone."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from math import floor, log10
from urllib.parse import urlencode

from tidegate.console.language import gettext as _
from tidegate.console.language import number
from tidegate.console.shown.moments import DAY, HOUR, MINUTE, day_of, weekday_of
from tidegate.domain.windows import Window
from tidegate.operations.pulse import Bar


@dataclass(frozen=True)
class Choice:
    """One window to choose."""

    word: str
    url: str
    current: bool


@dataclass(frozen=True)
class Label:
    """A word below a chart, `x` in percent of its width; a `spare` one is left out where there is little room."""

    x: float
    text: str
    spare: bool


@dataclass(frozen=True)
class Manner:
    """How a window is told: its name, the end of a sentence about it, and a rate by `unit` seconds.

    A label stands below the first bar of each `block`; `spare` tells which can be left out.
    """

    word: str
    past: str
    unit: int
    rate: str
    block: Callable[[datetime], Hashable]
    spare: Callable[[datetime], bool]


def read_window(text: str | None) -> Window:
    """Return the window that an address names, a day when it names none."""
    return next((window for window in Window if window.value == text), Window.DAY)


def address(window: Window, pipeline: str | None, path: str = "/ingestion/pulse") -> str:
    """Return the address of the pulse in a window."""
    given = {"window": window.value, "pipeline": pipeline}
    return f"{path}?{urlencode({name: value for name, value in given.items() if value})}"


def choices(current: Window, pipeline: str | None) -> list[Choice]:
    """Return all windows, each with its address."""
    return [Choice(_(MANNERS[window].word), address(window, pipeline), window is current) for window in Window]


def rate(n: int, seconds: float, window: Window) -> str:
    """Return how many that is in a unit of time that suits the window: `17 an hour`."""
    each = n * MANNERS[window].unit / max(seconds, 1)
    return _(MANNERS[window].rate).format(n=_rough(each))


def _rough(n: float) -> str:
    """Return a number with two digits that count: `0.042`, `4.2`, `42`, `1,042`; none after the point where they are zeros."""
    if n >= 10 or n == round(n):
        return number(round(n))
    places = 1 - floor(log10(n))
    return number(n, decimals=places)


def bar_name(bar: Bar, window: Window, zone: tzinfo) -> str:
    """Return the time of a bar: `14:00 to 14:30`, `Mon 23 Nov, 06:00 to 12:00`, `Mon 23 Nov`."""
    start, end = bar.start.astimezone(zone), bar.end.astimezone(zone)
    day = f"{weekday_of(start)} {day_of(start)}"
    if window is Window.MONTH:
        return day
    hours = _("{start} to {end}").format(start=f"{start:%H:%M}", end=f"{end:%H:%M}")
    return f"{day}, {hours}" if window is Window.WEEK else hours


def labels(bars: Sequence[Bar], window: Window, zone: tzinfo) -> list[Label]:
    """Return what stands below the bars; the first bar has a label only where nothing came before it in its block."""
    manner, found = MANNERS[window], []
    for place, bar in enumerate(bars):
        start, before = bar.start.astimezone(zone), (bar.start - (bar.end - bar.start)).astimezone(zone)
        if manner.block(start) != manner.block(before):
            middle = place + (0.5 if window is Window.MONTH else 0)
            found.append(Label(round(middle / len(bars) * 100, 3), _short(start, window), manner.spare(start)))
    return found


def _short(start: datetime, window: Window) -> str:
    if window is Window.WEEK:
        return f"{weekday_of(start)} {start.day}"
    return day_of(start) if window is Window.MONTH else f"{start:%H:%M}"


MANNERS = {
    Window.HOUR: Manner(
        "1 hour", "in the last hour", MINUTE, "{n} a minute", lambda at: (at.hour, at.minute // 15), lambda _at: False
    ),
    Window.DAY: Manner(
        "24 hours", "in the last 24 hours", HOUR, "{n} an hour", lambda at: at.hour // 3, lambda at: at.hour % 6 >= 3
    ),
    Window.WEEK: Manner("7 days", "in the last 7 days", HOUR, "{n} an hour", datetime.date, lambda at: at.toordinal() % 2 == 1),
    Window.MONTH: Manner("30 days", "in the last 30 days", DAY, "{n} a day", lambda at: at.isocalendar()[:2], lambda _at: False),
}
