"""A job's state by three signs at once: word, shape and colour."""

from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.domain.lifecycle import State


@dataclass(frozen=True)
class Mark:
    """A state mark; `icon` names a shape of the sprite, `tone` a colour of the stylesheet."""

    word: str
    icon: str
    tone: str


def mark(state: State) -> Mark:
    """Return the mark of a state; every state has a shape of its own, so that no one needs the colour."""
    return Mark(_(WORDS[state]), f"state-{state.value}", state.value)


WORDS = {
    State.QUEUED: "Queued",
    State.RUNNING: "Running",
    State.SUCCEEDED: "Succeeded",
    State.FAILED: "Failed",
    State.CANCELLED: "Cancelled",
}
