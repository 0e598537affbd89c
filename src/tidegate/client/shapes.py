"""What the API gives, as a program sees it. Apart from the server's own shapes, so that a client loads no server.

A test holds both to each other. What a newer server may add to is text here (codes, actions), and new members are passed over.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from tidegate.client.standing_shapes import Count, Standing
from tidegate.domain.lifecycle import Attention, Origin, Outcome, RetryMode, State


class Failing(msgspec.Struct, frozen=True, kw_only=True):
    """Why an attempt failed, what to do about it, and who can."""

    code: str
    message: str
    cause: str
    remedy: str
    fixer: str
    params: dict[str, int | str]
    reference: str | None


class Submitter(msgspec.Struct, frozen=True):
    """Who submitted a job."""

    id: UUID | None
    name: str


class StepMark(msgspec.Struct, frozen=True):
    """The step that a job is at: `no` of `total`, counted from 1."""

    no: int
    total: int
    name: str | None


class Acknowledgement(msgspec.Struct, frozen=True):
    """Who said that a failure may stay as it is, and why."""

    at: datetime
    by: str
    reason: str


class Progress(msgspec.Struct, frozen=True):
    """How far the current step has come."""

    done: int
    total: int | None
    unit: str | None


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One job in a list. A queued job with a failure waits for a retry; the failure is the last attempt's.

    Under an `external_namespace` another system runs it, and `worker_id` is the id of its run.
    """

    id: UUID
    batch_id: UUID
    pipeline: str
    name: str
    source_kind: str
    submitter: Submitter
    created_at: datetime
    state: State
    version: int
    attempt: int
    automatic_retries: int
    queued_at: datetime
    run_after: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    worker_id: UUID | None
    step: StepMark
    progress: Progress | None
    failure: Failing | None
    outcome: Outcome | None
    document_id: UUID | None
    audit_event_id: UUID
    attention: Attention | None
    acknowledgement: Acknowledgement | None
    external_namespace: str | None


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try of a job, and who asked for it."""

    attempt: int
    state: State
    origin: Origin
    retry_of: int | None
    mode: RetryMode
    audit_event_id: UUID | None
    requested_by: str | None
    reason: str | None
    queued_at: datetime
    run_after: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    worker_id: UUID | None
    failure: Failing | None


class Step(msgspec.Struct, frozen=True, kw_only=True):
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


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a job's history."""

    id: int
    at: datetime
    attempt_no: int
    before: State | None
    after: State
    failure_code: str | None
    audit_event_id: UUID | None


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What a job left behind."""

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


class Action(msgspec.Struct, frozen=True):
    """Whether something may be done to a job; `needs` is the role or state it lacks, `why` the same in a sentence."""

    allowed: bool
    needs: str | None = None
    why: str | None = None


class JobDetail(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a job: attempts newest first, history oldest first, and what may be done to it.

    `standing` tells why one that has not ended stands where it stands.
    """

    job: Job
    attempts: list[Attempt]
    steps: list[Step]
    history: list[Transition]
    document: Document | None
    standing: Standing | None
    audit_event_ids: list[UUID]
    actions: dict[str, Action]


class JobPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of jobs, newest first, with the numbers of all that match."""

    items: list[Job]
    next_page_token: str | None
    counts: dict[State, Count]
    attention: dict[Attention, Count]


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """One submission, as it was asked for."""

    id: UUID
    label: str
    pipeline: str
    submitted_by: UUID | None
    submitter_name: str
    created_at: datetime
    job_total: int
    audit_event_id: UUID


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """How a submission stands; `duplicates` are among the succeeded, `failures` count by code."""

    batch: Submission
    states: dict[State, int]
    duplicates: int
    failures: dict[str, int]
    is_over: bool


class Submitted(msgspec.Struct, frozen=True):
    """A submission's batch and jobs, in the order of what was submitted."""

    batch_id: UUID
    job_ids: list[UUID]
    audit_event_id: UUID


class Retried(msgspec.Struct, frozen=True):
    """The attempt that a retry made, and its audit event."""

    job_id: UUID
    attempt_no: int
    mode: RetryMode
    audit_event_id: UUID


class Cancelled(msgspec.Struct, frozen=True):
    """A job that was cancelled, and the audit event of it."""

    job_id: UUID
    attempt_no: int
    audit_event_id: UUID


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who you are to the server, and what you may do."""

    kind: str
    id: UUID | None
    name: str
    role: str | None
    permissions: list[str]


class Changed(msgspec.Struct, frozen=True):
    """That jobs have changed: these, or any when `ids` is None, as after a lost connection."""

    ids: list[UUID] | None
