"""What the audit's seal costs, and how far behind it is: `make bench-audit`.

Cost: retries through the one door, many at once, with a sealer process running against the same with none, in rounds that
alternate; the median of the pairs' ratios. Lag: events at a steady rate, each from its commit until a checkpoint that covers
it can be read. Everything runs on a PostgreSQL of its own, with durable commits. Prints both and writes them as JSON.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from benchmarks import measuring
from benchmarks.measuring import Row
from tests import story
from tests.databases import fresh_database, make_template, running_cluster
from tests.storage.sealing import write_event
from tests.storage.test_sealer import sealer_process
from tidegate import wiring
from tidegate.audit import seal
from tidegate.db.connect import transaction
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Retry
from tidegate.settings import Settings

AT_ONCE = 8
RATE = 500
LOOK_SECONDS = 0.02
FAIL_ALL = """
    SET LOCAL session_replication_role = replica;
    UPDATE attempt SET state = 'failed', started_at = now(), ended_at = now(), failure_code = 'document_corrupt';
    UPDATE job SET state = 'failed', started_at = now(), ended_at = now(), failure_code = 'document_corrupt';
    DELETE FROM queue.pgqueuer
"""
"""Jobs become failed ones past all guards: only the retries are measured."""


async def failed_jobs(services: Services, owner_url: str, count: int) -> list[UUID]:
    """Submit jobs and let all of them have failed."""
    made = await story.submitted(services, *(f"{number}.txt" for number in range(count)))
    async with await psycopg.AsyncConnection.connect(owner_url) as owner:
        for statement in FAIL_ALL.split(";"):
            await owner.execute(statement.encode())
    return made.job_ids


async def retries_per_second(services: Services, job_ids: list[UUID]) -> float:
    """Retry each job once, AT_ONCE at a time."""
    waiting = iter(job_ids)

    async def one_after_another() -> None:
        for job_id in waiting:
            await perform(services, story.OPERATOR, Retry(job_id, reason="a benchmark"))

    begun = time.perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    return len(job_ids) / (time.perf_counter() - begun)


@asynccontextmanager
async def maybe_sealing(services: Services, *, on: bool) -> AsyncIterator[None]:
    """Have a sealer process that has caught up, or none."""
    if not on:
        yield
        return
    async with sealer_process(services.settings):
        async with services.pool.connection() as connection:
            while await seal.get_head(connection) is None or (await seal.get_lag(connection)).n:
                await asyncio.sleep(0.1)
        yield


async def measure_cost(services: Services, owner_url: str, pairs: int, retries: int) -> dict[str, Any]:
    """Alternate rounds with the sealer on and off; each pair begins with the other one."""
    rates: dict[bool, list[float]] = {True: [], False: []}
    await retries_per_second(services, await failed_jobs(services, owner_url, retries // 4))
    for number in range(pairs):
        for on in ((True, False), (False, True))[number % 2]:
            job_ids = await failed_jobs(services, owner_url, retries)
            async with maybe_sealing(services, on=on):
                rates[on].append(await retries_per_second(services, job_ids))
    ratios = [on / off for on, off in zip(rates[True], rates[False], strict=True)]
    return {
        "retries_per_second_on": statistics.median(rates[True]),
        "retries_per_second_off": statistics.median(rates[False]),
        "cost_percent": 100 * (1 - statistics.median(ratios)),
        "cost_percent_of_each_pair": [round(100 * (1 - ratio), 1) for ratio in ratios],
        "retries_per_round": retries,
    }


async def measure_lag(services: Services, seconds: int) -> dict[str, Any]:
    """Write RATE events a second, each in a transaction of its own, and see when each is covered."""
    committed: dict[str, float] = {}
    seen: list[tuple[int, float]] = []

    async def look() -> None:
        async with services.pool.connection() as connection:
            while True:
                head = await seal.get_head(connection)
                if head is not None and (not seen or head.size > seen[-1][0]):
                    seen.append((head.size, time.perf_counter()))
                await asyncio.sleep(LOOK_SECONDS)

    async def write(turn: asyncio.Semaphore) -> None:
        async with turn, transaction(services.pool) as connection:
            id = await write_event(connection)
        committed[id] = time.perf_counter()

    async with maybe_sealing(services, on=True):
        looking = asyncio.create_task(look())
        turn, begun, tasks = asyncio.Semaphore(AT_ONCE), time.perf_counter(), []
        for number in range(RATE * seconds):
            await asyncio.sleep(max(0.0, begun + number / RATE - time.perf_counter()))
            tasks.append(asyncio.create_task(write(turn)))
        await asyncio.gather(*tasks)
        rate = len(tasks) / (time.perf_counter() - begun)
        await asyncio.sleep(3)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
    lags = sorted(await _lags(services, committed, seen))
    return {
        "events_per_second": rate,
        "events": len(lags),
        "lag_p50_seconds": lags[len(lags) // 2],
        "lag_p99_seconds": lags[int(len(lags) * 0.99)],
        "lag_max_seconds": lags[-1],
        "unsealed_after_3_seconds": len(committed) - len(lags),
    }


async def _lags(services: Services, committed: dict[str, float], seen: list[tuple[int, float]]) -> list[float]:
    async with services.pool.connection() as connection:
        rows = await (await connection.execute("SELECT event_id::text, index FROM audit_leaf ORDER BY index")).fetchall()
    found, looks = [], iter(seen)
    size, at = next(looks)
    for id, index in rows:
        while index >= size:
            size, at = next(looks)
        if id in committed:
            found.append(max(0.0, at - committed[id]))
    return found


async def run(pairs: int, retries: int, seconds: int) -> dict[str, Any]:
    """Measure on a cluster of its own."""
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder:
        async with running_cluster(Path(folder)) as cluster, fresh_database(cluster, await make_template(cluster)) as url:
            settings = Settings(home=Path(folder) / "home", database_url=url)
            async with wiring.running(settings, name="tidegate bench") as services:
                cost = await measure_cost(services, url, pairs, retries)
                lag = await measure_lag(services, seconds)
    return {"cost": cost, "lag": lag}


def rows_of(found: Mapping[str, Any]) -> list[Row]:
    """Return the result as rows with their goals."""
    cost, lag = found["cost"], found["lag"]
    return [
        {"what": "retries/s, sealer off", "figure": cost["retries_per_second_off"]},
        {"what": "retries/s, sealer on", "figure": cost["retries_per_second_on"]},
        measuring.wanted("cost of the seal, %", of="figure", at_most=15, figure=cost["cost_percent"]),
        {"what": "events/s written", "figure": lag["events_per_second"]},
        {"what": "seal lag p50, s", "figure": lag["lag_p50_seconds"]},
        measuring.wanted("seal lag p99, s", of="figure", at_most=1, figure=lag["lag_p99_seconds"]),
        {"what": "seal lag at most, s", "figure": lag["lag_max_seconds"]},
        measuring.wanted("events unsealed after 3 s", of="figure", at_most=0, figure=lag["unsealed_after_3_seconds"]),
    ]


def main() -> int:
    """Print what was measured, write it as JSON, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--retries", type=int, default=600)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    load_before = os.getloadavg()
    found = measuring.run(run(chosen.pairs, chosen.retries, chosen.seconds))
    return measuring.told("audit", rows_of(found), load_before, chosen.json, **found)


if __name__ == "__main__":
    sys.exit(main())
