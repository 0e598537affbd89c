"""A filter in words: what a set of jobs has in common."""

from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext
from tidegate.console.shown import failing
from tidegate.console.shown.filters import ListQuery
from tidegate.console.shown.moments import Clock
from tidegate.console.shown.states import mark
from tidegate.domain.lifecycle import Attention
from tidegate.ledger.views import JobFilter


@dataclass(frozen=True)
class Link:
    """An address and what it leads to."""

    url: str
    text: str


def words(narrowed: JobFilter, clock: Clock) -> list[str]:
    """Return a filter's parts, one phrase each; of no filter the one phrase that says so."""
    parts = [*_standing(narrowed), *_origin(narrowed), *_times(narrowed, clock)]
    if narrowed.ids is not None:
        parts.append(ngettext("{n} chosen job", "{n} chosen jobs", len(narrowed.ids)))
    return parts or [_("all failed jobs")]


def listed(narrowed: JobFilter) -> Link | None:
    """Return the link to the list under a filter, as far as an address can tell it; None for jobs that were chosen one by one."""
    if narrowed.ids is not None:
        return None
    query = ListQuery(
        state=narrowed.state, attention=narrowed.attention, pipeline=narrowed.pipeline, source=narrowed.source,
        batch=narrowed.batch_id, submitter=narrowed.submitter, failure=narrowed.failure_code, step=narrowed.step,
        text=narrowed.text,
    )  # fmt: skip
    timed = any((narrowed.since, narrowed.until, narrowed.failed_since, narrowed.failed_until))
    return Link(query.address, _("Jobs under this filter now, of any time") if timed else _("Jobs under this filter now"))


def _standing(narrowed: JobFilter) -> list[str]:
    found = []
    if narrowed.attention:
        found.append(_(ATTENTION[narrowed.attention]))
    elif narrowed.state:
        found.append(mark(narrowed.state).word.lower())
    if narrowed.failure_code:
        found.append(failing.title(narrowed.failure_code))
    if narrowed.step is not None:
        found.append(_("failed at {step}").format(step=narrowed.step) if narrowed.step else _("failed before the first step"))
    return found


def _origin(narrowed: JobFilter) -> list[str]:
    found = []
    if narrowed.pipeline:
        found.append(_("pipeline {name}").format(name=narrowed.pipeline))
    if narrowed.source:
        found.append(_(SOURCES[narrowed.source]))
    if narrowed.submitter:
        found.append(_("submitted by {name}").format(name=narrowed.submitter))
    if narrowed.batch_id:
        found.append(_("one batch"))
    if narrowed.text:
        found.append(_("“{text}” in the name").format(text=narrowed.text))
    return found


def _times(narrowed: JobFilter, clock: Clock) -> list[str]:
    known = (
        (narrowed.since, _("submitted since {time}")),
        (narrowed.until, _("submitted before {time}")),
        (narrowed.failed_since, _("failed since {time}")),
        (narrowed.failed_until, _("failed until {time}")),
    )
    return [pattern.format(time=clock.exact(at)) for at, pattern in known if at]


ATTENTION = {
    Attention.UNRESOLVED: "unresolved",
    Attention.RETRYING: "retrying",
    Attention.RECOVERED: "recovered",
    Attention.ACKNOWLEDGED: "acknowledged",
}
SOURCES = {
    "upload": "from uploads",
    "folder": "from folders",
    "url": "from web addresses",
    "store": "from a document store",
    "remote": "from stores elsewhere",
    "external": "from other systems",
}
