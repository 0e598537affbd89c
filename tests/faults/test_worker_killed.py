"""A worker is killed in the middle of an extraction; nobody does anything; the job succeeds all the same."""

import asyncio
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests import documents, processes, story
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import Origin, State
from tidegate.ledger.views import Job
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Item, Submit
from tidegate.settings import Settings

DEFAULTS = Settings()
RECOVERY_SECONDS = 30.0


async def until(services: Services, job_id: object, state: State, step: str | None = None, seconds: float = 60.0) -> Job:
    """Wait for a job to come into a state, and a step; tell how it stands when it does not."""
    deadline = time.monotonic() + seconds
    while True:
        job = await story.job(services, job_id)  # type: ignore[arg-type]
        if job.summary.state is state and step in (None, job.summary.step_name):
            return job
        assert time.monotonic() < deadline, (job.summary, job.attempts, job.steps)
        await asyncio.sleep(0.02)


@pytest.fixture
async def long_job(services: Services, tmp_path: Path) -> object:
    """A submitted document whose extraction takes some seconds."""
    path = documents.write(tmp_path / "inbox", "long.pdf", documents.long_pdf(400))
    made = await perform(services, story.OPERATOR, Submit([Item("folder", str(path), path.name, str(path.parent))], "faults"))
    return made.job_ids[0]


@pytest.mark.slow
async def test_a_killed_workers_job_succeeds_without_help(services: Services, long_job: object) -> None:
    plain = replace(services.settings, lease_seconds=DEFAULTS.lease_seconds, renew_seconds=DEFAULTS.renew_seconds)
    async with processes.running(plain, "work") as first:
        begun = await until(services, long_job, State.RUNNING, "extract")
        os.kill(first.pid, signal.SIGKILL)
        await first.wait()
    assert (await story.job(services, long_job)).summary.state is State.RUNNING  # type: ignore[arg-type]

    async with processes.running(plain, "work"):
        there = time.monotonic()
        job = await until(services, long_job, State.SUCCEEDED)
        took = time.monotonic() - there

    assert took <= RECOVERY_SECONDS
    lost, again = job.attempts[1], job.attempts[0]
    assert (lost.state, lost.failure_code, lost.worker_id) == (State.FAILED, FailureCode.WORKER_LOST, begun.summary.worker_id)
    assert (again.state, again.origin, again.retry_of) == (State.SUCCEEDED, Origin.WORKER_LOST, 1)
    assert again.worker_id != lost.worker_id
    assert [(s.name, s.resumed) for s in job.steps if s.attempt_no == 2][:3] == [
        ("fetch", True),
        ("identify", True),
        ("extract", False),
    ]


async def test_no_child_of_a_killed_worker_lives_on(services: Services, long_job: object) -> None:
    async with processes.running(services.settings, "work") as worker:
        await until(services, long_job, State.RUNNING, "extract")
        children = descendants(worker.pid)
        assert children
        os.kill(worker.pid, signal.SIGKILL)
        await worker.wait()
        async with asyncio.timeout(5):
            while any(Path(f"/proc/{pid}").exists() and not is_zombie(pid) for pid in children):
                await asyncio.sleep(0.05)


async def test_a_stopping_worker_gives_back_what_it_cannot_finish(services: Services, long_job: object) -> None:
    async with processes.running(services.settings, "work", stop_seconds="0.2") as worker:
        await until(services, long_job, State.RUNNING, "extract")
        worker.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(worker.wait(), 10) == 0
    job = await story.job(services, long_job)  # type: ignore[arg-type]
    assert (job.summary.state, job.summary.attempt_no, len(job.attempts)) == (State.QUEUED, 1, 1)
    async with processes.running(services.settings, "work"):
        job = await until(services, long_job, State.SUCCEEDED)
    assert len(job.attempts) == 1


def descendants(pid: int) -> set[int]:
    """Return the processes below a process, by /proc."""
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            children = {int(child) for child in task.read_text().split()}
            waiting += children - found
            found |= children
    return found


def is_zombie(pid: int) -> bool:
    """Tell whether a process is dead and only waits to be collected."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True
