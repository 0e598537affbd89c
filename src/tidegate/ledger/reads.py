"""Reads of the ledger. The statements stand in `reads.sql`; who may read is decided by the caller above."""

from uuid import UUID

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.domain.lifecycle import Outcome, State
from tidegate.ledger import views
from tidegate.ledger.narrowing import parameters

SQL = named_sql(__file__)

EVERYTHING = views.JobFilter()

NEWEST = 200
"""Rows of a page at most for which `list_newest` is made."""


class _Number(msgspec.Struct):
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
    statement = "list_newest" if narrowed == EVERYTHING and limit <= NEWEST else "list_jobs"
    rows = await SQL.all(
        connection, views.JobSummary, statement,
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
