"""One batch as a row of the list of batches."""

from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext
from tidegate.console.shown import tally
from tidegate.console.shown.moments import Clock, Moment
from tidegate.ledger.batches import BatchRow


@dataclass(frozen=True)
class Row:
    """What the list says about a batch; `parts` are the shares of its bar."""

    id: str
    label: str
    url: str
    submitter: str
    pipeline: str
    submitted: Moment
    total: str
    words: str
    parts: list[tally.Part]


def row(found: BatchRow, clock: Clock) -> Row:
    """Return a batch's row."""
    batch = found.batch
    return Row(
        id=str(batch.id),
        label=batch.label,
        url=f"/ingestion/batches/{batch.id}",
        submitter=batch.submitter_name,
        pipeline=batch.pipeline,
        submitted=clock.since(batch.created_at, _("{} ago")),
        total=ngettext("{n} job", "{n} jobs", batch.job_total),
        words=tally.words(found.states),
        parts=tally.parts(found.states, batch.id),
    )


def fresh_text(n: int, most: int) -> str:
    """Return `3 new batches, show`; a full page of new ones may hide more."""
    if n >= most:
        return _("{n} or more new batches, show").format(n=n)
    return ngettext("{n} new batch, show", "{n} new batches, show", n)
