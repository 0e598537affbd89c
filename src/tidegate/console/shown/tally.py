"""How a batch stands: shares of its states, and its failures by cause; every number leads to its list."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext, number
from tidegate.console.shown.filters import ListQuery
from tidegate.console.shown.sentences import say
from tidegate.console.shown.states import Mark, mark
from tidegate.domain.failures import Failure
from tidegate.domain.lifecycle import State
from tidegate.operations.reading import BatchTally


@dataclass(frozen=True)
class Part:
    """One state's share; `start` and `width` place it on the bar, in percent."""

    mark: Mark
    n: str
    url: str
    start: float
    width: float


@dataclass(frozen=True)
class Cause:
    """One failure code, how often it occurred, and where its jobs are."""

    message: str
    n: str
    url: str


@dataclass(frozen=True)
class Tally:
    """A batch in numbers."""

    total: str
    words: str
    parts: list[Part]
    causes: list[Cause]
    duplicates: str
    over: bool


def tally(batch: BatchTally) -> Tally:
    """Return a batch's standing."""
    duplicates = ngettext("{n} was known already", "{n} were known already", batch.duplicates) if batch.duplicates else ""
    return Tally(
        total=ngettext("{n} job", "{n} jobs", batch.batch.job_total),
        words=words(batch.states),
        parts=parts(batch.states, batch.batch.id),
        causes=[
            Cause(say(Failure(code)), number(n), ListQuery(state=State.FAILED, batch=batch.batch.id, failure=code).address)
            for code, n in sorted(batch.failures.items(), key=lambda pair: -pair[1])
        ],
        duplicates=duplicates,
        over=batch.is_over,
    )


def words(states: Mapping[State, int]) -> str:
    """Return how far a batch is: what is still to go, or what failed in the end."""
    left = states.get(State.QUEUED, 0) + states.get(State.RUNNING, 0)
    if left:
        return ngettext("{n} still to go", "{n} still to go", left)
    failed = states.get(State.FAILED, 0)
    return ngettext("Over: {n} failed", "Over: {n} failed", failed) if failed else _("Over, without a failure")


def parts(states: Mapping[State, int], batch_id: UUID) -> list[Part]:
    """Return the shares of a batch's bar, each leading to its list."""
    total, shares, start = max(1, sum(states.values())), [], 0.0
    for state in (State.SUCCEEDED, State.FAILED, State.CANCELLED, State.RUNNING, State.QUEUED):
        n = states.get(state, 0)
        width = n / total * 100
        if n:
            address = ListQuery(state=state, batch=batch_id).address
            shares.append(Part(mark(state), number(n), address, round(start, 3), round(width, 3)))
        start += width
    return shares
