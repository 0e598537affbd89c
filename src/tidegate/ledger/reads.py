"""Reads of the ledger. The statements stand in `reads.sql`; who may read is decided by the caller above."""

from uuid import UUID

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.domain.lifecycle import Attention, Outcome, State
from tidegate.ledger import views
from tidegate.ledger.narrowing import parameters

SQL = named_sql(__file__)

COUNT_LIMIT = 1000
"""Counting under filters that no counter covers stops here: a reader needs no exact number above it."""


OF_THE_FAILED = frozenset({Attention.UNRESOLVED, Attention.ACKNOWLEDGED})


class _Number(msgspec.Struct):
    n: int


class _Standing(msgspec.Struct):
    state: State
    attention: Attention | None
    n: int


class TallyRow(msgspec.Struct):
    """How many jobs of a batch share state, failure code and outcome."""

    state: State
    failure_code: str | None
    outcome: Outcome | None
    n: int


class ChunkText(msgspec.Struct):
    """A stored passage of a document; pages are 1-based."""

    ordinal: int
    page_from: int | None
    page_to: int | None
    body: str


async def list_jobs(connection: Connection, narrowed: views.JobFilter, *, before: UUID | None, limit: int) -> views.Page:
    """Return one page of the list, newest first: `limit` jobs at most, created before the job `before`."""
    rows = await SQL.all(
        connection, views.JobSummary, "list_jobs",
        **parameters(narrowed), before=before, limit=limit + 1,
    )  # fmt: skip
    more = len(rows) > limit
    return views.Page(jobs=rows[:limit], next_before=rows[limit - 1].id if more else None)


async def get_summaries(connection: Connection, ids: list[UUID]) -> list[views.JobSummary]:
    """Return those of these jobs that exist, newest first."""
    these = parameters(views.JobFilter(ids=tuple(ids)))
    return await SQL.all(connection, views.JobSummary, "list_jobs", **these, before=None, limit=len(ids))


async def get_summary(connection: Connection, id: UUID) -> views.JobSummary | None:
    """Return one job's row, or None."""
    return await SQL.one(connection, views.JobSummary, "get_job", id=id)


async def get_job(connection: Connection, id: UUID) -> views.Job | None:
    """Return one job with its attempts, steps, history and document, or None."""
    summary = await get_summary(connection, id)
    if summary is None:
        return None
    return views.Job(
        summary=summary,
        attempts=await SQL.all(connection, views.Attempt, "list_attempts", id=id),
        steps=await SQL.all(connection, views.Step, "list_steps", id=id),
        history=await SQL.all(connection, views.Transition, "list_transitions", id=id),
        document=await SQL.one(connection, views.Document, "get_document", id=summary.document_id)
        if summary.document_id
        else None,
    )


async def count_jobs(connection: Connection, narrowed: views.JobFilter) -> views.Counts:
    """Count jobs by state and by attention under a filter (its own of both aside): exact by counters, else up to COUNT_LIMIT."""
    if narrowed.is_plain:
        return _sums(await SQL.all(connection, _Standing, "count_standings", pipeline=narrowed.pipeline))
    free = msgspec.structs.replace(narrowed, state=None, attention=None)
    sample = await SQL.all(connection, _Standing, "count_sample", **parameters(free), limit=COUNT_LIMIT + 1)
    if sum(row.n for row in sample) <= COUNT_LIMIT:
        return _sums(sample)
    states = {state: msgspec.structs.replace(free, state=state) for state in State if _may_be(free, state is State.FAILED)}
    kinds = {kind: msgspec.structs.replace(free, attention=kind) for kind in Attention if _may_be(free, kind in OF_THE_FAILED)}
    none = views.Count(n=0)
    return views.Counts(
        states=dict.fromkeys(State, none) | {state: await _count_some(connection, one) for state, one in states.items()},
        attention=dict.fromkeys(Attention, none) | {kind: await _count_some(connection, one) for kind, one in kinds.items()},
    )


def _may_be(narrowed: views.JobFilter, of_the_failed: bool) -> bool:
    """Tell whether a filter may find such jobs: one about a failure finds the failed alone, but the database would look."""
    return of_the_failed or not narrowed.is_about_failure


def _sums(rows: list[_Standing]) -> views.Counts:
    return views.Counts(
        states={state: views.Count(n=sum(row.n for row in rows if row.state is state)) for state in State},
        attention={kind: views.Count(n=sum(row.n for row in rows if row.attention is kind)) for kind in Attention},
    )


async def _count_some(connection: Connection, narrowed: views.JobFilter) -> views.Count:
    row = await SQL.one(connection, _Number, "count_some", **parameters(narrowed), limit=COUNT_LIMIT + 1)
    found = row.n if row else 0
    return views.Count(n=min(found, COUNT_LIMIT), more=found > COUNT_LIMIT)


async def get_batch(connection: Connection, id: UUID) -> views.Batch | None:
    """Return one batch, or None."""
    return await SQL.one(connection, views.Batch, "get_batch", id=id)


async def batch_tally(connection: Connection, batch_id: UUID) -> list[TallyRow]:
    """Return how the jobs of one batch stand."""
    return await SQL.all(connection, TallyRow, "batch_tally", batch_id=batch_id)


async def get_document(connection: Connection, id: UUID) -> views.Document | None:
    """Return one document's description, or None."""
    return await SQL.one(connection, views.Document, "get_document", id=id)


async def list_chunks(connection: Connection, document_id: UUID, *, after: int = -1, limit: int = 50) -> list[ChunkText]:
    """Return a document's passages in order, those after the ordinal `after`."""
    return await SQL.all(connection, ChunkText, "list_chunks", id=document_id, after=after, limit=limit)


async def search(connection: Connection, text: str, *, limit: int) -> list[views.SearchHit]:
    """Return the passages that match what a person typed, best first."""
    return await SQL.all(connection, views.SearchHit, "search", text=text, limit=limit)


async def list_workers(connection: Connection) -> list[views.Worker]:
    """Return the workers that are alive, oldest first."""
    return await SQL.all(connection, views.Worker, "list_workers")


async def count_workers(connection: Connection, pipeline: str) -> int:
    """Return how many living workers serve a pipeline."""
    row = await SQL.one(connection, _Number, "count_workers", pipeline=pipeline)
    return row.n if row else 0
