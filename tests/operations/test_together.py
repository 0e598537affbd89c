"""Writes of several attempts in one transaction: each as if it were alone, each under its own fence."""

import asyncio
from dataclasses import replace
from uuid import UUID

import psycopg
import pytest

from tests import story
from tidegate.db.connect import transaction
from tidegate.domain.failures import Failure, FailureCode
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Fenced, Outcome, State
from tidegate.ledger.attempts import FinishedStep, FirstStep, Hold
from tidegate.ledger.together import StepStart, Success
from tidegate.operations import execution, together
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Cancel
from tidegate.operations.together import Together

FIRST = {"documents": FirstStep("fetch", 5)}
NAMES = ("a", "b", "c", "d")


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
    writes, mine = Together(services, FIRST), await holds(services, *NAMES)
    claims = await asyncio.gather(*map(writes.begin, mine))
    assert [claim and (claim.hold, claim.in_first_step, claim.begun.is_first) for claim in claims] == [
        (hold, True, True) for hold in mine
    ]
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
    claims = await together.begin(services, [*again, mine[2]], FIRST)
    assert {place: claim and [kept.value for kept in claim.checkpoints] for place, claim in claims.items()} == {
        0: [b"kept"],
        1: [],
        2: [],
    }
    assert {place: claim and claim.in_first_step for place, claim in claims.items()} == {0: False, 1: True, 2: True}


@pytest.mark.parametrize("stranger", ["another worker", "another attempt", "no such job"])
async def test_a_fenced_one_is_left_out_and_the_others_go_on(services: Services, stranger: str) -> None:
    mine = await holds(services, *NAMES[:2])
    assert len(await together.begin(services, mine, FIRST)) == 2
    foreign = {
        "another worker": replace(mine[0], worker_id=await story.worker(services)),
        "another attempt": replace(mine[0], attempt_no=2),
        "no such job": replace(mine[0], job_id=new_id()),
    }[stranger]
    before = await story.job(services, mine[0].job_id)
    writes = Together(services, FIRST)
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
    await together.begin(services, [zombie, other], FIRST)
    quick = replace(services, settings=replace(services.settings, retry_delay_scale=0.0))
    assert await execution.fail(quick, zombie, Failure(FailureCode.INTERNAL), "")
    new = replace(zombie, attempt_no=2)
    assert list(await together.begin(services, [zombie, new], FIRST)) == [1]
    assert await together.start_steps(services, [StepStart(hold, 2, 5, "identify") for hold in (new, zombie)]) == {0: None}
    assert await together.succeed(services, [Success(hold, Outcome.INGESTED) for hold in (zombie, new)]) == {1: None}


async def test_a_claim_is_refused_one_by_one(services: Services) -> None:
    mine, other = await holds(services, *NAMES), await story.worker(services)
    await perform(services, story.OPERATOR, Cancel(mine[0].job_id, "not wanted"))
    assert await execution.begin(services, replace(mine[1], worker_id=other)) is not None
    silent = replace(mine[2], worker_id=new_id())
    claims = await together.begin(services, [mine[0], mine[1], silent, mine[3]], FIRST)
    assert list(claims) == [3]
    claims_of_all = await asyncio.gather(*map(Together(services, FIRST).begin, [mine[0], mine[1], silent]))
    assert claims_of_all == [None, None, None]


async def test_one_that_spoils_the_statement_fails_alone(services: Services) -> None:
    mine = await holds(services, *NAMES[:3])
    await together.begin(services, mine, FIRST)
    writes = Together(services, FIRST)
    told = await asyncio.gather(
        *(writes.start_step(hold, 2, 5, name) for hold, name in zip(mine, ("identify", "a\x00b", "identify"), strict=True)),
        return_exceptions=True,
    )
    assert [type(one) for one in told] == [type(None), psycopg.DataError, type(None)]
    assert [(await story.job(services, hold.job_id)).summary.step_no for hold in mine] == [2, 1, 2]


async def test_one_that_somebody_holds_delays_nobody_else(services: Services) -> None:
    mine = await holds(services, *NAMES[:3])
    await together.begin(services, mine, FIRST)
    async with transaction(services.pool) as connection:
        await connection.execute("SELECT FROM job WHERE id = %s FOR UPDATE", (mine[0].job_id,))
        starts = [StepStart(hold, 2, 5, "identify") for hold in mine]
        assert await together.start_steps(services, starts) == {1: None, 2: None}
        assert await together.succeed(services, [Success(hold, Outcome.INGESTED) for hold in mine]) == {1: None, 2: None}
    assert await state(services, mine[0].job_id) is State.RUNNING


async def state(services: Services, job_id: UUID) -> State:
    return (await story.job(services, job_id)).summary.state
