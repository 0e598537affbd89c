"""What the API gives of many jobs at once: failures by cause, and retries of many."""

from datetime import datetime
from uuid import UUID

import msgspec

from tidegate.domain.failures import Code
from tidegate.domain.lifecycle import Attention, RetryMode, State
from tidegate.ledger.bulk import Verdict, Why
from tidegate.operations.bulk_retry import Plan
from tidegate.operations.causes import Window

from .narrowing import Filter
from .shapes import CatalogueEntry, Failing, JobRow, Submitter


class CauseRow(msgspec.Struct, frozen=True, kw_only=True):
    """One cause: how many jobs stand so now, and how often it happened, in a `series` of equal slots, the oldest first.

    `filter` narrows a list, a retry or an acknowledgement to the `unresolved` ones.
    """

    failure: CatalogueEntry
    pipeline: str
    step: str
    source: str
    unresolved: int
    acknowledged: int
    happened: int
    last_hour: datetime | None
    series: list[int]
    filter: Filter


class CauseList(msgspec.Struct, frozen=True, kw_only=True):
    """The causes of a window, those with most unresolved first; `since` None is all time."""

    window: Window
    since: datetime | None
    series_since: datetime
    slot_seconds: int
    items: list[CauseRow]


class LeftOutRow(msgspec.Struct, frozen=True, kw_only=True):
    """How many jobs will be left out, why, and what would help."""

    why: Why
    failure: Code
    remedy: str
    n: int


class RetryPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a retry of many would do to what had failed at `as_of`; `plans` tell where how many begin ('' is the first step)."""

    as_of: datetime
    will_retry: int
    plans: list[Plan]
    left_out: list[LeftOutRow]
    sample: list[JobRow]


class RetryOfMany(msgspec.Struct, frozen=True, kw_only=True):
    """One retry of many: `total` jobs were frozen, `waiting` are still to be decided on until it is finished.

    `mode` null leaves it to each failure where its retry begins. `named` is the number of ids that were given, if any were.
    """

    id: UUID
    requested_by: Submitter
    filter: Filter
    named: int | None
    mode: RetryMode | None
    reason: str
    as_of: datetime
    created_at: datetime
    finished_at: datetime | None
    total: int
    waiting: int
    retried: int
    left_out: int
    skipped: int
    refused: int
    audit_event_id: UUID


class RetryOfManyDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One retry of many, and how its retried jobs stand now: by attention or else by state; null when they are too many."""

    retry: RetryOfMany
    outcomes: dict[str, int] | None


class RetryPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of retries of many, newest first."""

    items: list[RetryOfMany]
    next_page_token: str | None


class RetriedJob(msgspec.Struct, frozen=True, kw_only=True):
    """One job of a retry of many: what became of it, and how it stands now. `attempt` is the one that had failed."""

    job_id: UUID
    name: str
    pipeline: str
    attempt: int
    verdict: Verdict
    why: Why | None
    audit_event_id: UUID | None
    state: State | None
    attempt_now: int
    attention: Attention | None
    failure: Failing | None


class RetriedJobPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the jobs of a retry of many, newest first."""

    items: list[RetriedJob]
    next_page_token: str | None
