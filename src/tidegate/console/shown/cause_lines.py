"""Failures by cause, as lines: how many, since when, what to do, and the acts on all of them at once."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext, number
from tidegate.console.shown import failing, narrowing
from tidegate.console.shown.allowed import Allowed, allowed
from tidegate.console.shown.chosen import Chosen
from tidegate.console.shown.filters import ListQuery
from tidegate.console.shown.moments import Clock, Moment
from tidegate.console.shown.sparkline import Sparkline, slot_labels, sparkline
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.failures import Failure, entry_of
from tidegate.domain.lifecycle import Attention
from tidegate.ledger.causes import Key
from tidegate.operations.acknowledging import ACKNOWLEDGE_LIMIT
from tidegate.operations.bulk_retry import BULK_LIMIT
from tidegate.operations.causes import Cause, Causes, Window


@dataclass(frozen=True)
class Offer:
    """An act on all jobs of a cause: where it leads, or why it is not offered."""

    word: str
    url: str
    may: Allowed


@dataclass(frozen=True)
class CauseLine:
    """One cause; its numbers are those of the lists that they lead to."""

    id: str
    panel: failing.Panel
    where: list[str]
    n: int
    unresolved: str
    list_url: str
    acknowledged: str
    acknowledged_url: str
    happened: str
    seen: Moment | None
    seen_text: str
    spark: Sparkline
    retry: Offer
    acknowledge: Offer


@dataclass(frozen=True)
class Table:
    """The same numbers as the bars, newest first: when each slot begins, and for each cause its name and numbers."""

    slots: list[str]
    rows: list[tuple[str, list[str]]]


def lines(seen: Causes, actor: Actor, clock: Clock, back: str) -> list[CauseLine]:
    """Return the causes of a window, those with most unresolved first; acts lead back to `back`."""
    labels = _labels(seen, clock)
    return [_line(cause, seen.window, labels, actor, clock, back) for cause in seen.causes]


def table(seen: Causes, clock: Clock) -> Table:
    """Return how often each cause happened in each slot."""
    rows = [
        (f"{failing.title(cause.key.failure_code)} ({', '.join(_where(cause.key))})", _numbers(cause)) for cause in seen.causes
    ]
    return Table(_labels(seen, clock)[::-1], rows)


def query_of(key: Key, window: Window, attention: Attention) -> ListQuery:
    """Return the list of a cause's jobs: as `operations.causes.jobs_of`, in the words of an address."""
    return ListQuery(
        attention=attention, failure=key.failure_code, pipeline=key.pipeline, step=key.step, source=key.source_kind, failed=window
    )


def cause_id(key: Key) -> str:
    """Return a short name of a cause that stays the same from one look to the next."""
    return hashlib.blake2s(msgspec.json.encode(key), digest_size=6).hexdigest()


def _line(cause: Cause, window: Window, labels: Sequence[str], actor: Actor, clock: Clock, back: str) -> CauseLine:
    key, chosen = cause.key, Chosen(query_of(cause.key, window, Attention.UNRESOLVED))
    recent = cause.last_hour is not None and clock.now - cause.last_hour < timedelta(hours=1)
    return CauseLine(
        id=cause_id(key),
        panel=failing.panel(Failure(key.failure_code), None),
        where=_where(key),
        n=cause.unresolved,
        unresolved=number(cause.unresolved),
        list_url=chosen.query.address,
        acknowledged=ngettext("{n} acknowledged", "{n} acknowledged", cause.acknowledged) if cause.acknowledged else "",
        acknowledged_url=query_of(key, window, Attention.ACKNOWLEDGED).address,
        happened=ngettext("happened {n} time", "happened {n} times", cause.happened),
        seen=_seen(cause.last_hour, clock) if not recent else None,
        seen_text=_("last seen within the hour") if recent else "",
        spark=sparkline(cause.series, labels),
        retry=_retry(cause, chosen, actor, back),
        acknowledge=_acknowledge(cause, chosen, actor, back),
    )


def _retry(cause: Cause, chosen: Chosen, actor: Actor, back: str) -> Offer:
    word = ngettext("Retry this one…", "Retry these {n}…", cause.unresolved)
    may = allowed(actor, Permission.JOB_RETRY)
    if may.yes and not entry_of(cause.key.failure_code).by_person:
        may = Allowed(yes=False, why_not=_(entry_of(cause.key.failure_code).remedy))
    return Offer(word, chosen.under("/ingestion/retries/new", back=back), _within(may, cause.unresolved, BULK_LIMIT))


def _acknowledge(cause: Cause, chosen: Chosen, actor: Actor, back: str) -> Offer:
    may = _within(allowed(actor, Permission.JOB_ACKNOWLEDGE), cause.unresolved, ACKNOWLEDGE_LIMIT)
    return Offer(
        ngettext("Acknowledge it…", "Acknowledge these…", cause.unresolved),
        chosen.under("/ingestion/acknowledgements/new", back=back),
        may,
    )


def _within(may: Allowed, n: int, limit: int) -> Allowed:
    if may.yes and n > limit:
        return Allowed(yes=False, why_not=_("At most {n} at once: narrow them in the list first.").format(n=number(limit)))
    return may


def _where(key: Key) -> list[str]:
    step = _("at {step}").format(step=key.step) if key.step else _("before the first step")
    return [key.pipeline, step, _(narrowing.SOURCES[key.source_kind])]


def _seen(hour: datetime | None, clock: Clock) -> Moment | None:
    return clock.since(hour, _("last seen {} ago")) if hour else None


def _labels(seen: Causes, clock: Clock) -> list[str]:
    return slot_labels(seen.series_since, seen.window.slot, seen.window.slots, clock)


def _numbers(cause: Cause) -> list[str]:
    return [number(n) if n else "" for n in reversed(cause.series)]
