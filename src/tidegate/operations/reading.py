"""What people read, each with its permission: the same policy that guards the acts."""

from uuid import UUID

import msgspec

from tidegate.access import people, policy
from tidegate.audit import browse
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.failures import Code
from tidegate.domain.lifecycle import Outcome, State
from tidegate.domain.refusals import Invalid, NotFound
from tidegate.ledger import counting, reads, views
from tidegate.operations import meaning
from tidegate.operations.door import Services

PAGE_LIMIT = 200
"""Rows of one page at most: a screen shows 50, a script wants few requests."""

WORD_MAX = 200
"""Characters of any word of a filter: they go into the audit log with what is done under it."""

TEXT_MIN = 3
"""Letters of a text filter: trigrams need three; with two the search took 235 ms at a million names."""


class BatchTally(msgspec.Struct, frozen=True, kw_only=True):
    """How a batch stands; `failures` counts by code, `duplicates` are among the succeeded."""

    batch: views.Batch
    states: dict[State, int]
    duplicates: int
    failures: dict[Code, int]

    @property
    def is_over(self) -> bool:
        """Whether every job of the batch has ended."""
        return not self.states.get(State.QUEUED) and not self.states.get(State.RUNNING)


class Found(msgspec.Struct, frozen=True):
    """What a search found, best first, and how it compared in the end."""

    mode: views.SearchMode
    hits: list[views.SearchHit]


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """A document's text, one page of passages; `next_after` is the ordinal to go on from, None at the end."""

    document: views.Document
    chunks: list[reads.ChunkText]
    next_after: int | None


async def list_jobs(
    services: Services, actor: Actor, narrowed: views.JobFilter, *, before: UUID | None = None, limit: int = 50
) -> views.Page:
    """Return one page of jobs, newest first. Raises Forbidden, Unauthenticated, Invalid."""
    policy.authorise(actor, Permission.JOB_READ)
    check_filter(narrowed, limit)
    async with services.pool.connection() as connection:
        return await reads.list_jobs(connection, narrowed, before=before, limit=limit)


async def look_at_jobs(
    services: Services, actor: Actor, narrowed: views.JobFilter, *, before: UUID | None = None, limit: int = 50
) -> tuple[views.Page, views.Counts]:
    """Return one page of jobs, and the counts of all that match as `count_jobs` has them, read on one connection.

    Raises Forbidden, Unauthenticated, Invalid.
    """
    policy.authorise(actor, Permission.JOB_READ)
    check_filter(narrowed, limit)
    async with services.pool.connection() as connection:
        page = await reads.list_jobs(connection, narrowed, before=before, limit=limit)
        return page, await counting.count_jobs(connection, narrowed)


async def get_summaries(services: Services, actor: Actor, ids: list[UUID]) -> list[views.JobSummary]:
    """Return those of these jobs that exist. Raises Forbidden, Unauthenticated, Invalid."""
    policy.authorise(actor, Permission.JOB_READ)
    if len(ids) > PAGE_LIMIT:
        raise Invalid("page_too_large", "At most {limit} jobs at once.", limit=PAGE_LIMIT)
    async with services.pool.connection() as connection:
        return await reads.get_summaries(connection, ids)


async def count_jobs(services: Services, actor: Actor, narrowed: views.JobFilter) -> views.Counts:
    """Count jobs by state and attention under a filter, its own of both left out. Raises Forbidden, Unauthenticated, Invalid."""
    policy.authorise(actor, Permission.JOB_READ)
    check_filter(narrowed, 1)
    async with services.pool.connection() as connection:
        return await counting.count_jobs(connection, narrowed)


async def get_job(services: Services, actor: Actor, id: UUID) -> views.Job:
    """Return everything about one job, its document's title only to who may read content.

    Raises Forbidden, Unauthenticated, NotFound.
    """
    policy.authorise(actor, Permission.JOB_READ)
    async with services.pool.connection() as connection:
        job = await reads.get_job(connection, id)
    if job is None:
        raise NotFound("job_not_found", "There is no such job.")
    return job if policy.may(actor, Permission.CONTENT_READ) else _without_content(job)


def _without_content(job: views.Job) -> views.Job:
    """Return a job without the title that its document gives itself: that is text of the document."""
    if job.document is None:
        return job
    return msgspec.structs.replace(job, document=msgspec.structs.replace(job.document, title=None))


async def get_batch(services: Services, actor: Actor, id: UUID) -> BatchTally:
    """Return how a batch stands. Raises Forbidden, Unauthenticated, NotFound."""
    policy.authorise(actor, Permission.JOB_READ)
    async with services.pool.connection() as connection:
        batch = await reads.get_batch(connection, id)
        rows = await reads.batch_tally(connection, id)
    if batch is None:
        raise NotFound("batch_not_found", "There is no such batch.")
    states: dict[State, int] = {}
    failures: dict[Code, int] = {}
    for row in rows:
        states[row.state] = states.get(row.state, 0) + row.n
        if row.state is State.FAILED and row.failure_code:
            failures[row.failure_code] = row.n
    duplicates = sum(row.n for row in rows if row.outcome is Outcome.DUPLICATE_CONTENT)
    return BatchTally(batch=batch, states=states, duplicates=duplicates, failures=failures)


async def list_workers(services: Services, actor: Actor) -> list[views.Worker]:
    """Return the living workers. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.JOB_READ)
    async with services.pool.connection() as connection:
        return await reads.list_workers(connection)


async def search(services: Services, actor: Actor, text: str, *, limit: int = 20, mode: views.SearchMode | None = None) -> Found:
    """Return the passages that match, best first; without a mode by the usual one, or by words where that one cannot be had.

    Raises Forbidden, Unauthenticated, Invalid.
    """
    policy.authorise(actor, Permission.CONTENT_READ)
    if not text.strip() or len(text) > 500:
        raise Invalid("bad_search", "Search for something of 1 to 500 characters.")
    check_filter(views.JobFilter(), limit)
    wanted = mode or await meaning.usual_mode(services)
    if wanted is views.SearchMode.MEANING:
        return Found(wanted, await meaning.nearest(services, text, limit=limit))
    if wanted is views.SearchMode.BOTH:
        try:
            hits = await meaning.fused(services, text, limit=limit)
        except Invalid:
            if mode is not None:
                raise
            hits = None
        if hits is not None:
            return Found(wanted, hits)
    async with services.pool.connection() as connection:
        return Found(views.SearchMode.WORDS, await reads.search(connection, text, limit=limit))


async def read_content(services: Services, actor: Actor, document_id: UUID, *, after: int = -1, limit: int = 50) -> Content:
    """Return a document's text. Raises Forbidden, Unauthenticated, NotFound."""
    policy.authorise(actor, Permission.CONTENT_READ)
    async with services.pool.connection() as connection:
        document = await reads.get_document(connection, document_id)
        if document is None:
            raise NotFound("document_not_found", "There is no such document.")
        chunks = await reads.list_chunks(connection, document_id, after=after, limit=limit)
    more = bool(chunks) and chunks[-1].ordinal + 1 < document.chunk_total
    return Content(document=document, chunks=chunks, next_after=chunks[-1].ordinal if more else None)


async def list_audit_events(
    services: Services, actor: Actor, narrowed: browse.AuditFilter, *, before: UUID | None = None, limit: int = 50
) -> browse.AuditPage:
    """Return one page of the audit log, newest first. Raises Forbidden, Unauthenticated, Invalid."""
    policy.authorise(actor, Permission.AUDIT_READ)
    check_filter(views.JobFilter(), limit)
    async with services.pool.connection() as connection:
        return await browse.list_events(connection, narrowed, before=before, limit=limit)


async def get_audit_event(services: Services, actor: Actor, id: UUID) -> browse.AuditEvent:
    """Return one audit event. Raises Forbidden, Unauthenticated, NotFound."""
    policy.authorise(actor, Permission.AUDIT_READ)
    async with services.pool.connection() as connection:
        event = await browse.get_event(connection, id)
    if event is None:
        raise NotFound("event_not_found", "There is no such audit event.")
    return event


async def count_children(services: Services, actor: Actor, ids: list[UUID]) -> dict[UUID, int]:
    """Return how many events stand below each of these, up to browse.CHILDREN_LIMIT + 1. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.AUDIT_READ)
    async with services.pool.connection() as connection:
        return await browse.count_children(connection, ids)


async def list_people(services: Services, actor: Actor) -> list[people.Person]:
    """Return everybody who has an account. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.PERSON_MANAGE)
    async with services.pool.connection() as connection:
        return await people.list_people(connection)


async def find_person(services: Services, actor: Actor, login: str) -> people.Person:
    """Return who has this sign-in name. Raises Forbidden, Unauthenticated, NotFound."""
    policy.authorise(actor, Permission.PERSON_MANAGE)
    async with services.pool.connection() as connection:
        found = await people.person_by_login(connection, login.strip().lower())
        person = await people.standing(connection, found.id) if found else None
    if person is None:
        raise NotFound("person_not_found", "There is no such person.")
    return person


async def list_tokens_of(services: Services, actor: Actor, person_id: UUID) -> list[people.ApiToken]:
    """Return somebody's valid API tokens. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.TOKEN_MANAGE if person_id == actor.id else Permission.PERSON_MANAGE)
    async with services.pool.connection() as connection:
        return await people.list_tokens(connection, person_id)


async def list_own_sessions(services: Services, actor: Actor) -> list[people.Session]:
    """Return the actor's own open sessions. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.SESSION_MANAGE)
    if actor.id is None:
        return []
    idle = services.settings.session_idle_seconds
    async with services.pool.connection() as connection:
        return await people.list_sessions(connection, actor.id, idle_seconds=idle)


async def list_own_tokens(services: Services, actor: Actor) -> list[people.ApiToken]:
    """Return the actor's own API tokens. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.TOKEN_MANAGE)
    return await list_tokens_of(services, actor, actor.id) if actor.id else []


def check_filter(narrowed: views.JobFilter, limit: int) -> None:
    """Raise Invalid for a page size or a text filter out of bounds."""
    check_page_size(limit)
    if any(len(word or "") > WORD_MAX for word in (narrowed.pipeline, narrowed.submitter, narrowed.step, narrowed.text)):
        raise Invalid("filter_too_long", "A filter has at most {limit} characters.", limit=WORD_MAX)
    if narrowed.text is not None and len(narrowed.text) < TEXT_MIN:
        raise Invalid("text_too_short", "Search for at least {limit} characters.", limit=TEXT_MIN)


def check_page_size(limit: int) -> None:
    """Raise Invalid for a page size out of bounds."""
    if not 1 <= limit <= PAGE_LIMIT:
        raise Invalid("bad_page_size", "A page has 1 to {limit} rows.", limit=PAGE_LIMIT)
