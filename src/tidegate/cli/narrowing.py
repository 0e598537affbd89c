"""Which jobs: the same options for the list, for retrying many and for acknowledging many."""

from collections.abc import Sequence
from dataclasses import dataclass

from cyclopts import Group, Parameter

from tidegate.cli.words import parse_code, parse_id, parse_time
from tidegate.domain.lifecycle import Attention, State
from tidegate.ledger.views import JobFilter
from tidegate.pipeline.step import SourceKind

TIMES = "A time is an age such as 30m, 24h, 7d or 2w, or a date with or without a time, such as 2026-11-24T09:00."
WHICH = Group("Which jobs", help=TIMES, sort_key=10)


@Parameter(name="*", group=WHICH)
@dataclass(frozen=True, kw_only=True)
class Narrowing:
    """Which jobs.

    Args:
        attention: Only what has failed and is now unresolved, retrying, recovered or acknowledged.
        failure: Only jobs that failed with this code: document_encrypted, or a pipeline's own such as csv_rows.bad_number.
        step: Only jobs that failed in this step; '' before the first.
        pipeline: Only jobs of this pipeline.
        source: Only content from an upload, a folder, a url or the store.
        batch: Only jobs of this batch (its id).
        submitter: Only what this person submitted (sign-in name).
        text: Only documents whose name holds this text (at least three characters).
        since: Only jobs submitted at this time or later.
        until: Only jobs submitted before this time.
        failed_since: Only jobs that failed at this time or later.
        failed_until: Only jobs that failed at this time or before.
    """

    attention: Attention | None = None
    failure: str | None = None
    step: str | None = None
    pipeline: str | None = None
    source: SourceKind | None = None
    batch: str | None = None
    submitter: str | None = None
    text: str | None = None
    since: str | None = None
    until: str | None = None
    failed_since: str | None = None
    failed_until: str | None = None

    def narrowed(self, *, state: State | None = None, ids: Sequence[str] = ()) -> JobFilter:
        """Return the same as the ledger takes it; no ids narrow nothing. Raises WrongUse."""
        return JobFilter(
            state=state, attention=self.attention, pipeline=self.pipeline, source=self.source,
            batch_id=parse_id(self.batch) if self.batch else None, submitter=self.submitter,
            failure_code=parse_code(self.failure) if self.failure else None, step=self.step, text=self.text,
            since=parse_time(self.since) if self.since else None, until=parse_time(self.until) if self.until else None,
            failed_since=parse_time(self.failed_since) if self.failed_since else None,
            failed_until=parse_time(self.failed_until) if self.failed_until else None,
            ids=tuple(parse_id(id) for id in ids) or None,
        )  # fmt: skip


EVERYTHING = Narrowing()
"""What narrows nothing."""
