"""What a retry of very many jobs costs, and what others notice of it: `make bench-retry`.

Failed jobs are written past all guards; then one request freezes them and a web server (`tidegate serve`, a process of its
own) works them off. Meanwhile the list of jobs is read over and over: by its operation from this process, and as the API
gives it from that very server. Everything runs on a PostgreSQL of its own, with durable commits. The processor's time that server
and database take is told, too, for a busy machine changes it less than the time by the clock.
"""

import argparse
import asyncio
import contextlib
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks import measuring
from benchmarks.bench_start import processor_time
from benchmarks.measuring import Row
from tests import many, processes, story, visitors
from tests.databases import fresh_database, make_template, running_cluster
from tidegate import wiring
from tidegate.domain.actor import Role
from tidegate.domain.lifecycle import State
from tidegate.ledger.bulk import BulkRetry
from tidegate.ledger.views import JobFilter
from tidegate.operations import bulk_retry, reading
from tidegate.operations.bulk_retry import RetryMany
from tidegate.operations.door import Services, perform
from tidegate.settings import Settings

GOAL_SECONDS, GOAL_LIST_MS = 20.0, 20.0
LOOK_SECONDS = 0.05
FAILED = JobFilter(state=State.FAILED)


async def measure(services: Services, owner_url: str, count: int) -> dict[str, Any]:
    """Retry `count` jobs as one act and return the seconds that it took, and the times of the list meanwhile."""
    await many.failed(owner_url, count)
    await analyse(services)
    async with server(services) as (client, pid):
        quiet = await watched(services, client, asyncio.sleep(5))
        used, begun = await used_by(services, pid), time.perf_counter()
        made = await perform(services, story.OPERATOR, RetryMany(FAILED, "a benchmark"))
        frozen = time.perf_counter() - begun
        busy = await watched(services, client, worked_off(services, made))
        finished = time.perf_counter() - begun
        return {
            "jobs": count,
            "freeze_seconds": frozen,
            "finish_seconds": finished,
            "processor_seconds": {name: now - used[name] for name, now in (await used_by(services, pid)).items()},
            "quiet": quiet,
            "busy": busy,
        }


async def used_by(services: Services, server_pid: int) -> dict[str, float]:
    """Return the processor's seconds that the web server and all processes of the database have taken so far."""
    async with services.pool.connection() as connection:
        backend = connection.info.backend_pid
    return {"server": processor_time({server_pid}), "database": processor_time(family(backend))}


def family(backend: int) -> set[int]:
    """Return the database's processes, by one of its backends: the postmaster and its children."""
    postmaster = int(Path(f"/proc/{backend}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text(encoding="ascii").split()
    return {postmaster, *map(int, children)}


async def analyse(services: Services) -> None:
    """Let the planner know what was written, as autovacuum does in life."""
    async with services.pool.connection() as connection:
        await connection.execute("RESET ROLE")
        await connection.execute("ANALYZE")


async def worked_off(services: Services, made: BulkRetry) -> None:
    """Wait until a retry of many is finished, whole."""
    while (seen := await bulk_retry.get(services, story.OPERATOR.actor, made.id)).finished_at is None:
        await asyncio.sleep(LOOK_SECONDS)
    if seen.retried != made.total:
        raise SystemExit(f"{seen.retried} of {made.total} were retried")


async def watched(services: Services, client: httpx.AsyncClient, work: Awaitable[None]) -> dict[str, list[float]]:
    """Read the list over and over until the work is done; return sorted milliseconds, of the operation and of the API."""
    done = asyncio.ensure_future(work)

    async def from_here() -> None:
        await reading.list_jobs(services, story.OPERATOR.actor, FAILED)

    async def from_server() -> None:
        (await client.get("/api/ingestion/jobs", params={"state": "failed"})).raise_for_status()

    here, there = await asyncio.gather(timed(from_here, done), timed(from_server, done))
    await done
    return {"operation": here, "api": there}


async def timed(read: Callable[[], Awaitable[None]], done: "asyncio.Future[None]") -> list[float]:
    """Return how long each reading took, sorted, in milliseconds."""
    taken = []
    while not done.done():
        begun = time.perf_counter()
        await read()
        taken.append((time.perf_counter() - begun) * 1000)
        await asyncio.sleep(LOOK_SECONDS)
    return sorted(taken)


@asynccontextmanager
async def server(services: Services) -> AsyncIterator[tuple[httpx.AsyncClient, int]]:
    """Run a web server in a process of its own and give a client with a viewer's token, and the process's id."""
    token = await visitors.token(services, await story.person(services, Role.VIEWER))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, headers = f"http://127.0.0.1:{port}", {"Authorization": f"Bearer {token}"}
    async with (
        processes.running(services.settings, "serve", "--port", str(port)) as process,
        httpx.AsyncClient(base_url=address) as client,
    ):
        client.headers.update(headers)
        while not await answers(client):
            await asyncio.sleep(0.1)
        yield client, process.pid


async def answers(client: httpx.AsyncClient) -> bool:
    """Tell whether the server is there."""
    with contextlib.suppress(httpx.TransportError):
        return (await client.get("/api/ingestion/jobs", params={"state": "failed"})).is_success
    return False


async def run(count: int) -> dict[str, Any]:
    """Measure on a cluster of its own."""
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder:
        async with running_cluster(Path(folder)) as cluster, fresh_database(cluster, await make_template(cluster)) as url:
            settings = Settings(home=Path(folder) / "home", database_url=url)
            async with wiring.running(settings, name="tidegate bench") as services:
                return await measure(services, url, count)


def rows_of(found: Mapping[str, Any]) -> list[Row]:
    """Return the result as rows with their goals."""
    rows: list[Row] = [
        {"what": "jobs", "figure": found["jobs"]},
        {"what": "freeze, s", "figure": found["freeze_seconds"]},
        measuring.wanted("finished after, s", of="figure", at_most=GOAL_SECONDS, figure=found["finish_seconds"]),
        *({"what": f"processor time of the {who}, s", "figure": used} for who, used in found["processor_seconds"].items()),
    ]
    for when in ("quiet", "busy"):
        for where, told in (("operation", "operation"), ("api", "API")):
            taken, what = found[when][where], f"list while {when}, {told}"
            p99 = measuring.share(taken, 0.99)
            rows.append({"what": f"{what}, p50, ms", "figure": measuring.share(taken, 0.5), "readings": len(taken)})
            judged = when == "busy"
            figures = {"figure": p99, "readings": len(taken)}
            last = f"{what}, p99, ms"
            rows.append(
                measuring.wanted(last, of="figure", at_most=GOAL_LIST_MS, **figures) if judged else {"what": last, **figures}
            )
    return rows


def main() -> int:
    """Print what was measured, write it as JSON, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    load_before = os.getloadavg()
    found = measuring.run(run(chosen.jobs))
    return measuring.told("retry", rows_of(found), load_before, chosen.json, **found)


if __name__ == "__main__":
    sys.exit(main())
