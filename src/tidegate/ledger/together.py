"""What several attempts write at the same moment, in one statement each. Every row is guarded by its own fence.

Each statement is a transaction of its own, one round trip long. Returned is what was done. What is missing was fenced off, or
held by somebody else at that moment: the statements of `ledger.attempts` tell which, one by one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.domain.lifecycle import Outcome
from tidegate.ledger.attempts import Begun, Checkpoint, FinishedStep, FirstStep, Hold

SQL = named_sql(__file__)


@dataclass(frozen=True)
class StepStart:
    """An attempt goes on to a step, after the one that it has finished, if any."""

    hold: Hold
    step_no: int
    step_total: int
    name: str
    finished: FinishedStep | None = None


@dataclass(frozen=True)
class Success:
    """An attempt ends well, with nothing to store but its outcome."""

    hold: Hold
    outcome: Outcome
    document_id: UUID | None = None


class BegunTogether(Begun, frozen=True, kw_only=True, tag_field="verdict", tag="begun"):
    """An attempt just claimed; `in_first_step` when it had nothing to resume, so that its first step is recorded as begun."""

    in_first_step: bool


class Passed(msgspec.Struct, frozen=True, tag_field="verdict", tag="passed"):
    """An attempt whose ticket was taken and which was not claimed."""

    job_id: UUID
    attempt_no: int


Taken = BegunTogether | Passed


class _Checkpoint(Checkpoint, frozen=True, kw_only=True):
    job_id: UUID


class _Done(msgspec.Struct):
    job_id: UUID
    attempt_no: int


async def take(connection: Connection, worker_id: UUID, limit: int, first_steps: Mapping[str, FirstStep]) -> list[Taken]:
    """Remove at most `limit` due tickets of these pipelines and claim those of their attempts that are there to be claimed."""
    return await SQL.all(
        connection, cast("type[Taken]", Taken), "take_attempts", worker_id=worker_id, limit=limit, pipelines=list(first_steps),
        names=[step.name for step in first_steps.values()], totals=[step.step_total for step in first_steps.values()],
    )  # fmt: skip


async def list_checkpoints(connection: Connection, job_ids: Sequence[UUID]) -> dict[UUID, list[Checkpoint]]:
    """Return what earlier attempts of these jobs left, in step order."""
    found: dict[UUID, list[Checkpoint]] = {}
    for row in await SQL.all(connection, _Checkpoint, "list_checkpoints", job_ids=list(job_ids)):
        found.setdefault(row.job_id, []).append(row)
    return found


async def start_steps(connection: Connection, starts: Sequence[StepStart]) -> set[tuple[UUID, int]]:
    """Record that steps begin and the ones before them have ended; return those that were recorded, as (job, attempt)."""
    finished = [start.finished for start in starts]
    progress = [(step.progress if step else None) or (None, None, None) for step in finished]
    rows = await SQL.all(
        connection, _Done, "start_steps", **_fences([start.hold for start in starts]),
        step_nos=[start.step_no for start in starts], totals=[start.step_total for start in starts],
        names=[start.name for start in starts], finished_nos=[step and step.step_no for step in finished],
        finished_names=[step and step.name for step in finished], values=[step and step.checkpoint for step in finished],
        dones=[done for done, _, _ in progress], wholes=[whole for _, whole, _ in progress],
        units=[unit for _, _, unit in progress],
    )  # fmt: skip
    return {(row.job_id, row.attempt_no) for row in rows}


async def succeed(connection: Connection, successes: Sequence[Success]) -> set[tuple[UUID, int]]:
    """Close attempts and jobs as succeeded and drop the checkpoints; return those that were closed, as (job, attempt)."""
    rows = await SQL.all(
        connection, _Done, "succeed_attempts", **_fences([success.hold for success in successes]),
        outcomes=[success.outcome.value for success in successes], document_ids=[success.document_id for success in successes],
    )  # fmt: skip
    return {(row.job_id, row.attempt_no) for row in rows}


def _fences(holds: Sequence[Hold]) -> dict[str, object]:
    return {
        "job_ids": [hold.job_id for hold in holds],
        "attempt_nos": [hold.attempt_no for hold in holds],
        "worker_ids": [hold.worker_id for hold in holds],
    }
