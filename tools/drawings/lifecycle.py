"""The life of a job: what is drawn is the table of transitions; only where it stands is said here."""

import textwrap
from dataclasses import dataclass
from typing import Literal

from tidegate.domain.lifecycle import TRANSITIONS, Mover, State, Transition
from tools.drawings.canvas import LINE_HEIGHT, Canvas

WIDTH, HEIGHT = 480, 508
BOX = (116, 44)
PLACES = {
    State.QUEUED: (182, 62),
    State.RUNNING: (182, 244),
    State.CANCELLED: (16, 444),
    State.SUCCEEDED: (182, 444),
    State.FAILED: (348, 444),
}
"""The upper left corner of each state's box."""


@dataclass(frozen=True)
class Way:
    """Where a transition is drawn: its path, and its words with the place of the first."""

    path: str
    x: int
    y: int
    anchor: Literal["start", "end"] = "start"
    letters: int = 13
    """How long a line of its words may be."""


WAYS = {
    (State.QUEUED, State.RUNNING): Way("M228 106V242", 219, 158, "end", 12),
    (State.RUNNING, State.QUEUED): Way("M252 244V108", 261, 172),
    (State.RUNNING, State.SUCCEEDED): Way("M240 288V442", 249, 386),
    (State.RUNNING, State.FAILED): Way("M298 272H376Q384 272 384 280V442", 375, 310, "end", 14),
    (State.FAILED, State.QUEUED): Way("M442 444V92Q442 84 434 84H300", 433, 108, "end", 19),
    (State.QUEUED, State.CANCELLED): Way("M182 84H46Q38 84 38 92V442", 47, 108),
    (State.RUNNING, State.CANCELLED): Way("M182 272H104Q96 272 96 280V442", 105, 310),
}


def lifecycle() -> str:
    """Return the drawing; a transition that has no way here is a KeyError."""
    canvas = Canvas(WIDTH, HEIGHT, "The life of a job", told())
    canvas.dot(240, 22)
    canvas.words(252, 27, "submitted")
    canvas.arrow("M240 28V60")
    for state in State:
        canvas.box((*PLACES[state], *BOX), state.value, colour=state.value)
    for move in TRANSITIONS:
        _draw(canvas, move)
    return canvas.svg()


def told() -> str:
    """Return the drawing in words."""
    moves = [f"{move.before} to {move.after}, by {movers(move)}: {move.meaning}" for move in TRANSITIONS]
    return f"A submitted job is {State.QUEUED}. " + ". ".join(moves) + "."


def movers(move: Transition) -> str:
    """Return who makes a move, in words."""
    return " or ".join(sorted(mover.value for mover in move.movers))


def _draw(canvas: Canvas, move: Transition) -> None:
    way = WAYS[move.before, move.after]
    colour = "accent" if Mover.PERSON in move.movers else "arrow"
    lines = textwrap.wrap(move.meaning, way.letters)
    canvas.arrow(way.path, colour=colour)
    canvas.words(way.x, way.y, *lines, anchor=way.anchor)
    by = "accent" if Mover.PERSON in move.movers else "ink-3"
    canvas.words(way.x, way.y + len(lines) * LINE_HEIGHT, movers(move), anchor=way.anchor, colour=by)
