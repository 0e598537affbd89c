"""How a batch stands: shares of its states, and its failures by cause; every number leads to its list."""

from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext, number
from tidegate.console.shown.filters import ListQuery
from tidegate.console.shown.states import Mark, mark
from tidegate.domain.failures import CATALOGUE
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
    total = max(1, sum(batch.states.values()))
    duplicates = ngettext("{n} was known already", "{n} were known already", batch.duplicates) if batch.duplicates else ""
    return Tally(
        total=ngettext("{n} job", "{n} jobs", batch.batch.job_total),
        words=_words(batch),
        parts=_parts(batch, total),
        causes=[
            Cause(
                _(CATALOGUE[code].message), number(n), ListQuery(state=State.FAILED, batch=batch.batch.id, failure=code).address
            )
            for code, n in sorted(batch.failures.items(), key=lambda pair: -pair[1])
        ],
        duplicates=duplicates,
        over=batch.is_over,
    )


def _words(batch: BatchTally) -> str:
    left = batch.states.get(State.QUEUED, 0) + batch.states.get(State.RUNNING, 0)
    if left:
        return ngettext("{n} still to go", "{n} still to go", left)
    failed = batch.states.get(State.FAILED, 0)
    return ngettext("Over: {n} failed", "Over: {n} failed", failed) if failed else _("Over, without a failure")


def _parts(batch: BatchTally, total: int) -> list[Part]:
    parts, start = [], 0.0
    for state in (State.SUCCEEDED, State.FAILED, State.CANCELLED, State.RUNNING, State.QUEUED):
        n = batch.states.get(state, 0)
        width = n / total * 100
        if n:
            parts.append(
                Part(
                    mark(state), number(n), ListQuery(state=state, batch=batch.batch.id).address, round(start, 3), round(width, 3)
                )
            )
        start += width
    return parts
