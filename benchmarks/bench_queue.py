"""How fast jobs that do nothing go through Tidegate, through the queue below it, and through another: `make bench-queue`.

One worker process each, in rounds that alternate, on one database server with durable commits; batch and concurrency alike.
Tidegate keeps its full history: audit event, attempt, step, events, counters. A rate is taken between the first sight of a
finished job and the last finish, so that starting a process does not count. Ratios hold on any machine, rates on this one only.
"""

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from benchmarks.no_op import NAME
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
    WHERE j.pipeline = '{NAME}' AND e.after = 'running' ORDER BY e.job_id DESC LIMIT 1
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
    load_before = os.getloadavg()
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
        "enqueue_per_second": enqueue, "goals": {"ratios": GOALS, "pickup_p95_ms": GOAL_PICKUP_MS},
        "machine": {"cores": os.cpu_count(), "load_before": load_before, "load_after": os.getloadavg()},
    }  # fmt: skip


def lines(found: dict[str, Any]) -> Iterator[str]:
    """Yield the table's lines."""
    for name, rates in found["jobs_per_second"].items():
        ratio = found["ratios"].get(name)
        told = f"Tidegate at {ratio:.2f} of it (goal {GOALS[name]})" if ratio else ""
        yield f"jobs/s, {name:<16}{statistics.median(rates):10,.0f}     {told}"
    for name, each in found["enqueue_per_second"].items():
        yield f"enqueue/s, {name:<13}{each['one_by_one']:10,.0f} one by one {each['by_the_thousand']:10,.0f} by the thousand"
    pickup, machine = found["pickup"], found["machine"]
    yield f"pickup when idle       {pickup['p50_ms']:10.1f} ms p50 {pickup['p95_ms']:10.1f} ms p95 (goal {GOAL_PICKUP_MS:.0f} ms)"
    yield (
        f"{found['rounds']} rounds of {found['jobs']:,} jobs, {found['concurrency']} at once, {machine['cores']} cores, "
        f"load {machine['load_before'][0]:.1f} to {machine['load_after'][0]:.1f}"
    )


def main() -> int:
    """Print what was measured, write it as JSON, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--concurrency", type=int, default=200)
    parser.add_argument("--json", type=Path, default=Path("build/bench-queue.json"))
    chosen = parser.parse_args()
    with contextlib.suppress(ImportError):
        import uvloop  # noqa: PLC0415 - as the server runs

        uvloop.install()
    found = asyncio.run(run(chosen.jobs, chosen.rounds, chosen.concurrency))
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(*lines(found), sep="\n")
    reached = all(found["ratios"][name] >= goal for name, goal in GOALS.items())
    return 0 if reached and found["pickup"]["p95_ms"] <= GOAL_PICKUP_MS else 1


if __name__ == "__main__":
    sys.exit(main())
