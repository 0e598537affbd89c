"""The tabs over a list: each with the number that its list has."""

from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.language import number
from tidegate.console.shown.attention import word
from tidegate.console.shown.filters import ListQuery
from tidegate.console.shown.states import Mark, mark
from tidegate.domain.lifecycle import Attention, State
from tidegate.ledger.views import Count, Counts

NEEDS_ATTENTION = Attention.UNRESOLVED
"""What the tab of that name leads to. 'Failed' holds more: also the failures that somebody has acknowledged."""


@dataclass(frozen=True)
class Tab:
    """One tab; `current` is 'page' for the list that is shown, 'true' where that is one of its parts, else ''."""

    id: str
    word: str
    mark: Mark | None
    count: str
    n: int
    url: str
    current: str


def tabs(query: ListQuery, counts: Counts) -> list[Tab]:
    """Return 'All', 'Needs attention' and one tab a state, all under the same filters."""
    everything = query.state is None and query.attention is None
    all_of_them = _tab("all", _("All"), None, whole(counts), query.with_state(None), "page" if everything else "")
    return [all_of_them, _needing(query, counts), *(_of_state(query, state, counts.states[state]) for state in State)]


def parts(query: ListQuery, counts: Counts) -> list[Tab]:
    """Return what has failed by what became of it, where the list is about that; else nothing."""
    if query.attention is None:
        return []
    return [
        _tab(kind.value, word(kind), None, counts.attention[kind], query.with_attention(kind), _page(query.attention is kind))
        for kind in Attention
    ]


def shown_count(query: ListQuery, counts: Counts) -> Count:
    """Return how many jobs the list has, over all its pages."""
    if query.attention:
        return counts.attention[query.attention]
    return counts.states[query.state] if query.state else whole(counts)


def whole(counts: Counts) -> Count:
    """Return how many jobs there are in all states together."""
    return Count(n=sum(count.n for count in counts.states.values()), more=any(count.more for count in counts.states.values()))


def count_text(count: Count) -> str:
    """Return `1,204`, or `1,000+` where counting stopped."""
    return f"{number(count.n)}+" if count.more else number(count.n)


def _needing(query: ListQuery, counts: Counts) -> Tab:
    sign = Mark(_("Needs attention"), "warning", "failed")
    current = _page(query.attention is NEEDS_ATTENTION) or ("true" if query.attention else "")
    url = query.with_attention(NEEDS_ATTENTION)
    return _tab("attention", sign.word, sign, counts.attention[NEEDS_ATTENTION], url, current)


def _of_state(query: ListQuery, state: State, count: Count) -> Tab:
    sign = mark(state)
    return _tab(state.value, sign.word, sign, count, query.with_state(state), _page(query.state is state))


def _tab(id: str, name: str, sign: Mark | None, count: Count, url: str, current: str) -> Tab:
    return Tab(id, name, sign, count_text(count), count.n, url, current)


def _page(shown: bool) -> str:
    return "page" if shown else ""
