"""Workers whose clocks are an hour off, ahead and behind: leases, retries and every time in the ledger are the database's.

The clock is libfaketime's; what measures durations runs on as it should.
"""

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from tests import documents, processes, story
from tests.faults.test_worker_killed import until
from tidegate.domain.failures import FailureCode
from tidegate.domain.ids import created_at
from tidegate.domain.lifecycle import Origin, State
from tidegate.operations import reading
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Item, Submit

HOUR = timedelta(hours=1)
SLACK = timedelta(seconds=60)
"""Far below the skew, far above what a test takes."""
TABLES = ("job", "attempt", "step", "job_event", "worker", "batch", "document", "checkpoint", "failure_count", "pgqueuer")


def false_clock() -> str:
    """Return the library that makes clocks false, or skip the test."""
    known = os.environ.get("LIBFAKETIME_PATH") or next(
        (str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), ""
    )
    if not known:
        pytest.skip("libfaketime is not installed")
    return known


async def submit(services: Services, *items: Item) -> list[UUID]:
    return (await perform(services, story.OPERATOR, Submit(list(items), "skewed"))).job_ids


async def living(services: Services, count: int) -> list[UUID]:
    """Wait until so many workers live, and return their ids."""
    async with asyncio.timeout(60):
        while len(found := await reading.list_workers(services, story.OPERATOR.actor)) < count:
            await asyncio.sleep(0.05)
    return [worker.id for worker in found]


@pytest.mark.slow
async def test_workers_an_hour_off_go_by_the_databases_clock(services: Services, owner_url: str, tmp_path: Path) -> None:
    settings, library, began = replace(services.settings, lease_seconds=6.0), false_clock(), datetime.now(UTC)
    changes = {"allowed_hosts": "127.0.0.1/32", "lease_seconds": "6", "renew_seconds": "0.5"}
    inbox = tmp_path / "inbox"
    async with AsyncExitStack() as stack:
        ahead, _ = [
            await stack.enter_async_context(
                processes.running(
                    settings,
                    "work",
                    **changes,
                    under={"LD_PRELOAD": library, "FAKETIME": skew, "FAKETIME_DONT_FAKE_MONOTONIC": "1"},
                )
            )
            for skew in ("+3600", "-3600")
        ]
        told = sorted(created_at(worker) - datetime.now(UTC) for worker in await living(services, 2))
        assert abs(told[0] + HOUR) < SLACK, "the clocks are not false"
        assert abs(told[1] - HOUR) < SLACK, "the clocks are not false"

        # What cannot be reached is tried again when the database says so: not at once, not an hour late.
        unreachable = Item("url", "http://127.0.0.1:9/none", "none")
        files = [documents.write(inbox, f"{n}.txt", f"Passage {n}. {documents.LINE}") for n in range(12)]
        jobs = await submit(services, *(Item("folder", str(path), path.name, str(inbox)) for path in files), unreachable)
        for job_id in jobs[:-1]:
            await until(services, job_id, State.SUCCEEDED)
        await retried(services, jobs[-1])

        # Nobody took the other for lost, until one is: then its job goes on after the lease, by the database's clock.
        await lost(services, ahead, inbox)
    await check_times(owner_url, began - SLACK, datetime.now(UTC) + SLACK)


async def retried(services: Services, job_id: UUID) -> None:
    """Wait for three attempts, and look at their times: the delays of the catalogue, scaled to fractions of a second."""
    async with asyncio.timeout(60):
        while len((job := await story.job(services, job_id)).attempts) < 3:
            await asyncio.sleep(0.05)
    third, second, first = job.attempts[:3]
    assert (first.failure_code, second.origin, third.origin) == (
        FailureCode.SOURCE_UNREACHABLE, Origin.AUTOMATIC, Origin.AUTOMATIC,
    )  # fmt: skip
    assert first.ended_at is not None
    assert second.started_at is not None
    assert timedelta(seconds=0.1) < second.started_at - first.ended_at < SLACK


async def lost(services: Services, worker: processes.Process, inbox: Path) -> None:
    """Have a worker lose its job, and see the other take it over."""
    for number in range(20):
        path = documents.write(inbox, f"long{number}.pdf", documents.long_pdf(150 + number))
        [job_id] = await submit(services, Item("folder", str(path), path.name, str(inbox)))
        running = await until(services, job_id, State.RUNNING, "extract")
        held_by = {one.id: one.pid for one in await reading.list_workers(services, story.OPERATOR.actor)}
        if held_by[running.summary.worker_id] == worker.pid:  # type: ignore[index]
            break
        await until(services, job_id, State.SUCCEEDED)
    else:
        pytest.fail("the worker never had a job")
    worker.send_signal(signal.SIGKILL)
    killed = datetime.now(UTC)
    job = await until(services, job_id, State.SUCCEEDED)
    again, first = job.attempts
    assert (first.failure_code, again.origin) == (FailureCode.WORKER_LOST, Origin.WORKER_LOST)
    assert first.ended_at is not None
    assert timedelta(seconds=4) < first.ended_at - killed < SLACK, "a lease of 6 s that was renewed each 0.5 s"


async def check_times(owner_url: str, earliest: datetime, latest: datetime) -> None:
    """Each time in the ledger's tables lies between; none is by the clock of a worker."""
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as connection:
        columns = await (
            await connection.execute(
                "SELECT table_schema, table_name, column_name FROM information_schema.columns "
                "WHERE data_type = 'timestamp with time zone' AND table_name = ANY(%s) AND column_name <> 'hour'",
                (list(TABLES),),
            )
        ).fetchall()
        assert len(columns) > 20
        for schema, table, column in columns:
            query = sql.SQL("SELECT min({0}), max({0}) FROM {1}").format(sql.Identifier(column), sql.Identifier(schema, table))
            row = await (await connection.execute(query)).fetchone()
            assert row is not None
            assert all(earliest < moment < latest for moment in row if moment is not None), (table, column, row)
        states = await (await connection.execute("SELECT DISTINCT failure_code FROM attempt ORDER BY 1")).fetchall()
    assert ("quarantined",) not in states
