"""The few things that a plan may ask its driver for. A plan is a generator: it yields one and is sent what came of it."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

T = TypeVar("T")

File = Path | bytes
"""What is uploaded: a file of this machine, or its content."""


@dataclass(frozen=True)
class Request:
    """One request: JSON in `body`, or a form of `fields` with `files` (name → content)."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[tuple[str, File]] = ()


@dataclass(frozen=True)
class Answer:
    """What came back; of an opened stream the body is empty: `Line` or `Block` read it."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Lost:
    """No answer, or no more of it: why, by the kind of the error; END where a stream was over."""

    END: ClassVar[str] = "End"

    kind: str


@dataclass(frozen=True)
class Send:
    """Send a request → Answer | Lost."""

    request: Request


@dataclass(frozen=True)
class Open:
    """Open a stream, in place of the one before → Answer | Lost."""

    request: Request


@dataclass(frozen=True)
class Line:
    """Read a line of the open stream → str | Lost."""


@dataclass(frozen=True)
class Block:
    """Read what the open stream has next, never lines of it as well → bytes | Lost."""


@dataclass(frozen=True)
class Pause:
    """Wait so many seconds → None."""

    seconds: float


@dataclass(frozen=True)
class Clock:
    """Look at a clock that never goes back → float, in seconds."""


@dataclass(frozen=True)
class Give(Generic[T]):
    """Hand a value to whoever iterates → None."""

    value: T


Effect = Send | Open | Line | Block | Pause | Clock
Plan = Generator[Effect, Any, T]
"""Ends with a result."""

Flow = Generator[Effect | Give[T], Any, None]
"""Gives results one after another."""
