"""The list of batches: its counters are what a count would give, whatever happens to the jobs, folded or not."""

import asyncio
from uuid import UUID

import pytest

from tests import story
from tidegate.domain.actor import ANONYMOUS
from tidegate.domain.failures import Failure, FailureCode
from tidegate.domain.lifecycle import State
from tidegate.domain.refusals import Invalid, Unauthenticated
from tidegate.ledger.batches import BatchRow
from tidegate.operations import execution, reading
from tidegate.operations.batches import list_batches
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Cancel, Retry


async def listed(services: Services) -> list[BatchRow]:
    return (await list_batches(services, story.OPERATOR.actor)).batches


async def counters(services: Services) -> int:
    """The number of rows that the counters are made of."""
    async with services.pool.connection() as connection:
        row = await (await connection.execute("SELECT count(*) FROM batch_count")).fetchone()
    assert row is not None
    return int(row[0])


async def counted(services: Services, batch_id: UUID) -> dict[State, int]:
    """What counting the jobs themselves gives."""
    return (await reading.get_batch(services, story.OPERATOR.actor, batch_id)).states


async def test_every_transition_is_counted(services: Services) -> None:
    batch = await story.submitted(services, "a", "b", "c", "d", "e")
    first, second, third, fourth, _ = batch.job_ids
    await execution.fail(services, await story.begun(services, first), Failure(FailureCode.DOCUMENT_EMPTY), "")
    await execution.fail(services, await story.begun(services, second), Failure(FailureCode.DOCUMENT_EMPTY), "")
    await perform(services, story.OPERATOR, Retry(second))
    await perform(services, story.OPERATOR, Cancel(third))
    await execution.give_back(services, await story.begun(services, fourth))
    hold = await story.begun(services, fourth)
    [row] = await listed(services)
    assert row.states == {State.QUEUED: 2, State.RUNNING: 1, State.FAILED: 1, State.CANCELLED: 1}
    assert row.states == await counted(services, batch.batch_id)
    before = await counters(services)
    await execution.start_step(services, hold, 1, 5, "fetch")
    await execution.set_progress(services, hold, 1, 2, "bytes")
    assert await counters(services) == before
    assert not row.is_over


async def test_folding_changes_no_number_and_leaves_a_row_for_each_state(services: Services) -> None:
    batch = await story.submitted(services, *(str(n) for n in range(30)))
    worker_id = await story.worker(services)
    for job_id in batch.job_ids[:20]:
        hold = await story.begun(services, job_id, worker_id=worker_id)
        await execution.fail(services, hold, Failure(FailureCode.DOCUMENT_EMPTY), "")
    before = await listed(services)
    assert await counters(services) > 40
    await execution.tidy(services)
    assert await listed(services) == before
    assert await counters(services) == len(before[0].states) == 2
    await perform(services, story.OPERATOR, Cancel(batch.job_ids[-1]))
    await execution.tidy(services)
    [row] = await listed(services)
    assert row.states == {State.QUEUED: 9, State.FAILED: 20, State.CANCELLED: 1}
    assert await counters(services) == 3


async def test_counting_goes_on_while_it_is_folded(services: Services) -> None:
    batch = await story.submitted(services, *(str(n) for n in range(24)))

    async def cancel(ids: list[UUID]) -> None:
        for job_id in ids:
            await perform(services, story.OPERATOR, Cancel(job_id))

    async def fold() -> None:
        for _ in range(6):
            await execution.tidy(services)

    await asyncio.gather(fold(), fold(), *(cancel(batch.job_ids[n::4]) for n in range(4)))
    [row] = await listed(services)
    assert row.states == {State.CANCELLED: 24} == await counted(services, batch.batch_id)
    assert row.is_over


async def test_jobs_that_are_removed_are_counted_off(services: Services) -> None:
    await story.submitted(services, "a", "b")
    async with services.pool.connection() as connection:
        await connection.execute("DELETE FROM job WHERE name = 'a'")
    [row] = await listed(services)
    assert row.states == {State.QUEUED: 1}


async def test_pages_go_through_all_batches_once_newest_first(services: Services) -> None:
    ids = [(await story.submitted(services, f"{n}")).batch_id for n in range(5)]
    seen: list[UUID] = []
    before = None
    for expected in (2, 2, 1):
        page = await list_batches(services, story.OPERATOR.actor, before=before, limit=2)
        assert len(page.batches) == expected
        seen += [row.batch.id for row in page.batches]
        before = page.next_before
    assert (seen, before) == (ids[::-1], None)


async def test_who_may_list_batches_and_how_many(services: Services) -> None:
    with pytest.raises(Unauthenticated):
        await list_batches(services, ANONYMOUS)
    with pytest.raises(Invalid):
        await list_batches(services, story.OPERATOR.actor, limit=reading.PAGE_LIMIT + 1)
