"""What the API gives, as JSON in snake_case: jobs, people. What was read and recorded: `content_shapes`; many: `many_shapes`."""

from datetime import datetime
from uuid import UUID

import msgspec

from tidegate.access.accounts import Member
from tidegate.access.people import ApiToken, Person, Session
from tidegate.domain.actor import ActorKind, Permission, Role
from tidegate.domain.failures import Code, Value
from tidegate.domain.lifecycle import Attention, Origin, Outcome, RetryMode, State
from tidegate.ledger.views import Batch, Count, Document, Step, Transition, Worker
from tidegate.operations.pipelines import PipelineState
from tidegate.operations.standing import Standing
from tidegate.web.actions import Action


class Failing(msgspec.Struct, frozen=True, kw_only=True):
    """Why an attempt failed, what to do about it, and who can."""

    code: Code
    message: str
    cause: str
    remedy: str
    fixer: str
    params: dict[str, Value]
    reference: str | None


class CatalogueEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One failure that a job may meet; `automatic` is the number of retries made without a person.

    `pipeline` is the one whose own it is, null for those that any job may meet. `known` is false for a code whose pipeline this
    server does not know: its words say so.
    """

    code: Code
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


class JobRow(msgspec.Struct, frozen=True, kw_only=True):
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


class AttemptRow(msgspec.Struct, frozen=True, kw_only=True):
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


class JobDetail(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a job: attempts newest first, history oldest first, and what may be done to it.

    `standing` says why a job that has not ended stands where it stands.
    """

    job: JobRow
    attempts: list[AttemptRow]
    steps: list[Step]
    history: list[Transition]
    document: Document | None
    standing: Standing | None
    audit_event_ids: list[UUID]
    actions: dict[str, Action]


class JobPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of jobs, newest first, with the numbers of all that match, by state."""

    items: list[JobRow]
    next_page_token: str | None
    counts: dict[State, Count]
    attention: dict[Attention, Count]


class Counts(msgspec.Struct, frozen=True):
    """How many jobs match, by state and by what they ask of people."""

    counts: dict[State, Count]
    attention: dict[Attention, Count]


class BatchDetail(msgspec.Struct, frozen=True, kw_only=True):
    """How a batch stands; `duplicates` are among the succeeded."""

    batch: Batch
    states: dict[State, int]
    duplicates: int
    failures: dict[Code, int]
    is_over: bool


class BatchRow(msgspec.Struct, frozen=True, kw_only=True):
    """One batch in a list, and how many of its jobs are in each state; a state that none is in is left out."""

    batch: Batch
    states: dict[State, int]
    is_over: bool


class BatchPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of batches, newest first."""

    items: list[BatchRow]
    next_page_token: str | None


class Workers(msgspec.Struct, frozen=True):
    """The workers that are alive."""

    items: list[Worker]


class Catalogue(msgspec.Struct, frozen=True):
    """Every failure there is."""

    items: list[CatalogueEntry]


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who you are to this server, and what you may do."""

    kind: ActorKind
    id: UUID | None
    name: str
    role: Role | None
    permissions: list[Permission]


class SignedIn(msgspec.Struct, frozen=True):
    """An opened session; its secret is in the cookie only."""

    session_id: UUID
    person: Person


class Sessions(msgspec.Struct, frozen=True):
    """Open sessions, newest first."""

    items: list[Session]


class Tokens(msgspec.Struct, frozen=True):
    """Valid API tokens, newest first."""

    items: list[ApiToken]


class People(msgspec.Struct, frozen=True):
    """One page of those who have an account, by sign-in name."""

    items: list[Member]
    next_page_token: str | None


class SignInLink(msgspec.Struct, frozen=True):
    """A one-time sign-in link. It is shown this once."""

    person_id: UUID
    link: str
    audit_event_id: UUID


class ContentGiven(msgspec.Struct, frozen=True):
    """Whether a person may read content from now on."""

    id: UUID
    reads_content: bool
    audit_event_id: UUID


class Pipelines(msgspec.Struct, frozen=True):
    """Every pipeline that is registered, served or used."""

    items: list[PipelineState]


class Health(msgspec.Struct, frozen=True):
    """That it is well."""

    status: str


class Ready(msgspec.Struct, frozen=True):
    """That it can serve; `changes` come by `notices`, or by `polling` where the database's address allows none."""

    status: str
    changes: str


class PersonDisabled(msgspec.Struct, frozen=True):
    """An account that was closed or opened again."""

    id: UUID
    disabled: bool
    audit_event_id: UUID
