"""Charts as plain geometry: x in percent of the width and y in pixels, so that words keep their size at any width.

A page places what is worked out here in an SVG without a viewBox. Lines are made of segments, for only those take percent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tidegate.console.shown.scales import Scale
from tidegate.console.shown.windows import Label

HEIGHT = 150
"""Pixels between the topmost line and zero."""

BAR_SHARE = 0.76
"""Of a bar's place, how much the bar fills."""

LEAST = 3.0
"""Pixels that the smallest amount gets, so that one failure among thousands is seen."""


@dataclass(frozen=True)
class Tick:
    """A horizontal line and its word."""

    y: float
    text: str


@dataclass(frozen=True)
class Block:
    """One part of a stacked bar; `y` is its upper edge."""

    tone: str
    y: float
    height: float


@dataclass(frozen=True)
class Column:
    """The place of one bar, from `left` over `width`, what it says when pointed at, and the bar within, if there is one."""

    left: float
    width: float
    text: str
    bar_left: float
    bar_width: float
    blocks: list[Block]


@dataclass(frozen=True)
class Segment:
    """A straight piece of a line."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Dot:
    """Where a line begins or ends; a value without neighbours is a dot alone."""

    x: float
    y: float


@dataclass(frozen=True)
class Line:
    """One series of values; `kind` is how it is drawn."""

    kind: str
    segments: list[Segment]
    dots: list[Dot]


@dataclass(frozen=True)
class Key:
    """One entry of a chart's key: a `block` of a tone or a `line` of a kind, and its word."""

    shape: str
    kind: str
    word: str


@dataclass(frozen=True)
class Chart:
    """A chart, and the table that says the same. `nothing` stands in place of the drawing when there is nothing to draw."""

    id: str
    title: str
    text: str
    nothing: str
    keys: list[Key]
    ticks: list[Tick]
    labels: list[Label]
    columns: list[Column]
    lines: list[Line]
    head: list[str]
    rows: list[list[str]]


def ticks(scale: Scale) -> list[Tick]:
    """Return a scale's lines, zero first."""
    last = len(scale.words) - 1
    return [Tick(round(HEIGHT * (1 - number / last), 2), word) for number, word in enumerate(scale.words)]


def columns(stacks: Sequence[Sequence[tuple[str, int]]], texts: Sequence[str], scale: Scale) -> list[Column]:
    """Return a column for each stack of (tone, amount), the first amount at the bottom."""
    width = 100 / len(stacks)
    margin = width * (1 - BAR_SHARE) / 2
    return [
        Column(
            round(number * width, 3), round(width, 3), text, round(number * width + margin, 3), round(width * BAR_SHARE, 3),
            _blocks(stack, scale),
        )
        for number, (stack, text) in enumerate(zip(stacks, texts, strict=True))
    ]  # fmt: skip


def line(kind: str, values: Sequence[float | None], scale: Scale) -> Line:
    """Return the line through values, each in the middle of its bar's place; it is broken where there is none."""
    points = [None if value is None else _point(number, value, len(values), scale) for number, value in enumerate(values)]
    around = [None, *points, None]
    segments = [Segment(a.x, a.y, b.x, b.y) for a, b in pairwise(points) if a and b]
    dots = [this for before, this, after in zip(around, points, around[2:], strict=False) if this and not (before and after)]
    return Line(kind, segments, dots)


def _blocks(stack: Sequence[tuple[str, int]], scale: Scale) -> list[Block]:
    blocks, base = [], float(HEIGHT)
    for tone, amount in stack:
        height = max(LEAST, amount / scale.top * HEIGHT) if amount else 0.0
        base -= height
        if amount:
            blocks.append(Block(tone, round(base, 2), round(height, 2)))
    return blocks


def _point(number: int, value: float, places: int, scale: Scale) -> Dot:
    return Dot(round((number + 0.5) / places * 100, 3), round(HEIGHT * (1 - value / scale.top), 2))
