"""How a worker comes to its attempts: no more at once than it may, each ticket once, one that must be alone alone, and an end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

import psycopg
import pytest

from tests import story
from tidegate.db.connect import transaction
from tidegate.domain.failures import Failure, FailureCode
from tidegate.domain.lifecycle import Outcome, State
from tidegate.ledger.attempts import Hold
from tidegate.operations import execution
from tidegate.operations.door import Services, perform
from tidegate.operations.execution import Claim
from tidegate.operations.jobs import Cancel
from tidegate.operations.turns import end
from tidegate.pipeline.tools import build_tools
from tidegate.worker import attempts as module
from tidegate.worker.attempts import Attempts


class Runs:
    """Takes the place of `run_attempt`: what was run, and how many at once."""

    def __init__(self, seconds: float) -> None:
        self.begun: list[UUID] = []
        self.ended: list[UUID] = []
        self.beside: dict[UUID, int] = {}
        self._seconds, self._now = seconds, 0

    async def __call__(self, services: Services, _tools: object, _writes: object, claim: Claim) -> None:
        """Run for a while."""
        job_id = claim.hold.job_id
        self._now += 1
        self.begun.append(job_id)
        self.beside[job_id] = self._now - 1
        try:
            await asyncio.sleep(self._seconds)
        finally:
            self._now -= 1
        await execution.end_well(services, claim.hold, Outcome.INGESTED, None)
        self.ended.append(job_id)

    async def reach(self, count: int, seconds: float = 20.0) -> None:
        """Wait until so many have ended."""
        async with asyncio.timeout(seconds):
            while len(self.ended) < count:
                await asyncio.sleep(0.01)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    """What each attempt does here: half a tenth of a second of nothing, and success."""
    made = Runs(0.05)
    monkeypatch.setattr(module, "run_attempt", made)
    return made


@asynccontextmanager
async def working(services: Services, concurrency: int = 2) -> AsyncIterator[tuple[Attempts, asyncio.Event]]:
    """A worker's taking, without its lease and chores."""
    services = replace(services, settings=replace(services.settings, concurrency=concurrency))
    tools, stop = build_tools(services.settings), asyncio.Event()
    attempts = Attempts(services, tools, await story.worker(services))
    taking = asyncio.create_task(attempts.keep_taking(stop))
    try:
        yield attempts, stop
    finally:
        stop.set()
        attempts.look()
        await asyncio.wait_for(taking, 10)
        await end(attempts.tasks)
        await tools.close()


async def states(services: Services, ids: list[UUID]) -> list[State]:
    return [(await story.job(services, id)).summary.state for id in ids]


async def test_no_more_run_at_once_than_allowed_and_each_once(services: Services, runs: Runs) -> None:
    ids = (await story.submitted(services, *(f"{n}.txt" for n in range(12)))).job_ids
    async with working(services, concurrency=3):
        await runs.reach(12)
    assert sorted(runs.begun) == sorted(ids)
    assert 1 <= max(runs.beside.values()) <= 2


async def test_what_comes_later_wakes_it(services: Services, runs: Runs) -> None:
    async with working(services):
        await asyncio.sleep(0.3)
        await story.submitted(services)
        await runs.reach(1, seconds=1.5)  # it looks by itself only every 2 seconds


async def test_two_workers_share_the_jobs(services: Services, runs: Runs) -> None:
    ids = (await story.submitted(services, *(f"{n}.txt" for n in range(40)))).job_ids
    async with working(services), working(services):
        await runs.reach(40)
    assert sorted(runs.begun) == sorted(ids)
    assert max(runs.beside.values()) == 3


async def test_a_cancelled_job_is_passed_by_and_one_that_is_held_waits_for_its_holder(services: Services, runs: Runs) -> None:
    ids = list((await story.submitted(services, "cancelled", "held", "free")).job_ids)
    await perform(services, story.OPERATOR, Cancel(ids[0], "not wanted"))
    async with working(services, concurrency=5):
        async with transaction(services.pool) as connection:
            await connection.execute("SELECT FROM job WHERE id = %s FOR UPDATE", (ids[1],))
            await runs.reach(1)
            assert runs.ended == [ids[2]]
        await runs.reach(2)
    assert await states(services, ids) == [State.CANCELLED, State.SUCCEEDED, State.SUCCEEDED]


async def test_one_that_lost_its_workers_runs_alone(services: Services, runs: Runs) -> None:
    quick = replace(services, settings=replace(services.settings, retry_delay_scale=0.0))
    lonely = (await story.submitted(quick, "lonely")).job_ids[0]
    for attempt_no in (1, 2):
        worker_id = await story.worker(quick)
        assert await execution.begin(quick, Hold(lonely, attempt_no, worker_id)) is not None
        await execution.dismiss(quick, worker_id)
        assert await execution.reap(quick) == 1
    others = list((await story.submitted(quick, *(f"{n}.txt" for n in range(9)))).job_ids)
    async with working(quick, concurrency=4):
        await runs.reach(10)
    assert runs.beside[lonely] == 0
    after = runs.begun[runs.begun.index(lonely) + 1 :]
    assert all(runs.beside[id] <= position for position, id in enumerate(after)), "who follows it meets only who follows it"
    assert set(runs.begun) == {lonely, *others}


async def test_a_delayed_attempt_begins_when_it_is_due(services: Services, runs: Runs) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    hold = await story.begun(services, job_id)
    soon = replace(services, settings=replace(services.settings, retry_delay_scale=0.02))
    assert await execution.fail(soon, hold, Failure(FailureCode.STORAGE_UNAVAILABLE), "")
    async with working(services):
        await runs.reach(1)
    assert runs.ended == [job_id]


async def test_a_stopping_worker_takes_nothing_new_and_gives_back_what_does_not_end(services: Services, runs: Runs) -> None:
    ids = list((await story.submitted(services, *(f"{n}.txt" for n in range(6)))).job_ids)
    runs._seconds = 30
    async with working(services, concurrency=2) as (attempts, stop):
        async with asyncio.timeout(10):
            while len(runs.begun) < 2:
                await asyncio.sleep(0.01)
        stop.set()
        attempts.look()
        left = await attempts.finish(0.2)
    assert {hold.job_id for hold in left} == set(runs.begun)
    assert len(left) == 2
    assert runs.ended == []
    assert sorted(await states(services, ids)) == [State.QUEUED] * 4 + [State.RUNNING] * 2


async def test_it_listens_again_after_its_connection_was_cut(services: Services, runs: Runs, owner_url: str) -> None:
    async with working(services):
        await asyncio.sleep(0.3)
        async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'tidegate engine listen'"
            )
        await story.submitted(services, "a", "b")
        await runs.reach(2)
        await asyncio.sleep(module.AWAY_PAUSE_SECONDS + 0.5)
        await story.submitted(services, "c")
        await runs.reach(3, seconds=1.5)
