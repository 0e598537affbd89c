"""A job as it must stand, in plain Python: a part of the prediction that test_lifecycle_model.py holds Tidegate to."""

from dataclasses import dataclass, field

from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import Mover, Origin, Outcome, State, is_legal


@dataclass(frozen=True)
class Held:
    """What a worker believes to run."""

    job: int
    attempt_no: int
    worker: int


@dataclass
class Try:
    """An attempt."""

    origin: Origin
    state: State = State.QUEUED
    code: FailureCode | None = None


@dataclass
class Job:
    """A job as it must stand."""

    tries: list[Try] = field(default_factory=lambda: [Try(Origin.SUBMITTED)])
    version: int = 1
    code: FailureCode | None = None
    worker: int | None = None
    automatic_used: int = 0
    outcome: Outcome | None = None
    checkpoints: set[int] = field(default_factory=set)
    due: bool = True
    ticketed: bool = True
    acknowledged: bool = False

    @property
    def state(self) -> State:
        """That of the newest attempt, always."""
        return self.tries[-1].state

    def move(self, to: State, mover: Mover) -> None:
        """Go to another state of the same attempt."""
        assert is_legal(self.state, to, mover), (self.state, to, mover)
        self.tries[-1].state = to
        self.version += 1
        self.acknowledged = False
        self.due = self.ticketed = True

    def again(self, origin: Origin, *, restart: bool = False, due: bool = True) -> None:
        """Queue the next attempt."""
        assert is_legal(self.state, State.QUEUED, Mover.PERSON if origin is Origin.PERSON else Mover.SYSTEM)
        self.tries.append(Try(origin))
        self.version += 1
        self.acknowledged, self.due, self.ticketed = False, due, True
        self.automatic_used = 0 if origin is Origin.PERSON else self.automatic_used + 1
        if restart:
            self.checkpoints.clear()

    def failures(self, code: FailureCode) -> int:
        """How often this code has ended an attempt since a person last asked for one."""
        asked = max(n for n, one in enumerate(self.tries) if one.origin in {Origin.SUBMITTED, Origin.PERSON})
        return sum(one.code is code for one in self.tries[asked:])

    @property
    def seen(self) -> tuple[object, ...]:
        """What the database must show of it; some of it only while it waits or runs."""
        waits, runs = self.state is State.QUEUED, self.state is State.RUNNING
        tries = [(one.state.value, one.origin.value, one.code and one.code.value) for one in self.tries]
        return (
            self.state.value, self.version, len(self.tries), self.code and self.code.value, self.automatic_used,
            self.acknowledged, self.outcome and self.outcome.value, self.worker if runs else None,
            self.due if waits else None, self.ticketed if waits else None, tries, sorted(self.checkpoints),
        )  # fmt: skip
