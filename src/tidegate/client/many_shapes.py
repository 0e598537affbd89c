"""What the API gives of many jobs at once, of failures and of content, as a program sees it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tidegate.client.shapes import Document, Failing, Job, Submission, Submitter
from tidegate.client.standing_shapes import Count
from tidegate.domain.lifecycle import Attention, RetryMode, State


class Counts(msgspec.Struct, frozen=True):
    """How many jobs match, by state and by what they ask of people."""

    counts: dict[State, Count]
    attention: dict[Attention, Count]


class CatalogueEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One failure that a job may meet; `pipeline` is the one whose own it is. Not `known`: the server has no words for it."""

    code: str
    pipeline: str | None
    known: bool
    message: str
    cause: str
    remedy: str
    fixer: str
    params: dict[str, str]
    automatic: int
    by_person: bool
    from_start: bool


class Catalogue(msgspec.Struct, frozen=True):
    """Every failure there is."""

    items: list[CatalogueEntry]


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """One cause: how many jobs stand so now, and how often it happened. `filter` narrows a call to the `unresolved` ones."""

    failure: CatalogueEntry
    pipeline: str
    step: str
    source: str
    unresolved: int
    acknowledged: int
    happened: int
    last_hour: datetime | None
    series: list[int]
    filter: dict[str, Any]


class Causes(msgspec.Struct, frozen=True, kw_only=True):
    """The causes of a window, those with most unresolved first; `since` None is all time."""

    window: str
    since: datetime | None
    series_since: datetime
    slot_seconds: int
    items: list[Cause]


class Acknowledged(msgspec.Struct, frozen=True):
    """A job whose failure was acknowledged, or no longer is, and the audit event of it."""

    job_id: UUID
    acknowledged: bool
    audit_event_id: UUID


class AcknowledgedMany(msgspec.Struct, frozen=True):
    """How many failures were acknowledged."""

    jobs: int
    audit_event_id: UUID


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How many jobs will begin where: resume at `step` ('' for the first), or restart from the first."""

    mode: RetryMode
    step: str
    n: int


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many jobs will be left out, why, and what would help."""

    why: str
    failure: str
    remedy: str
    n: int


class RetryPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a retry of many would do to what had failed at `as_of`."""

    as_of: datetime
    will_retry: int
    plans: list[Plan]
    left_out: list[LeftOut]
    sample: list[Job]


class RetryOfMany(msgspec.Struct, frozen=True, kw_only=True):
    """One retry of many: `total` jobs were frozen, `waiting` are still to be decided on until it is finished."""

    id: UUID
    requested_by: Submitter
    filter: dict[str, Any]
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


class RetryPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of retries of many, newest first."""

    items: list[RetryOfMany]
    next_page_token: str | None


class RetryOfManyDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One retry of many, and how its retried jobs stand now; None when they are too many."""

    retry: RetryOfMany
    outcomes: dict[str, int] | None


class RetriedJob(msgspec.Struct, frozen=True, kw_only=True):
    """One job of a retry of many: what became of it, and how it stands now. `attempt` is the one that had failed."""

    job_id: UUID
    name: str
    pipeline: str
    attempt: int
    verdict: str
    why: str | None
    audit_event_id: UUID | None
    state: State | None
    attempt_now: int
    attention: Attention | None
    failure: Failing | None


class RetriedJobPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the jobs of a retry of many, newest first."""

    items: list[RetriedJob]
    next_page_token: str | None


class BatchRow(msgspec.Struct, frozen=True, kw_only=True):
    """One batch in a list, and how many of its jobs are in each state; a state that none is in is left out."""

    batch: Submission
    states: dict[State, int]
    is_over: bool


class BatchPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of batches, newest first."""

    items: list[BatchRow]
    next_page_token: str | None


class Diagnostic(msgspec.Struct, frozen=True, kw_only=True):
    """The technical detail behind a failure, and the audit event of its opening."""

    reference: str
    job_id: UUID
    attempt_no: int
    created_at: datetime
    expires_at: datetime
    detail: str
    audit_event_id: UUID


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """A worker process that is alive."""

    id: UUID
    host: str
    pid: int
    pipelines: list[str]
    concurrency: int
    started_at: datetime
    seen_at: datetime
    running: int


class Workers(msgspec.Struct, frozen=True):
    """The workers that are alive."""

    items: list[Worker]


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A passage found; `matches` are the [start, end) of the found words in `snippet`."""

    document_id: UUID
    job_id: UUID
    name: str
    title: str | None
    media_type: str
    page_from: int | None
    page_to: int | None
    snippet: str
    matches: list[tuple[int, int]]
    rank: float


class Hits(msgspec.Struct, frozen=True):
    """What a search found, best first, and how: by `words`, `meaning` or `both`. A server of before does not tell."""

    items: list[Hit]
    mode: str = "words"


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A passage of a document; pages count from 1 and are None where the type has none."""

    ordinal: int
    page_from: int | None
    page_to: int | None
    body: str


class ContentPage(msgspec.Struct, frozen=True, kw_only=True):
    """A document's text, one page of passages."""

    document: Document
    items: list[Passage]
    next_page_token: str | None
