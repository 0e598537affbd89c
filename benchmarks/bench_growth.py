"""Whether the ledger stays as quick and as small while jobs go through it: `make bench-growth`.

Jobs are submitted, begun, finished or failed, and some retried, by the operations that people and workers cause, with
the housekeeping that a worker does. After each tenth it is looked how large a job is on disk, how much is dead, and what the list
takes. In the end old months are dropped as retention does it. The goal is that the last third is within 20 % of the second.
"""

import argparse
import asyncio
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import psycopg

from benchmarks import measuring, seeding
from benchmarks.ledgers import temporary
from benchmarks.measuring import Row
from tests import story
from tests.databases import fresh_database, make_template, running_cluster
from tidegate import wiring
from tidegate.domain.failures import Failure, FailureCode
from tidegate.domain.lifecycle import State
from tidegate.ledger.attempts import FinishedStep, Hold
from tidegate.ledger.views import JobFilter
from tidegate.operations import execution, reading
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Retry
from tidegate.settings import Settings

GOAL = 1.2
TENTHS, AT_ONCE, LOOKS = 10, 16, 200
SETTLED = 3
"""Tenths that do not count: tables and their first pages are made in them."""

OLD_JOBS = 20_000
"""Of 90 days, there before: what retention drops in the end."""

SIZE = """
    SELECT sum(pg_total_relation_size(c.oid))::bigint, (SELECT count(*) FROM job)
    FROM pg_class AS c WHERE c.relkind = 'r' AND c.relname ~ '^(job|attempt|step|job_event)_20'
"""
DEAD = """
    SELECT sum(n_dead_tup)::bigint, sum(n_live_tup)::bigint FROM pg_stat_user_tables
    WHERE relname ~ '^(job|attempt|step|job_event)_20'
"""
PARTITIONS = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'public.job'::regclass"


@dataclass(frozen=True)
class Look:
    """How things stood after a tenth."""

    jobs: int
    jobs_per_second: float
    bytes_a_job: float
    dead_percent: float
    list_p50: float
    list_p99: float


async def churn(services: Services, worker_id: UUID, count: int) -> None:
    """Have so many jobs go through their lives: of twenty one fails, and every other of those is retried."""
    made = await story.submitted(services, *(f"{number}.pdf" for number in range(count)))
    waiting = iter(enumerate(made.job_ids))

    async def one_after_another() -> None:
        for number, job_id in waiting:
            await live(services, Hold(job_id, 1, worker_id), number)

    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    await execution.tidy(services)


async def live(services: Services, hold: Hold, number: int) -> None:
    """Run one job to its end, or to its failure and perhaps once more."""
    await run_steps(services, hold)
    if number % 20:
        await execution.succeed(services, hold, None)
        return
    await execution.fail(services, hold, Failure(FailureCode.DOCUMENT_CORRUPT), "")
    if number % 40:
        return
    await perform(services, story.OPERATOR, Retry(hold.job_id, reason="a benchmark"))
    again = replace(hold, attempt_no=2)
    await run_steps(services, again)
    await execution.succeed(services, again, None)


async def run_steps(services: Services, hold: Hold) -> None:
    """Claim an attempt and take it through two steps, with a checkpoint between them."""
    await execution.begin(services, hold)
    await execution.start_step(services, hold, 1, 2, "fetch")
    fetched = FinishedStep(1, "fetch", b"x" * 200, (1, 1, "pages"))
    await execution.start_step(services, hold, 2, 2, "extract", fetched)


async def look(services: Services, owner: psycopg.AsyncConnection[tuple[int, int]], jobs: int, seconds: float) -> Look:
    """Look at sizes and at the list's time."""
    [(size, rows)] = await (await owner.execute(SIZE)).fetchall()
    await owner.execute("SELECT pg_stat_force_next_flush()")
    [(dead, alive)] = await (await owner.execute(DEAD)).fetchall()
    taken = []
    for number in range(LOOKS):
        begun = time.perf_counter()
        await reading.list_jobs(services, story.OPERATOR.actor, JobFilter(state=State.FAILED if number % 2 else None))
        taken.append(1000 * (time.perf_counter() - begun))
    return Look(
        jobs, jobs / TENTHS / seconds, size / rows, 100 * dead / max(alive + dead, 1), statistics.median(taken),
        measuring.share(taken, 0.99),
    )  # fmt: skip


async def measure(jobs: int) -> tuple[list[Look], list[tuple[float, int]]]:
    """Measure on a cluster of its own; return the looks, and for each month that was dropped its seconds and the months left."""
    with temporary() as folder:
        async with running_cluster(Path(folder)) as cluster, fresh_database(cluster, await make_template(cluster)) as url:
            settings = Settings(home=Path(folder) / "home", database_url=url, lease_seconds=86_400, retention_months=1)
            async with (
                wiring.running(settings, name="tidegate bench", pool_size=2 * AT_ONCE) as services,
                await psycopg.AsyncConnection.connect(url, autocommit=True) as owner,
            ):
                await seeding.fill(url, OLD_JOBS, await seeding.hire(services))
                worker_id, looks = await story.worker(services), []
                for tenth in range(1, TENTHS + 1):
                    begun = time.perf_counter()
                    await churn(services, worker_id, jobs // TENTHS)
                    looks.append(await look(services, owner, tenth * jobs // TENTHS, time.perf_counter() - begun))
                return looks, [month async for month in dropped(services, owner)]


async def dropped(services: Services, owner: psycopg.AsyncConnection[tuple[int, int]]) -> AsyncIterator[tuple[float, int]]:
    """Drop months until none is left that need not be kept."""
    there = await _count(owner)
    while True:
        begun = time.perf_counter()
        await execution.forget(services)
        left = await _count(owner)
        if left == there:
            return
        yield time.perf_counter() - begun, left
        there = left


async def _count(owner: psycopg.AsyncConnection[tuple[int, int]]) -> int:
    [(n, *_)] = await (await owner.execute(PARTITIONS)).fetchall()
    return n


def rows(looks: Sequence[Look], months: Sequence[tuple[float, int]]) -> list[Row]:
    """Return each look, the growth from the middle third to the last one, and what retention did."""
    middle, last = looks[SETTLED : SETTLED + 3], looks[-3:]

    def grown(what: str) -> float:
        first, second = (statistics.median(float(getattr(one, what)) for one in third) for third in (middle, last))
        return second / first

    return [
        *(
            {
                "what": f"after {one.jobs:,} jobs", "jobs/s": one.jobs_per_second, "bytes a job": one.bytes_a_job,
                "dead, %": one.dead_percent, "list p50, ms": one.list_p50, "list p99, ms": one.list_p99,
            }
            for one in looks
        ),
        measuring.wanted("bytes a job, last third to second", of="ratio", at_most=GOAL, ratio=grown("bytes_a_job")),
        measuring.wanted("list p50, last third to second", of="ratio", at_most=GOAL, ratio=grown("list_p50")),
        measuring.wanted("list p99, last third to second", of="ratio", at_most=GOAL, ratio=grown("list_p99")),
        *({"what": f"a month dropped, {left} left", "seconds": seconds} for seconds, left in months),
        measuring.wanted("months dropped", of="months", at_least=1, months=len(months)),
    ]  # fmt: skip


def main() -> int:
    """Print what was measured, write it as JSON, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    load_before = os.getloadavg()
    looks, months = measuring.run(measure(chosen.jobs))
    return measuring.told("growth", rows(looks, months), load_before, chosen.json, jobs=chosen.jobs)


if __name__ == "__main__":
    sys.exit(main())
