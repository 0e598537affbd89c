"""What a retry of many came to: how far it is, what became of each job, and how the retried ones stand now."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext, number
from tidegate.console.shown import narrowing, previewed
from tidegate.console.shown.moments import Clock, Moment, duration
from tidegate.console.shown.sentences import say
from tidegate.console.shown.states import Mark, mark
from tidegate.domain.lifecycle import Attention, State
from tidegate.ledger.bulk import BulkRetry, Item, Verdict


@dataclass(frozen=True)
class WorkedOff:
    """One retry of many as its page and its line in the list tell it."""

    id: str
    title: str
    mark: Mark
    by: str
    by_id: str
    asked: Moment
    reason: str
    words: list[str]
    begin: str
    audit_event_id: str
    done: int
    total: int
    progress: str
    came_to: str
    running: bool


@dataclass(frozen=True)
class Tab:
    """One verdict, and how many jobs it was given."""

    verdict: str
    word: str
    count: str
    n: int
    url: str
    current: bool


@dataclass(frozen=True)
class ItemLine:
    """One job of the set: what became of it, why, and how it stands now; `failure` where the retried one failed again."""

    id: str
    name: str
    verdict: str
    why: str
    failure: str
    mark: Mark | None
    standing: str
    audit_event_id: str


@dataclass(frozen=True)
class Outcome:
    """How many of the retried jobs stand in a way now; `start` and `width` place them on the bar, in percent."""

    mark: Mark
    n: str
    start: float
    width: float


def worked_off(retry: BulkRetry, clock: Clock) -> WorkedOff:
    """Return a retry of many as it stands."""
    running, going, done = retry.finished_at is None, retry.total - retry.left_out, retry.total - retry.left_out - retry.waiting
    return WorkedOff(
        id=str(retry.id),
        title=ngettext("Retry of {n} job", "Retry of {n} jobs", going),
        mark=_mark(retry),
        by=retry.requester_name,
        by_id=str(retry.requested_by or ""),
        asked=clock.since(retry.created_at, _("asked for {} ago")),
        reason=retry.reason,
        words=narrowing.words(retry.narrowed, clock),
        begin=previewed.begin_text(retry.mode),
        audit_event_id=str(retry.audit_event_id),
        done=done,
        total=going,
        progress=_("{n} of {total} worked off").format(n=number(done), total=number(going)) if running else _took(retry),
        came_to=_came_to(retry),
        running=running,
    )


def tabs(retry: BulkRetry, verdict: Verdict | None) -> list[Tab]:
    """Return 'All' and a tab for each verdict that a job has; the one in view stays, though it be empty."""
    counts: list[tuple[Verdict | None, str, int]] = [
        (None, _("All"), retry.total),
        (Verdict.RETRIED, _("Retried"), retry.retried),
        (Verdict.WAITING, _("Waiting"), retry.waiting),
        (Verdict.LEFT_OUT, _("Left out"), retry.left_out),
        (Verdict.SKIPPED, _("Skipped"), retry.skipped),
        (Verdict.REFUSED, _("Refused"), retry.refused),
    ]
    return [
        Tab(one or "all", word, number(n), n, address(retry.id, one), one is verdict)
        for one, word, n in counts
        if n or one in (None, Verdict.RETRIED, verdict)
    ]


def item(one: Item) -> ItemLine:
    """Return one job of the set."""
    return ItemLine(
        id=str(one.job_id),
        name=one.name or _("A job that is gone"),
        verdict=_(VERDICTS[one.verdict]),
        why=previewed.why_left_out(one.why, one.failure_code) if one.why else "",
        failure=say(one.failure) if one.failure and one.state is State.FAILED and not one.why else "",
        mark=mark(one.state) if one.state else None,
        standing=_standing(one),
        audit_event_id=str(one.audit_event_id or ""),
    )


def outcomes(found: Mapping[str, int] | None) -> list[Outcome]:
    """Return how the retried jobs stand now, in the order of OUTCOMES."""
    counts, total, start = found or {}, max(1, sum((found or {}).values())), 0.0
    shown = []
    for standing, (_word, icon, tone) in OUTCOMES.items():
        n, width = counts.get(standing, 0), counts.get(standing, 0) / total * 100
        if n:
            shown.append(Outcome(Mark(_(OUTCOMES[standing][0]), icon, tone), number(n), round(start, 3), round(width, 3)))
        start += width
    return shown


def address(id: UUID, verdict: Verdict | None = None, before: UUID | None = None, *, page: str = "") -> str:
    """Return the address of one view of a retry of many."""
    fields = {name: str(value) for name, value in (("verdict", verdict), ("before", before)) if value}
    return f"/ingestion/retries/{id}{page}{'?' if fields else ''}{urlencode(fields)}"


def _mark(retry: BulkRetry) -> Mark:
    if retry.finished_at is None:
        return Mark(_("At work"), "state-running", "running")
    if retry.refused:
        return Mark(_("Broken off"), "state-cancelled", "cancelled")
    return Mark(_("Done"), "state-succeeded", "succeeded")


def _took(retry: BulkRetry) -> str:
    seconds = (retry.finished_at - retry.created_at).total_seconds() if retry.finished_at else 0.0
    return _("Worked off in {time}").format(time=duration(seconds))


def _came_to(retry: BulkRetry) -> str:
    parts = (
        (retry.retried, _("{n} retried")),
        (retry.waiting, _("{n} waiting")),
        (retry.left_out, _("{n} left out")),
        (retry.skipped, _("{n} skipped")),
        (retry.refused, _("{n} refused")),
    )
    return ", ".join(text.format(n=number(n)) for n, text in parts if n)


def _standing(one: Item) -> str:
    if one.state is None:
        return _("gone")
    word = mark(one.state).word
    return _("{state}, acknowledged").format(state=word) if one.attention is Attention.ACKNOWLEDGED else word


VERDICTS = {
    Verdict.WAITING: "waits for its turn",
    Verdict.RETRIED: "retried",
    Verdict.LEFT_OUT: "left out",
    Verdict.SKIPPED: "skipped",
    Verdict.REFUSED: "refused",
}
OUTCOMES = {
    Attention.RECOVERED: ("succeeded", "state-succeeded", "succeeded"),
    Attention.RETRYING: ("queued or running", "state-running", "running"),
    Attention.UNRESOLVED: ("failed again", "state-failed", "failed"),
    Attention.ACKNOWLEDGED: ("failed again and acknowledged", "check", "cancelled"),
    State.CANCELLED: ("cancelled", "state-cancelled", "cancelled"),
}
"""Every way that a retried job may stand: word, icon, colour."""
