"""Writes of several attempts in one transaction: each as if it were alone, each under its own fence."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import psycopg
import pytest

from tests import story
from tidegate.db.connect import transaction
from tidegate.domain.failures import Failure, FailureCode
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Fenced, Outcome, State
from tidegate.ledger import together as ledger_together
from tidegate.ledger.attempts import FinishedStep, FirstStep, Hold
from tidegate.ledger.together import StepStart, Success
from tidegate.operations import execution, together
from tidegate.operations.door import Services, perform
from tidegate.operations.execution import Claim
from tidegate.operations.jobs import Cancel
from tidegate.operations.together import Together

FIRST = {"documents": FirstStep("fetch", 5)}
NAMES = ("a", "b", "c", "d")


async def claimed(services: Services, holds: Sequence[Hold]) -> dict[int, Claim]:
    """Take all tickets for the worker of `holds`, and return what was claimed by its place among them."""
    taken = await together.take(services, holds[0].worker_id, 100, FIRST)
    return {list(holds).index(claim.hold): claim for claim in taken.claims}


async def holds(services: Services, *names: str) -> list[Hold]:
    """Submit jobs and return the fences under which one worker would run them."""
    worker_id = await story.worker(services)
    return [Hold(id, 1, worker_id) for id in (await story.submitted(services, *names)).job_ids]


async def transactions(services: Services, hold: Hold) -> list[object]:
    """Return which transactions last wrote the rows of a job."""
    async with services.pool.connection() as connection:
        rows = await (await connection.execute("SELECT xmin::text FROM job WHERE id = %s", (hold.job_id,))).fetchall()
    return [row[0] for row in rows]


async def test_attempts_go_through_their_lives_together(services: Services) -> None:
    writes, mine = Together(services), await holds(services, *NAMES)
    claims = await claimed(services, mine)
    assert [(claims[place].in_first_step, claims[place].begun.is_first) for place in range(4)] == [(True, True)] * 4
    assert len({str(await transactions(services, hold)) for hold in mine}) == 1
    done = FinishedStep(1, "fetch", b"kept", (3, 3, "bytes"))
    await asyncio.gather(*(writes.start_step(hold, 2, 5, "identify", done) for hold in mine))
    job = await story.job(services, mine[2].job_id)
    assert [(step.name, step.state, step.progress_done) for step in job.steps] == [
        ("fetch", State.SUCCEEDED, 3),
        ("identify", State.RUNNING, None),
    ]
    assert len({str(await transactions(services, hold)) for hold in mine}) == 1
    known = new_id()
    await asyncio.gather(*(writes.succeed(hold, None) for hold in mine[:2]), writes.succeed_as_duplicate(mine[2], known))
    await writes.settle()
    ended = [(await story.job(services, hold.job_id)) for hold in mine]
    assert [job.summary.outcome for job in ended] == [Outcome.INGESTED, Outcome.INGESTED, Outcome.DUPLICATE_CONTENT, None]
    assert [step.state for job in ended[:3] for step in job.steps] == [State.SUCCEEDED] * 6
    assert [job.attempts[0].state for job in ended] == [*[State.SUCCEEDED] * 3, State.RUNNING]
    async with services.pool.connection() as connection:
        left = await (await connection.execute("SELECT job_id FROM checkpoint")).fetchall()
    assert left == [(mine[3].job_id,)]


async def test_what_is_to_be_resumed_comes_with_its_checkpoints(services: Services) -> None:
    quick = replace(services, settings=replace(services.settings, retry_delay_scale=0.0))
    mine = await holds(services, *NAMES[:3])
    for hold in mine[:2]:
        await execution.begin(services, hold, FIRST)
    await execution.start_step(services, mine[0], 2, 5, "identify", FinishedStep(1, "fetch", b"kept"))
    for hold in mine[:2]:
        assert await execution.fail(quick, hold, Failure(FailureCode.INTERNAL), "")
    again = [replace(hold, attempt_no=2) for hold in mine[:2]]
    claims = await claimed(services, [*again, mine[2]])
    assert {place: [kept.value for kept in claim.checkpoints] for place, claim in claims.items()} == {
        0: [b"kept"],
        1: [],
        2: [],
    }
    assert {place: claim.in_first_step for place, claim in claims.items()} == {0: False, 1: True, 2: True}


@pytest.mark.parametrize("stranger", ["another worker", "another attempt", "no such job"])
async def test_a_fenced_one_is_left_out_and_the_others_go_on(services: Services, stranger: str) -> None:
    mine = await holds(services, *NAMES[:2])
    assert len(await claimed(services, mine)) == 2
    foreign = {
        "another worker": replace(mine[0], worker_id=await story.worker(services)),
        "another attempt": replace(mine[0], attempt_no=2),
        "no such job": replace(mine[0], job_id=new_id()),
    }[stranger]
    before = await story.job(services, mine[0].job_id)
    writes = Together(services)
    done = FinishedStep(1, "fetch", b"kept")
    told = await asyncio.gather(
        *(writes.start_step(hold, 2, 5, "identify", done) for hold in (foreign, mine[1])), return_exceptions=True
    )
    assert (type(told[0]), told[1]) == (Fenced, None)
    ended = await asyncio.gather(*(writes.succeed(hold, None) for hold in (foreign, mine[1])), return_exceptions=True)
    assert (type(ended[0]), ended[1]) == (Fenced, Outcome.INGESTED)
    assert await story.job(services, mine[0].job_id) == before
    assert (await story.job(services, mine[1].job_id)).summary.state is State.SUCCEEDED


async def test_two_attempts_of_one_job_are_told_apart(services: Services) -> None:
    """The one that was taken over must not hear that it wrote what its successor wrote."""
    zombie, other = await holds(services, *NAMES[:2])
    await claimed(services, [zombie, other])
    quick = replace(services, settings=replace(services.settings, retry_delay_scale=0.0))
    assert await execution.fail(quick, zombie, Failure(FailureCode.INTERNAL), "")
    new = replace(zombie, attempt_no=2)
    assert list(await claimed(services, [zombie, new])) == [1]
    assert await together.start_steps(services, [StepStart(hold, 2, 5, "identify") for hold in (new, zombie)]) == {0: None}
    assert await together.succeed(services, [Success(hold, Outcome.INGESTED) for hold in (zombie, new)]) == {1: None}


async def test_a_claim_is_refused_one_by_one(services: Services) -> None:
    mine, other = await holds(services, *NAMES), await story.worker(services)
    await perform(services, story.OPERATOR, Cancel(mine[0].job_id, "not wanted"))
    assert await execution.begin(services, replace(mine[1], worker_id=other)) is not None
    taken = await together.take(services, mine[0].worker_id, 3, FIRST)
    assert ([claim.hold for claim in taken.claims], sorted(taken.others, key=mine.index)) == ([mine[2]], mine[:2])
    assert [await execution.begin(services, hold, FIRST) for hold in taken.others] == [None, None]
    silent = await together.take(services, new_id(), 3, FIRST)
    assert ([hold.attempt for hold in silent.others], silent.claims) == ([mine[3].attempt], [])
    assert await execution.begin(services, silent.others[0], FIRST) is None


async def test_one_that_spoils_the_statement_fails_alone(services: Services) -> None:
    mine = await holds(services, *NAMES[:3])
    await claimed(services, mine)
    writes = Together(services)
    told = await asyncio.gather(
        *(writes.start_step(hold, 2, 5, name) for hold, name in zip(mine, ("identify", "a\x00b", "identify"), strict=True)),
        return_exceptions=True,
    )
    assert [type(one) for one in told] == [type(None), psycopg.DataError, type(None)]
    assert [(await story.job(services, hold.job_id)).summary.step_no for hold in mine] == [2, 1, 2]


async def test_one_that_somebody_holds_delays_nobody_else(services: Services) -> None:
    mine = await holds(services, *NAMES[:3])
    await claimed(services, mine)
    async with transaction(services.pool) as connection:
        await connection.execute("SELECT FROM job WHERE id = %s FOR UPDATE", (mine[0].job_id,))
        starts = [StepStart(hold, 2, 5, "identify") for hold in mine]
        assert await together.start_steps(services, starts) == {1: None, 2: None}
        assert await together.succeed(services, [Success(hold, Outcome.INGESTED) for hold in mine]) == {1: None, 2: None}
    assert await state(services, mine[0].job_id) is State.RUNNING


async def state(services: Services, job_id: UUID) -> State:
    return (await story.job(services, job_id)).summary.state


async def test_tickets_are_taken_by_the_commit_that_claims_their_attempts(services: Services) -> None:
    worker_id = await story.worker(services)
    ids = (await story.submitted(services, *NAMES)).job_ids
    await perform(services, story.OPERATOR, Cancel(ids[1], "not wanted"))
    async with services.pool.connection() as connection, connection.transaction(force_rollback=True):
        assert len(await ledger_together.take(connection, worker_id, 10, FIRST)) == 4
    assert [await state(services, id) for id in ids] == [State.QUEUED, State.CANCELLED, State.QUEUED, State.QUEUED]
    first = await together.take(services, worker_id, 3, FIRST)
    assert ({claim.hold.job_id for claim in first.claims}, first.is_more, first.due_in) == ({ids[0], ids[2]}, True, None)
    assert [hold.job_id for hold in first.others] == [ids[1]]
    rest = await together.take(services, worker_id, 3, FIRST)
    assert ([claim.hold.job_id for claim in rest.claims], rest.others, rest.is_more) == ([ids[3]], [], False)
    assert [await state(services, id) for id in ids] == [State.RUNNING, State.CANCELLED, State.RUNNING, State.RUNNING]


async def test_a_job_that_somebody_holds_is_told_apart_and_delays_no_other(services: Services) -> None:
    worker_id = await story.worker(services)
    ids = (await story.submitted(services, *NAMES[:2])).job_ids
    async with transaction(services.pool) as connection:
        await connection.execute("SELECT FROM job WHERE id = %s FOR UPDATE", (ids[0],))
        taken = await together.take(services, worker_id, 2, FIRST)
        assert [claim.hold.job_id for claim in taken.claims] == [ids[1]]
    assert taken.others == [Hold(ids[0], 1, worker_id)]
    assert await execution.begin(services, taken.others[0], FIRST) is not None
