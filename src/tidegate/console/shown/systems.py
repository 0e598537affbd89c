"""How other systems are asked, as lines; and what is asked before one is forgotten."""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from tidegate.console.language import gettext as _
from tidegate.console.shown.asking import Question
from tidegate.console.shown.moments import Clock, Moment
from tidegate.ledger.rerun_calls import System

PAGE = "/admin/systems"


@dataclass(frozen=True)
class SystemLine:
    """A system in words. Of the address it has the host alone, for the rest may be a secret; '' for one that is not called.

    `query` names it in an address of ours, `polled` is None for one that never came asking.
    """

    namespace: str
    query: str
    host: str
    secret: str
    polled: Moment | None


def line(system: System, clock: Clock) -> SystemLine:
    """Return a system in words."""
    return SystemLine(
        system.namespace, urlencode({"namespace": system.namespace}), host_of(system.url), system.secret_ref or "",
        clock.since(system.polled_at, _("came asking {} ago")) if system.polled_at else None,
    )  # fmt: skip


def host_of(url: str | None) -> str:
    """Return what may be shown of an address, '' where there is none."""
    return urlsplit(url).hostname or "" if url else ""


def removal(system: System) -> Question:
    """Ask whether to forget how a system is asked."""
    text = _("Its jobs can no longer be retried from here. What it tells of its runs is still taken in.")
    return Question(
        _("Remove this system?"), system.namespace, text, f"{PAGE}/remove", PAGE, _("Remove the system"), "close", danger=True,
        hidden={"namespace": system.namespace},
    )  # fmt: skip
