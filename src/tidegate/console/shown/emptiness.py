"""What a list says when it is empty: why, and what to do about it."""

from dataclasses import dataclass

from tidegate.access.policy import may
from tidegate.console.language import gettext as _
from tidegate.console.shown.filters import ListQuery
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.lifecycle import State


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
        cleared = ListQuery(state=query.state).address
        return Empty(
            _("Nothing here under these filters"),
            _("Other jobs may be behind them."),
            "search",
            url=cleared,
            link=_("Clear the filters"),
        )
    if query.state is None:
        return _nothing_yet(actor)
    title, text, icon = IN_STATE[query.state]
    return Empty(_(title), _(text), icon)


def _nothing_yet(actor: Actor) -> Empty:
    title = _("Nothing has been ingested yet")
    if not may(actor, Permission.JOB_SUBMIT):
        return Empty(title, _("Jobs appear here as soon as somebody submits documents."), "list")
    text = _("Drop files into the browser, or name files, folders and addresses on the command line:")
    first = ((_("Add your team"), "/admin"), (_("See the pipelines and their limits"), "/admin/pipelines"))
    also = first if may(actor, Permission.PERSON_MANAGE) else ()
    return Empty(title, text, "list", "tidegate ingest ./documents", "/ingestion/new", _("Ingest documents"), also)


IN_STATE = {
    State.QUEUED: ("Nothing waits", "Every job that was submitted has begun.", "state-queued"),
    State.RUNNING: ("Nothing runs", "Jobs appear here while a worker is on them.", "state-running"),
    State.SUCCEEDED: ("Nothing has succeeded yet", "Jobs appear here when every step has finished.", "state-succeeded"),
    State.FAILED: ("Nothing has failed", "When a job fails, it appears here with its cause and what to do.", "state-succeeded"),
    State.CANCELLED: ("Nothing was cancelled", "Jobs that a person cancels appear here.", "state-cancelled"),
}
