"""What a list says when it is empty: why, and what to do about it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from tidegate.access.policy import may
from tidegate.console.language import gettext as _
from tidegate.console.shown.filters import ListQuery
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.lifecycle import Attention, State
from tidegate.operations.causes import Window


@dataclass(frozen=True)
class Empty:
    """An empty list's words and its way on."""

    title: str
    text: str
    icon: str
    command: str = ""
    url: str = ""
    link: str = ""
    also: tuple[tuple[str, str], ...] = ()
    """What else may come first: words and addresses."""


def of_list(query: ListQuery, actor: Actor) -> Empty:
    """Return what an empty list of jobs says."""
    if query.before or query.is_narrowed:
        return Empty(
            _("Nothing here under these filters"),
            _("Other jobs may be behind them."),
            "search",
            url=query.cleared,
            link=_("Clear the filters"),
        )
    if query.attention:
        told = query.attention
        return Empty(_(FOR_ATTENTION[told][0]), _(FOR_ATTENTION[told][1]), FOR_ATTENTION[told][2])
    if query.state is None:
        return _nothing_yet(actor)
    return Empty(_(IN_STATE[query.state].title), _(IN_STATE[query.state].text), IN_STATE[query.state].icon)


def of_causes(window: Window, pipeline: str | None) -> Empty:
    """Return what the causes of a window say when nothing has failed in it."""
    title = _(NO_CAUSES[window])
    text = _("When jobs fail, they appear here by what caused it, with what to do.")
    longer = {"pipeline": pipeline} if pipeline else {}
    if window is Window.ALL:
        return Empty(title, text, "state-succeeded")
    url = f"/ingestion/causes?{urlencode({'window': Window.ALL.value, **longer})}"
    return Empty(title, text, "state-succeeded", url=url, link=_("Look at all time"))


def _nothing_yet(actor: Actor) -> Empty:
    title = _("Nothing has been ingested yet")
    if not may(actor, Permission.JOB_SUBMIT):
        return Empty(title, _("Jobs appear here as soon as somebody submits documents."), "list")
    text = _("Drop files into the browser, or name files, folders and addresses on the command line:")
    first = ((_("Add your team"), "/admin"), (_("See the pipelines and their limits"), "/admin/pipelines"))
    also = first if may(actor, Permission.PERSON_MANAGE) else ()
    return Empty(title, text, "list", "tidegate ingest ./documents", "/ingestion/new", _("Ingest documents"), also)


NO_CAUSES = {
    Window.DAY: "Nothing has failed in the last 24 hours",
    Window.WEEK: "Nothing has failed in the last 7 days",
    Window.MONTH: "Nothing has failed in the last 30 days",
    Window.ALL: "Nothing has failed yet",
}
IN_STATE = {
    State.QUEUED: Empty("Nothing waits", "Every job that was submitted has begun.", "state-queued"),
    State.RUNNING: Empty("Nothing runs", "Jobs appear here while a worker is on them.", "state-running"),
    State.SUCCEEDED: Empty("Nothing has succeeded yet", "Jobs appear here when every step has finished.", "state-succeeded"),
    State.FAILED: Empty(
        "Nothing has failed", "When a job fails, it appears here with its cause and what to do.", "state-succeeded"
    ),
    State.CANCELLED: Empty("Nothing was cancelled", "Jobs that a person cancels appear here.", "state-cancelled"),
}

FOR_ATTENTION = {
    Attention.UNRESOLVED: ("Nothing needs attention", "Every failure is recovered or acknowledged.", "state-succeeded"),
    Attention.RETRYING: ("Nothing is being retried", "Jobs that failed appear here while they have another attempt.", "retry"),
    Attention.RECOVERED: ("Nothing has recovered yet", "Jobs that failed and then succeeded appear here.", "check"),
    Attention.ACKNOWLEDGED: ("No failure is acknowledged", "Failures that may stay, and why, appear here.", "acknowledge"),
}
