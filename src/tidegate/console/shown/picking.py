"""Choosing rows of a list: how many there are to choose from, and what may be done with the chosen."""

from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext
from tidegate.console.shown.allowed import Allowed, allowed
from tidegate.console.shown.filters import ListQuery
from tidegate.console.shown.tabs import count_text, shown_count
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.lifecycle import Attention, State
from tidegate.ledger.views import Count, Counts


@dataclass(frozen=True)
class Picking:
    """The bar over a list. `fields` are its filters: what an act on all that match goes by."""

    fields: dict[str, str]
    count: str
    n: int
    failed: int
    jobs: str
    all_of_them: str
    retry: Allowed
    acknowledge: Allowed


def picking(query: ListQuery, counts: Counts, actor: Actor) -> Picking:
    """Return the bar of a list."""
    count = shown_count(query, counts)
    return Picking(
        fields=query.filters,
        count=count_text(count),
        n=_known(count),
        failed=_failed(query, counts, count),
        jobs=_jobs(count),
        all_of_them=_("Select all {n} matching").format(n=count_text(count)),
        retry=allowed(actor, Permission.JOB_RETRY),
        acknowledge=allowed(actor, Permission.JOB_ACKNOWLEDGE),
    )


def _failed(query: ListQuery, counts: Counts, count: Count) -> int:
    """Return how many of a list's jobs have failed: those alone can be retried or acknowledged."""
    if query.attention:
        return _known(count) if query.attention in STILL_FAILED else 0
    return _known(counts.states[State.FAILED]) if query.state in (None, State.FAILED) else 0


def _known(count: Count) -> int:
    """Return how many there are at least; where counting stopped before it found one, there may be some all the same."""
    return count.n or int(count.more)


def _jobs(count: Count) -> str:
    if count.more:
        return _("{n} jobs, newest first").format(n=count_text(count))
    return ngettext("{n} job", "{n} jobs, newest first", count.n)


STILL_FAILED = (Attention.UNRESOLVED, Attention.ACKNOWLEDGED)
