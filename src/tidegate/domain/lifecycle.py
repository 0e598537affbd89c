"""The one table of legal state transitions of a job; the database repeats it (enum, CHECKs, trigger).

queued ──► running ──► succeeded
  │  ▲        │ │
  │  └────────┘ └────► failed ──► queued   (a new attempt)
  └──► cancelled ◄── running
"""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a job, or one attempt of it, stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing happens any more without somebody's decision."""
        return self in TERMINAL


class Mover(StrEnum):
    """Who may bring a transition about. What a person moves needs an audit event in the same transaction."""

    PERSON = "person"
    WORKER = "worker"
    SYSTEM = "system"


class Origin(StrEnum):
    """Why an attempt exists."""

    SUBMITTED = "submitted"
    PERSON = "person"
    AUTOMATIC = "automatic"
    WORKER_LOST = "worker_lost"


class Outcome(StrEnum):
    """What a succeeded job came to."""

    INGESTED = "ingested"
    DUPLICATE_CONTENT = "duplicate_content"
    COMPLETED = "completed"


class RetryMode(StrEnum):
    """Where a retry begins: after the last finished step, or from the first."""

    RESUME = "resume"
    RESTART = "restart"


class Attention(StrEnum):
    """What a job that has failed at least once asks of people. The database derives it from the same facts."""

    UNRESOLVED = "unresolved"
    RETRYING = "retrying"
    RECOVERED = "recovered"
    ACKNOWLEDGED = "acknowledged"


def attention(state: State, attempt_no: int, *, acknowledged: bool) -> Attention | None:
    """Return what a job in this standing asks of people; None for one that never failed, or was cancelled."""
    if state is State.FAILED:
        return Attention.ACKNOWLEDGED if acknowledged else Attention.UNRESOLVED
    if attempt_no == 1 or state is State.CANCELLED:
        return None
    return Attention.RECOVERED if state is State.SUCCEEDED else Attention.RETRYING


@dataclass(frozen=True)
class Transition:
    """One legal move between two states and who may make it."""

    before: State
    after: State
    movers: frozenset[Mover]
    meaning: str


class Fenced(Exception):
    """The attempt is no longer its worker's: cancelled, taken as lost or given to another. Its results are discarded."""


TERMINAL = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED})

TRANSITIONS = (
    Transition(State.QUEUED, State.RUNNING, frozenset({Mover.WORKER}), "a worker begins the attempt"),
    Transition(State.RUNNING, State.SUCCEEDED, frozenset({Mover.WORKER}), "every step finished"),
    Transition(State.RUNNING, State.FAILED, frozenset({Mover.WORKER, Mover.SYSTEM}), "a step failed, or its worker was lost"),
    Transition(State.RUNNING, State.QUEUED, frozenset({Mover.WORKER, Mover.SYSTEM}), "given back, or its worker was lost"),
    Transition(State.FAILED, State.QUEUED, frozenset({Mover.PERSON, Mover.SYSTEM}), "a retry, a person's or an automatic one"),
    Transition(State.QUEUED, State.CANCELLED, frozenset({Mover.PERSON}), "cancelled before it ran"),
    Transition(State.RUNNING, State.CANCELLED, frozenset({Mover.PERSON}), "cancelled while it ran"),
)

_LEGAL = {(t.before, t.after): t for t in TRANSITIONS}


def is_legal(before: State, after: State, mover: Mover) -> bool:
    """Tell whether `mover` may take a job from `before` to `after`."""
    transition = _LEGAL.get((before, after))
    return transition is not None and mover in transition.movers
