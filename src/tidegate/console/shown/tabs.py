"""The state tabs: each with the number that its list has."""

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.language import number
from tidegate.console.shown.filters import ListQuery
from tidegate.console.shown.states import Mark, mark
from tidegate.domain.lifecycle import State
from tidegate.ledger.views import Count


@dataclass(frozen=True)
class Tab:
    """One tab; `count` is shown as counted, with a plus where counting stopped."""

    word: str
    mark: Mark | None
    count: str
    n: int
    url: str
    current: bool


def tabs(query: ListQuery, counts: Mapping[State, Count]) -> list[Tab]:
    """Return 'All' and one tab a state, all under the same filters."""
    total = Count(n=sum(count.n for count in counts.values()), more=any(count.more for count in counts.values()))
    everything = Tab(_("All"), None, count_text(total), total.n, query.with_state(None), query.state is None)
    return [everything, *(_tab(query, state, counts[state]) for state in State)]


def count_text(count: Count) -> str:
    """Return `1,204`, or `1,000+` where counting stopped."""
    return f"{number(count.n)}+" if count.more else number(count.n)


def _tab(query: ListQuery, state: State, count: Count) -> Tab:
    sign = mark(state)
    return Tab(sign.word, sign, count_text(count), count.n, query.with_state(state), query.state is state)
