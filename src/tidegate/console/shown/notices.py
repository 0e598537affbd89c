"""Banners over the list: what keeps jobs from running, and what the reader may not do."""

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext
from tidegate.console.shown import allowed
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.lifecycle import State
from tidegate.ledger.views import Counts


@dataclass(frozen=True)
class Notice:
    """A banner: what is so, what to do, and the command that does it."""

    text: str
    more: str
    tone: str
    icon: str
    command: str = ""


def notices(actor: Actor, counts: Counts, stranded: Mapping[str, int]) -> list[Notice]:
    """Return the banners of a list, the most urgent first; `stranded` jobs wait for a pipeline that no worker serves."""
    found = [no_worker(waiting, name) for name, waiting in stranded.items() if waiting]
    may_retry = allowed.allowed(actor, Permission.JOB_RETRY)
    if counts.states[State.FAILED].n and not may_retry.yes:
        found.append(Notice(_("You can look, but not retry."), may_retry.why_not, "quiet", "info"))
    return found


def no_worker(waiting: int, pipeline: str | None) -> Notice:
    """Return the banner that tells why everything waits."""
    text = _("No worker is running for the pipeline {name}.").format(name=pipeline) if pipeline else _("No worker is running.")
    more = ngettext("{n} job waits. Start a worker with", "{n} jobs wait. Start a worker with", waiting)
    return Notice(text, more, "waiting", "warning", "tidegate work")
