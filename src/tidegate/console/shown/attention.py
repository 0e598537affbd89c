"""What a job that has failed asks of people: the words, a note on its row, and a mark that is red only for what is unresolved."""

from dataclasses import dataclass, replace

from tidegate.console.language import gettext as _
from tidegate.console.shown.states import Mark, mark
from tidegate.domain.lifecycle import Attention, State
from tidegate.ledger.views import JobSummary


@dataclass(frozen=True)
class Note:
    """A quiet remark on a row, with its icon."""

    text: str
    icon: str


def word(attention: Attention) -> str:
    """Return what jobs that ask for this attention are called."""
    return _(WORDS[attention])


def mark_of(job: JobSummary) -> Mark:
    """Return a job's state mark; an acknowledged failure keeps its shape and word but is not red."""
    sign = mark(job.state)
    return replace(sign, tone="acknowledged") if job.attention is Attention.ACKNOWLEDGED else sign


def standing(job: JobSummary) -> str:
    """Return where a job stands in a word or two: `Running`, or `Failed, acknowledged`."""
    state = mark(job.state).word
    return _("{state}, acknowledged").format(state=state) if job.attention is Attention.ACKNOWLEDGED else state


def left(job: JobSummary) -> str:
    """Return why a job is no longer of a list that still shows it."""
    now = word(job.attention) if job.attention is Attention.ACKNOWLEDGED else mark(job.state).word
    return _("It has left this list: it is {state} now.").format(state=now.lower())


def note(job: JobSummary) -> Note | None:
    """Return what became of a job's failure; None where its line says so already, and where it never failed."""
    if job.attention is Attention.RECOVERED:
        return Note(_("Recovered by attempt {n}").format(n=job.attempt_no), "check")
    if job.attention is Attention.ACKNOWLEDGED:
        pattern = _("Acknowledged by {name}: {reason}")
        return Note(pattern.format(name=job.acknowledged_by, reason=job.acknowledged_reason), "acknowledge")
    if job.attention is Attention.RETRYING and job.state is State.RUNNING:
        return Note(_("Retrying, attempt {n}").format(n=job.attempt_no), "retry")
    return None


WORDS = {
    Attention.UNRESOLVED: "Unresolved",
    Attention.RETRYING: "Retrying",
    Attention.RECOVERED: "Recovered",
    Attention.ACKNOWLEDGED: "Acknowledged",
}
