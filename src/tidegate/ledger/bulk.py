"""Retries of many jobs as stored: the frozen set, its working off in pieces, and what became of each job."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.domain.actor import Actor
from tidegate.domain.failures import Code
from tidegate.domain.lifecycle import Attention, RetryMode, State
from tidegate.ledger.narrowing import parameters
from tidegate.ledger.views import Failing, JobFilter

SQL = named_sql(__file__)

OUTCOMES_LIMIT = 5_000
"""Up to this many retried jobs, the page of a retry tells how they stand now: each is looked up."""


class Verdict(StrEnum):
    """What became of one job of a frozen set."""

    WAITING = "waiting"
    RETRIED = "retried"
    LEFT_OUT = "left_out"
    SKIPPED = "skipped"
    REFUSED = "refused"


class Why(StrEnum):
    """Why a job was not retried: left out when the set was frozen, skipped or refused when its turn came."""

    NOT_RETRYABLE = "not_retryable"
    CANNOT_BE_ASKED = "cannot_be_asked"
    ACKNOWLEDGED = "acknowledged"
    NO_LONGER_FAILED = "no_longer_failed"
    RIGHT_LOST = "right_lost"
    GONE = "gone"


class FailedSum(msgspec.Struct, frozen=True, kw_only=True):
    """How many failed jobs share code, step ('' before the first), acknowledgement, and whether they can be started again."""

    failure_code: Code
    step: str
    acknowledged: bool
    external: bool
    rerunnable: bool
    n: int


class Frozen(msgspec.Struct, frozen=True):
    """Jobs of a frozen set, and how many of them will not be retried."""

    total: int
    left_out: int


class BulkRetry(msgspec.Struct, frozen=True, kw_only=True):
    """One retry of many; `mode` None leaves it to each failure where its retry begins. `finished_at` None: still at work."""

    id: UUID
    requested_by: UUID | None
    requester_name: str
    narrowed: JobFilter
    mode: RetryMode | None
    reason: str
    as_of: datetime
    created_at: datetime
    finished_at: datetime | None
    total: int
    retried: int
    left_out: int
    skipped: int
    refused: int
    audit_event_id: UUID

    @property
    def waiting(self) -> int:
        """How many are still to be decided on."""
        return self.total - self.retried - self.left_out - self.skipped - self.refused


class Unfinished(msgspec.Struct, frozen=True, kw_only=True):
    """A retry of many that is at work, locked by the caller; every job up to `worked_to` is settled."""

    id: UUID
    actor: Any
    request_id: str | None
    mode: RetryMode | None
    reason: str
    audit_event_id: UUID
    worked_to: UUID


class PieceJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job whose turn has come, locked, beside the attempt that was frozen."""

    id: UUID
    frozen_attempt_no: int
    state: State
    attempt_no: int
    failure_code: Code | None
    pipeline: str
    external_namespace: str | None
    rerunnable: bool


@dataclass(frozen=True)
class Requeue:
    """A failed job to be queued again under an audit event of its own."""

    job_id: UUID
    attempt_no: int
    restart: bool
    event: UUID


class Requeued(msgspec.Struct, frozen=True):
    """A job as it was queued again."""

    id: UUID
    attempt_no: int
    version: int
    pipeline: str
    external_namespace: str | None


@dataclass(frozen=True)
class Settled:
    """What became of one job: retried with its event, or not and why."""

    job_id: UUID
    verdict: Verdict
    why: Why | None = None
    event: UUID | None = None


class Item(Failing, frozen=True, kw_only=True):
    """One job of a frozen set, what became of it, and how it stands now; `state` None: it is gone."""

    job_id: UUID
    attempt_no: int
    verdict: Verdict
    why: Why | None
    audit_event_id: UUID | None
    name: str
    pipeline: str
    state: State | None
    attempt_now: int
    attention: Attention | None


class _Now(msgspec.Struct):
    at: datetime


class _Outcome(msgspec.Struct):
    standing: str
    n: int


async def now(connection: Connection) -> datetime:
    """Return the time by the database's clock, by which failures are dated."""
    row = await SQL.one(connection, _Now, "now")
    assert row is not None  # noqa: S101 - SELECT without FROM has one row
    return row.at


async def sum_failed(connection: Connection, narrowed: JobFilter, *, limit: int) -> list[FailedSum]:
    """Return what a retry of these jobs would meet, largest first; not more than `limit` jobs are looked at."""
    return await SQL.all(connection, FailedSum, "sum_failed", **parameters(narrowed), limit=limit)


async def freeze(connection: Connection, id: UUID, narrowed: JobFilter, barred: Sequence[Code], *, limit: int) -> Frozen:
    """Write down the failed jobs of a filter; failures of `barred` codes are left out, what is acknowledged unless asked for."""
    await SQL.run(
        connection, "freeze", **parameters(narrowed), bulk_id=id, barred=list(barred),
        with_acknowledged=narrowed.attention is Attention.ACKNOWLEDGED, limit=limit,
    )  # fmt: skip
    row = await SQL.one(connection, Frozen, "count_frozen", bulk_id=id)
    return row or Frozen(0, 0)


async def insert(connection: Connection, bulk: BulkRetry, actor: Actor, request_id: str | None) -> None:
    """Write a retry of many over its frozen set; one with nothing to do is finished at once."""
    await SQL.run(
        connection, "insert_bulk", id=bulk.id, requested_by=bulk.requested_by, requester_name=bulk.requester_name,
        actor=_json(actor), request_id=request_id, narrowed=_json(bulk.narrowed), mode=bulk.mode, reason=bulk.reason,
        as_of=bulk.as_of, total=bulk.total, left_out=bulk.left_out, audit_event_id=bulk.audit_event_id,
    )  # fmt: skip


async def take_unfinished(connection: Connection) -> Unfinished | None:
    """Lock the oldest retry of many that is at work and that nobody else holds; None when there is none."""
    return await SQL.one(connection, Unfinished, "take_unfinished")


async def lock_piece(connection: Connection, bulk: Unfinished, *, limit: int) -> list[PieceJob]:
    """Lock the next jobs of a frozen set, in the order of their ids."""
    return await SQL.all(connection, PieceJob, "lock_piece", bulk_id=bulk.id, after=bulk.worked_to, limit=limit)


async def requeue(connection: Connection, jobs: Sequence[Requeue], *, requested_by: str, reason: str) -> list[Requeued]:
    """Queue locked, failed jobs again, each under its next attempt. What had to begin anew loses its checkpoints."""
    ids, attempts = [job.job_id for job in jobs], [job.attempt_no for job in jobs]
    same = {"ids": ids, "attempts": attempts, "events": [job.event for job in jobs]}
    restarts = [job.restart for job in jobs]
    await SQL.run(connection, "insert_retries", **same, restarts=restarts, requested_by=requested_by, reason=reason)
    queued = await SQL.all(connection, Requeued, "requeue_jobs", **same)
    await SQL.run(connection, "drop_checkpoints", ids=[job.job_id for job in jobs if job.restart])
    return queued


async def settle(connection: Connection, bulk_id: UUID, settled: Sequence[Settled]) -> None:
    """Write down what became of jobs of a frozen set, at least one."""
    ids = [one.job_id for one in settled]
    await SQL.run(
        connection, "settle_items", bulk_id=bulk_id, first=min(ids), last=max(ids), ids=ids,
        verdicts=[one.verdict.value for one in settled], whys=[one.why and one.why.value for one in settled],
        events=[one.event for one in settled],
    )  # fmt: skip


async def refuse_rest(connection: Connection, bulk_id: UUID, why: Why) -> int:
    """Refuse whatever still waits and return its number."""
    return await SQL.run(connection, "refuse_rest", bulk_id=bulk_id, why=why.value)


async def advance(
    connection: Connection,
    id: UUID,
    *,
    worked_to: UUID,
    retried: int = 0,
    skipped: int = 0,
    refused: int = 0,
    finished: bool = False,
) -> None:
    """Count what a piece came to, and tell everybody who watches."""
    await SQL.run(
        connection, "advance", id=id, worked_to=worked_to, retried=retried, skipped=skipped, refused=refused, finished=finished
    )
    await SQL.run(connection, "notify")


async def get(connection: Connection, id: UUID) -> BulkRetry | None:
    """Return one retry of many, or None."""
    return await SQL.one(connection, BulkRetry, "get_bulk", id=id)


async def list_bulk(connection: Connection, *, before: UUID | None, limit: int) -> list[BulkRetry]:
    """Return retries of many, newest first."""
    return await SQL.all(connection, BulkRetry, "list_bulk", before=before, limit=limit)


async def list_items(
    connection: Connection, bulk_id: UUID, *, verdict: Verdict | None, ids: Sequence[UUID] | None, before: UUID | None, limit: int
) -> list[Item]:
    """Return jobs of a frozen set, newest first; `ids` None for any."""
    return await SQL.all(
        connection, Item, "list_items", bulk_id=bulk_id, verdict=verdict, ids=None if ids is None else list(ids), before=before,
        limit=limit,
    )  # fmt: skip


async def sum_outcomes(connection: Connection, bulk: BulkRetry) -> dict[str, int] | None:
    """Return how the retried jobs stand now, by attention or else by state; None when they are too many to look up."""
    if bulk.retried > OUTCOMES_LIMIT:
        return None
    rows = await SQL.all(connection, _Outcome, "sum_outcomes", bulk_id=bulk.id, limit=OUTCOMES_LIMIT)
    return {row.standing: row.n for row in rows}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
