"""What readers see of the ledger: no locator, no path, no exception text, only catalogue codes with typed parameters."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from tidegate.domain.failures import Code, Failure, Value, recorded
from tidegate.domain.lifecycle import Attention, Origin, Outcome, State


class Failing(msgspec.Struct, kw_only=True, frozen=True):
    """Fields of anything that may have failed."""

    failure_code: Code | None = None
    failure_params: dict[str, Value] | None = None
    diagnostic_ref: str | None = None

    @property
    def failure(self) -> Failure | None:
        """The failure with its message, or None."""
        return recorded(self.failure_code, self.failure_params) if self.failure_code else None


class JobSummary(Failing, kw_only=True, frozen=True):
    """One row of the list. A queued job with a `failure_code` waits for a retry; the code is the last attempt's.

    `rerunnable` tells whether it could be started again: one of another system only when that can be asked.
    """

    id: UUID
    batch_id: UUID
    pipeline: str
    name: str
    source_kind: str
    submitted_by: UUID | None
    submitter_name: str
    created_at: datetime
    state: State
    version: int
    attempt_no: int
    automatic_used: int
    queued_at: datetime
    run_after: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    worker_id: UUID | None
    step_no: int
    step_total: int
    step_name: str | None
    progress_done: int | None
    progress_total: int | None
    progress_unit: str | None
    progress_at: datetime | None = None
    outcome: Outcome | None
    document_id: UUID | None
    audit_event_id: UUID
    attention: Attention | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_reason: str | None = None
    external_namespace: str | None = None
    rerunnable: bool = True

    @property
    def is_external(self) -> bool:
        """Whether another system runs it: it has no ticket and no worker of ours."""
        return self.external_namespace is not None


class Step(msgspec.Struct, kw_only=True, frozen=True):
    """A step within an attempt; `resumed` when its checkpoint of an earlier attempt was used."""

    attempt_no: int
    step_no: int
    name: str
    state: State
    resumed: bool
    started_at: datetime
    ended_at: datetime | None
    progress_done: int | None
    progress_total: int | None
    progress_unit: str | None


class Attempt(Failing, kw_only=True, frozen=True):
    """One try of a job; `audit_event_id`, `requested_by` and `reason` tell who asked for it."""

    attempt_no: int
    state: State
    origin: Origin
    retry_of: int | None
    restart: bool
    audit_event_id: UUID | None
    requested_by: str | None
    reason: str | None
    queued_at: datetime
    run_after: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    worker_id: UUID | None


class Transition(msgspec.Struct, kw_only=True, frozen=True):
    """One line of a job's history."""

    id: int
    at: datetime
    attempt_no: int
    before: State | None
    after: State
    failure_code: Code | None
    audit_event_id: UUID | None


class Document(msgspec.Struct, kw_only=True, frozen=True):
    """What a job left behind. `id` leads to the content, for those who may read it."""

    id: UUID
    job_id: UUID
    name: str
    title: str | None
    media_type: str
    size_bytes: int
    characters: int
    pages: int | None
    chunk_total: int
    created_at: datetime


class Job(msgspec.Struct, kw_only=True, frozen=True):
    """Everything about one job, attempts newest first, history oldest first."""

    summary: JobSummary
    attempts: list[Attempt]
    steps: list[Step]
    history: list[Transition]
    document: Document | None


class Page(msgspec.Struct, kw_only=True, frozen=True):
    """One keyset page, newest first; `next_before` is the id to go on from, None at the end."""

    jobs: list[JobSummary]
    next_before: UUID | None


class JobFilter(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """What jobs are narrowed to; what is None narrows nothing.

    `text` is part of a document's name, at least three characters. `since` and `until` bound the submission. Failure code,
    step and `failed_since`, `failed_until` are about the failure that a job has now, so they find failed jobs only.
    """

    state: State | None = None
    attention: Attention | None = None
    pipeline: str | None = None
    source: str | None = None
    batch_id: UUID | None = None
    submitter: str | None = None
    failure_code: Code | None = None
    step: str | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    failed_since: datetime | None = None
    failed_until: datetime | None = None
    ids: tuple[UUID, ...] | None = None

    @property
    def is_about_failure(self) -> bool:
        """Whether it finds failed jobs only."""
        return any(part is not None for part in (self.failure_code, self.step, self.failed_since, self.failed_until))

    @property
    def narrows_by(self) -> frozenset[str]:
        """The names of the parts that narrow it, state and attention aside."""
        return frozenset(part for part in _PARTS if getattr(self, part) is not None)


_PARTS = tuple(part for part in JobFilter.__struct_fields__ if part not in ("state", "attention"))


class Count(msgspec.Struct, kw_only=True, frozen=True):
    """How many jobs; `more` when counting stopped, so that there are so many at least ('1,000+')."""

    n: int
    more: bool = False


class Counts(msgspec.Struct, kw_only=True, frozen=True):
    """How many jobs there are of each state, and of each attention."""

    states: dict[State, Count]
    attention: dict[Attention, Count]


class Batch(msgspec.Struct, kw_only=True, frozen=True):
    """One submission."""

    id: UUID
    label: str
    pipeline: str
    submitted_by: UUID | None
    submitter_name: str
    created_at: datetime
    job_total: int
    audit_event_id: UUID


class SearchMode(StrEnum):
    """How a search compares: the words themselves, what they mean, or both in one list."""

    WORDS = "words"
    MEANING = "meaning"
    BOTH = "both"


class SearchHit(msgspec.Struct, kw_only=True, frozen=True):
    """A passage found; `snippet` marks the words with U+0002 and U+0003 around them, to be escaped by the reader."""

    document_id: UUID
    job_id: UUID
    name: str
    title: str | None
    media_type: str
    page_from: int | None
    page_to: int | None
    snippet: str
    rank: float


class Worker(msgspec.Struct, kw_only=True, frozen=True):
    """A worker process that is alive."""

    id: UUID
    host: str
    pid: int
    pipelines: list[str]
    concurrency: int
    started_at: datetime
    seen_at: datetime
    running: int
