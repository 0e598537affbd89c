"""The list of batches, each with how its jobs stand: fifty sums by index, whatever the batches hold."""

from uuid import UUID

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.domain.lifecycle import State
from tidegate.ledger.views import Batch

SQL = named_sql(__file__)


class BatchRow(msgspec.Struct, kw_only=True, frozen=True):
    """One batch and how many of its jobs are in each state; a state that none is in is left out."""

    batch: Batch
    states: dict[State, int]

    @property
    def is_over(self) -> bool:
        """Whether every job of the batch has ended."""
        return not self.states.get(State.QUEUED) and not self.states.get(State.RUNNING)


class BatchPage(msgspec.Struct, kw_only=True, frozen=True):
    """One keyset page, newest first; `next_before` is the id to go on from, None at the end."""

    batches: list[BatchRow]
    next_before: UUID | None


class _StateNumber(msgspec.Struct):
    batch_id: UUID
    state: State
    n: int


async def list_batches(connection: Connection, *, before: UUID | None, limit: int) -> BatchPage:
    """Return one page of batches: `limit` at most, submitted before the batch `before`."""
    found = await SQL.all(connection, Batch, "list_batches", before=before, limit=limit + 1)
    shown = found[:limit]
    counts = await _counts(connection, [batch.id for batch in shown])
    return BatchPage(
        batches=[BatchRow(batch=batch, states=counts.get(batch.id, {})) for batch in shown],
        next_before=shown[-1].id if len(found) > limit else None,
    )


async def _counts(connection: Connection, ids: list[UUID]) -> dict[UUID, dict[State, int]]:
    counts: dict[UUID, dict[State, int]] = {}
    for row in await SQL.all(connection, _StateNumber, "count_states", ids=ids):
        counts.setdefault(row.batch_id, {})[row.state] = row.n
    return counts
