"""How fast jobs that do nothing go through Tidegate, through the queue below it, and through another: `make bench-queue`.

One worker process each, in rounds that alternate, on one database server with durable commits; batch and concurrency alike.
Tidegate keeps its full history: audit event, attempt, step, events, counters. A rate is taken between the first sight of a
finished job and the last finish, so that starting a process does not count. Ratios hold on any machine, rates on this one only.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from benchmarks import measuring
from benchmarks.measuring import NO_OP, Row
from benchmarks.queue_sides import PgQueuer, Procrastinate, Side, Tidegate
from tests.databases import make_template, running_cluster

GOALS = {"PgQueuer": 0.5, "Procrastinate": 5.0}
"""The least that Tidegate's rate may be of another's."""

GOAL_PICKUP_MS = 20.0
LOOK_SECONDS = 0.01
PATIENCE_SECONDS = 120.0
SHARE_OF_JOBS = {"Procrastinate": 0.2}
"""What is much slower gets fewer jobs, so that its rounds take about as long."""

PICKUPS = 100
BATCH = 1000
NEWEST_BEGIN = f"""
    SELECT extract(epoch FROM e.at)::float8 FROM job_event e JOIN job j ON j.id = e.job_id
    WHERE j.pipeline = '{NO_OP}' AND e.after = 'running' ORDER BY e.job_id DESC LIMIT 1
"""  # noqa: S608 - a constant of ours


async def drained(side: Side, count: int) -> float:
    """Submit jobs, let a worker finish them, and return how many a second it finished."""
    before = await side.finished()
    for start in range(0, count, BATCH):
        await side.submit(min(BATCH, count - start))
    await side.connection.execute("VACUUM ANALYZE")
    first: tuple[int, float] | None = None
    async with side.worker(), asyncio.timeout(PATIENCE_SECONDS):
        while (done := await side.finished() - before) < count:
            if first is None and done:
                first = done, time.perf_counter()
            await asyncio.sleep(LOOK_SECONDS)
    if first is None:
        raise SystemExit(f"{count} jobs are too few to measure a rate")
    return (count - first[0]) / (time.perf_counter() - first[1])


async def measure_rates(sides: list[Side], count: int, rounds: int) -> dict[str, list[float]]:
    """Alternate the sides; the one that is first is last in the next round."""
    rates: dict[str, list[float]] = {side.name: [] for side in sides}
    for turn in range(rounds):
        for side in sides[:: (1, -1)[turn % 2]]:
            rates[side.name].append(await drained(side, int(count * SHARE_OF_JOBS.get(side.name, 1))))
    return rates


async def measure_enqueue(side: Side) -> dict[str, float]:
    """Return jobs a second, enqueued one by one and by the thousand, with no worker about."""
    begun = time.perf_counter()
    for _ in range(PICKUPS):
        await side.submit(1)
    singly = PICKUPS / (time.perf_counter() - begun)
    begun = time.perf_counter()
    for _ in range(3):
        await side.submit(BATCH)
    return {"one_by_one": singly, "by_the_thousand": 3 * BATCH / (time.perf_counter() - begun)}


async def measure_pickup(side: Tidegate) -> dict[str, float]:
    """Submit single jobs to a worker that has nothing to do; the time from the commit to the attempt's begin, in ms."""
    waited = []
    async with side.worker(), asyncio.timeout(PATIENCE_SECONDS):
        done = await side.finished()
        for number in range(5 + PICKUPS):
            await side.submit(1)
            committed = time.time()
            while await side.finished() == done:
                await asyncio.sleep(LOOK_SECONDS)
            done += 1
            [(begun,)] = await (await side.connection.execute(NEWEST_BEGIN.encode())).fetchall()
            if number >= 5:
                waited.append((begun - committed) * 1000)
            await asyncio.sleep(0.05 + 0.001 * number)
    centiles = statistics.quantiles(waited, n=100)
    return {"p50_ms": centiles[49], "p95_ms": centiles[94]}


async def run(count: int, rounds: int, concurrency: int) -> dict[str, Any]:
    """Measure on a cluster of its own."""
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder:
        async with AsyncExitStack() as stack:
            cluster = await stack.enter_async_context(running_cluster(Path(folder)))
            template, home = await make_template(cluster), Path(folder) / "home"
            tidegate = await stack.enter_async_context(Tidegate.over(cluster, template, home, concurrency))
            pgqueuer = await stack.enter_async_context(PgQueuer.over(cluster, concurrency))
            procrastinate = await stack.enter_async_context(Procrastinate.over(cluster, concurrency))
            sides: list[Side] = [tidegate, pgqueuer, procrastinate]
            pickup = await measure_pickup(tidegate)
            rates = await measure_rates(sides, count, rounds)
            enqueue = {side.name: await measure_enqueue(side) for side in sides}
    ratios = {
        other: statistics.median(ours / theirs for ours, theirs in zip(rates["Tidegate"], rates[other], strict=True))
        for other in GOALS
    }
    return {
        "jobs": count, "rounds": rounds, "concurrency": concurrency, "jobs_per_second": rates, "ratios": ratios, "pickup": pickup,
        "enqueue_per_second": enqueue,
    }  # fmt: skip


def rows_of(found: Mapping[str, Any]) -> list[Row]:
    """Return the result as rows with their goals."""
    rates, enqueue, pickup = found["jobs_per_second"], found["enqueue_per_second"], found["pickup"]
    return [
        *({"what": f"jobs/s, {name}", "figure": statistics.median(taken)} for name, taken in rates.items()),
        *(
            measuring.wanted(f"Tidegate against {name}", of="figure", at_least=goal, figure=found["ratios"][name])
            for name, goal in GOALS.items()
        ),
        *({"what": f"enqueue/s, {name}, one by one", "figure": each["one_by_one"]} for name, each in enqueue.items()),
        *({"what": f"enqueue/s, {name}, by the thousand", "figure": each["by_the_thousand"]} for name, each in enqueue.items()),
        {"what": "pickup when idle p50, ms", "figure": pickup["p50_ms"]},
        measuring.wanted("pickup when idle p95, ms", of="figure", at_most=GOAL_PICKUP_MS, figure=pickup["p95_ms"]),
    ]


def main() -> int:
    """Print what was measured, write it as JSON, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--concurrency", type=int, default=200)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    load_before = os.getloadavg()
    found = measuring.run(run(chosen.jobs, chosen.rounds, chosen.concurrency))
    return measuring.told("queue", rows_of(found), load_before, chosen.json, **found)


if __name__ == "__main__":
    sys.exit(main())
