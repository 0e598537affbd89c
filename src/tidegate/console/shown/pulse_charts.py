"""The pulse's four charts: what ended, the share that failed, how long attempts waited, and how long they ran."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.language import number
from tidegate.console.shown import charts, scales, windows
from tidegate.console.shown.charts import Chart, Key
from tidegate.console.shown.moments import Clock, duration
from tidegate.console.shown.states import mark
from tidegate.domain.lifecycle import State
from tidegate.operations.pulse import Bar, Figures, Pulse, Spans

ENDS = (State.SUCCEEDED, State.CANCELLED, State.FAILED)
"""From the bottom of a bar upwards."""

NONE = "\u2013"
"""Stands in a table where there is no value."""


@dataclass(frozen=True)
class Frame:
    """What the charts of one pulse share: bars with their names, the labels below, and the window as an end of sentences."""

    bars: Sequence[Bar]
    names: list[str]
    labels: list[windows.Label]
    past: str


@dataclass(frozen=True)
class Told:
    """The words of a chart of lines; `whole` sums the window up, `peak` names the greatest value and its time."""

    id: str
    title: str
    whole: str
    peak: str
    nothing: str


def of_pulse(pulse: Pulse, clock: Clock) -> list[Chart]:
    """Return the charts of a window, with times in the reader's zone."""
    bars, total = pulse.bars, pulse.total
    names = [windows.bar_name(bar, pulse.window, clock.zone) for bar in bars]
    frame = Frame(bars, names, windows.labels(bars, pulse.window, clock.zone), _(windows.MANNERS[pulse.window].past))
    return [
        _ended(frame, total),
        _failures(frame, total),
        _spans(frame, _told_of_waits(total.wait), [bar.wait for bar in bars]),
        _spans(frame, _told_of_runs(total.run), [bar.run for bar in bars]),
    ]


def ends(figures: Figures) -> dict[State, int]:
    """Return how many attempts came to each end, in the order of a bar."""
    return {State.SUCCEEDED: figures.succeeded, State.CANCELLED: figures.cancelled, State.FAILED: figures.failed}


def _ended(frame: Frame, total: Figures) -> Chart:
    greatest = max(bar.ended for bar in frame.bars)
    busiest = next(name for name, bar in zip(frame.names, frame.bars, strict=True) if bar.ended == greatest)
    scale = scales.of_counts(greatest)
    stacks = [[(state.value, n) for state, n in ends(bar).items()] for bar in frame.bars]
    texts = [f"{name}: {_counts(bar)}" for name, bar in zip(frame.names, frame.bars, strict=True)]
    return Chart(
        id="ended",
        title=_("Attempts that ended"),
        text=f"{_counts(total)}. {_('Most: {n}, {time}.').format(time=busiest, n=number(greatest))}",
        nothing="" if greatest else _("No attempt ended {past}.").format(past=frame.past),
        keys=[Key("block", state.value, mark(state).word) for state in ENDS],
        ticks=charts.ticks(scale),
        labels=frame.labels,
        columns=charts.columns(stacks, texts, scale),
        lines=[],
        head=[_("Time"), *(mark(state).word for state in ENDS)],
        rows=[[name, *(number(n) for n in ends(bar).values())] for name, bar in zip(frame.names, frame.bars, strict=True)],
    )


def _failures(frame: Frame, total: Figures) -> Chart:
    share = scales.share_text(total.failure_share or 0.0)
    told = Told(
        id="failures",
        title=_("Share that failed"),
        whole=_("{share} of the attempts that succeeded or failed.").format(share=share),
        peak=_("Highest: {value}, {time}."),
        nothing=_("No attempt succeeded or failed {past}."),
    )
    series = {Key("line", "solid", _("Failed")): [bar.failure_share for bar in frame.bars]}
    return _lines(frame, told, series, scales.of_shares, scales.share_text)


def _told_of_waits(total: Spans | None) -> Told:
    return Told(
        "waits", _("How long attempts waited"), _whole(total), _("Longest: {value}, {time}."), _("No attempt began {past}.")
    )


def _told_of_runs(total: Spans | None) -> Told:
    nothing = _("No attempt that had begun ended {past}.")
    return Told("runs", _("How long attempts ran"), _whole(total), _("Longest: {value}, {time}."), nothing)


def _spans(frame: Frame, told: Told, spans: Sequence[Spans | None]) -> Chart:
    series = {
        Key("line", "solid", _("Median")): [each.p50 if each else None for each in spans],
        Key("line", "dashed", _("95% within")): [each.p95 if each else None for each in spans],
    }
    return _lines(frame, told, series, scales.of_spans, duration)


def _lines(
    frame: Frame,
    told: Told,
    series: dict[Key, list[float | None]],
    scale_of: Callable[[float], scales.Scale],
    show: Callable[[float], str],
) -> Chart:
    """Draw series of values, the one with the greatest last."""
    last = [*series.values()][-1]
    greatest = max((value for value in last if value is not None), default=0.0)
    cells = [[NONE if value is None else show(value) for value in values] for values in series.values()]
    rows = [list(row) for row in zip(frame.names, *cells, strict=True)]
    scale = scale_of(greatest)
    peak = told.peak.format(time=frame.names[last.index(greatest)], value=show(greatest)) if greatest else ""
    texts = [f"{name}: {', '.join(f'{key.word} {cell}' for key, cell in zip(series, row, strict=True))}" for name, *row in rows]
    return Chart(
        id=told.id,
        title=told.title,
        text=f"{told.whole} {peak}".strip(),
        nothing="" if any(value is not None for value in last) else told.nothing.format(past=frame.past),
        keys=[*series],
        ticks=charts.ticks(scale),
        labels=frame.labels,
        columns=charts.columns([[] for _row in rows], texts, scale),
        lines=[charts.line(key.kind, values, scale) for key, values in series.items()],
        head=[_("Time"), *(key.word for key in series)],
        rows=rows,
    )


def _whole(spans: Spans | None) -> str:
    return _("Median {p50}, 95% within {p95}.").format(p50=duration(spans.p50), p95=duration(spans.p95)) if spans else ""


def _counts(figures: Figures) -> str:
    return ", ".join(f"{number(n)} {mark(state).word.lower()}" for state, n in ends(figures).items())
