"""A claim whose COMMIT was answered to nobody: the ledger says that a live worker runs the job, and the worker does not know."""

import asyncio
import os
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from tests import story
from tidegate.domain.lifecycle import State
from tidegate.operations import execution
from tidegate.operations.door import Services
from tidegate.pipeline.tools import build_tools
from tidegate.worker.loop import Incarnation


@pytest.fixture
async def incarnation(services: Services) -> AsyncIterator[Incarnation]:
    """A worker that is enlisted and takes no tickets."""
    tools = build_tools(services.settings)
    made = Incarnation(services, services, tools)
    await execution.enlist(services, made.id, "here", os.getpid(), list(services.pipelines))
    yield made
    await tools.close()


async def turn(services: Services, incarnation: Incarnation, job_id: UUID) -> State:
    """Renew the lease as the worker does, and return how the job stands then."""
    mine = await execution.renew(services, incarnation.id)
    assert mine is not None
    await incarnation._give_back_forgotten(mine)
    return (await story.job(services, job_id)).summary.state


async def test_it_is_queued_again_within_two_renewals(services: Services, incarnation: Incarnation) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    await story.begun(services, job_id, worker_id=incarnation.id)
    assert await turn(services, incarnation, job_id) is State.RUNNING
    assert await turn(services, incarnation, job_id) is State.QUEUED
    await story.begun(services, job_id, worker_id=incarnation.id)


async def test_what_the_worker_runs_is_left_alone(services: Services, incarnation: Incarnation) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    await story.begun(services, job_id, worker_id=incarnation.id)
    task = asyncio.create_task(asyncio.sleep(60))
    incarnation._attempts._tasks[job_id, 1] = task
    assert [await turn(services, incarnation, job_id) for _ in range(3)] == [State.RUNNING] * 3
    task.cancel()
