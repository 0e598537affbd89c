"""How much slower the console is at a million jobs than at a thousand: `make bench-console`.

Two servers, each a real process over a database of its own in one cluster, give the same pages in turns to a power user. What is
compared is the pages' own time on the server (`Server-Timing`): the medians, and the median of the rounds' ratios. Ratios hold on
any machine, milliseconds on this one only. Prints a table and writes it as JSON.
"""

import argparse
import asyncio
import os
import socket
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks import measuring, seeding
from benchmarks.bench_audit import maybe_sealing
from benchmarks.measuring import Row
from tests import story, visitors
from tests.databases import fresh_database, make_template, running_cluster
from tests.processes import Process, running
from tidegate import wiring
from tidegate.domain.actor import Role
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import State
from tidegate.ledger.views import JobFilter
from tidegate.operations import reading
from tidegate.operations.door import Services
from tidegate.settings import Settings
from tidegate.web.timing import NAME

GOAL = 1.3
ROW = '<li class="row"'
SEARCHES = {"a frequent name", "a rare name"}
"""Trigrams of names are searched in what their letters occur in, so there is no goal for them."""

WARM_UP = 10
"""Rounds that do not count: plans, caches and the server's own templates are made in them."""

TYPICAL_BATCH = "SELECT id FROM batch ORDER BY abs(job_total - 20), id DESC LIMIT 1"


@dataclass(frozen=True)
class Side:
    """A running server with somebody signed in, and the addresses of its pages by name."""

    http: httpx.AsyncClient
    pages: dict[str, str]


async def pages(services: Services) -> dict[str, str]:
    """Return the addresses that are measured, with ids of this database in them."""
    actor = story.OPERATOR.actor
    newest = await reading.list_jobs(services, actor, JobFilter(), limit=200)
    failed = await reading.list_jobs(services, actor, JobFilter(state=State.FAILED), limit=1)
    async with services.pool.connection() as connection:
        [(batch,)] = await (await connection.execute(TYPICAL_BATCH)).fetchall()
    return {
        "first page": "/ingestion",
        "second page": f"/ingestion?before={newest.jobs[49].id}",
        "failed": "/ingestion?state=failed",
        "failed by a common code": f"/ingestion?state=failed&failure={FailureCode.DOCUMENT_CORRUPT}",
        "succeeded in a pipeline": "/ingestion?state=succeeded&pipeline=invoices",
        "a frequent name": "/ingestion?q=berth-plan",
        "a rare name": f"/ingestion?q={newest.jobs[0].name}",
        "one batch": f"/ingestion/batches/{batch}",
        "a failed job": f"/ingestion/jobs/{failed.jobs[0].id}",
        "audit log": "/audit",
    }


@asynccontextmanager
async def serving(cluster: str, template: str, home: Path, jobs: int) -> AsyncIterator[Side]:
    """Fill a database and give a server over it, with a power user signed in."""
    async with fresh_database(cluster, template) as url:
        addresses, settings, cookies = await _filled(url, home, jobs)
        async with (
            running(settings, "serve", host=settings.host, port=str(settings.port)) as server,
            httpx.AsyncClient(base_url=settings.base_url, headers={**cookies, "Accept": "text/html"}, timeout=30) as http,
        ):
            await _ready(http, server)
            yield Side(http, addresses)


async def _filled(url: str, home: Path, jobs: int) -> tuple[dict[str, str], Settings, dict[str, str]]:
    """Return the addresses to measure, the server's settings, and the headers of a signed-in browser."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = Settings(home=home, database_url=url, host="127.0.0.1", port=port)
    async with wiring.running(settings, name="tidegate bench") as services:
        await seeding.fill(url, jobs, await seeding.hire(services))
        asking = await story.person(services, Role.POWER_USER)
        cookies = visitors.cookies(services, await visitors.session(services, asking))
        addresses = await pages(services)
        async with maybe_sealing(services, on=True):
            pass  # a log that was never sealed counts what is not: that would be an outage
    return addresses, settings, cookies


async def _ready(http: httpx.AsyncClient, server: Process) -> None:
    while server.returncode is None:
        try:
            if (await http.get("/health/ready")).status_code == 200:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.1)
    raise RuntimeError("the server ended before it was ready")


@dataclass
class Seen:
    """What one side gave for one page: the server's own times in milliseconds, and the rows of the last answer."""

    times: list[float] = field(default_factory=list)
    rows: int = 0

    def add(self, answer: httpx.Response) -> None:
        """Take an answer into account. Raises httpx.HTTPStatusError."""
        answer.raise_for_status()
        self.times.append(float(answer.headers[NAME].partition("dur=")[2]))
        self.rows = answer.text.count(ROW)


async def measure(few: Side, many: Side, rounds: int) -> dict[str, tuple[Seen, Seen]]:
    """Ask both sides for each page in each round; the one that is first is last in the next."""
    seen = {name: (Seen(), Seen()) for name in few.pages}
    for number in range(WARM_UP + rounds):
        for name, (of_few, of_many) in seen.items():
            for side, found in ((few, of_few), (many, of_many))[:: (1, -1)[number % 2]]:
                found.add(await side.http.get(side.pages[name]))
    return seen


def judged(name: str, few: Seen, many: Seen) -> dict[str, Any]:
    """Return a page's figures; `goal` is None where there is none, or where the two pages do not show as much."""
    times = few.times[WARM_UP:], many.times[WARM_UP:]
    comparable = max(few.rows, many.rows) <= 1.25 * min(few.rows, many.rows)
    return {
        "median_ms": [round(statistics.median(of_side), 2) for of_side in times],
        "rows": [few.rows, many.rows],
        "ratio": round(statistics.median(slow / fast for fast, slow in zip(*times, strict=True)), 3),
        "goal": GOAL if comparable and name not in SEARCHES else None,
    }


async def run(few: int, many: int, rounds: int) -> dict[str, Any]:
    """Measure on a cluster of its own."""
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder:
        async with running_cluster(Path(folder)) as cluster:
            template = await make_template(cluster)
            async with (
                serving(cluster, template, Path(folder) / "few", few) as one,
                serving(cluster, template, Path(folder) / "many", many) as other,
            ):
                seen = await measure(one, other, rounds)
    return {
        "jobs": [few, many],
        "rounds": rounds,
        "pages": {name: judged(name, *both) for name, both in seen.items()},
    }


def rows_of(found: Mapping[str, Any]) -> list[Row]:
    """Return the result as rows for the page of measurements."""
    rows: list[Row] = []
    for name, page in found["pages"].items():
        times = {f"{jobs:,} jobs, ms": median for jobs, median in zip(found["jobs"], page["median_ms"], strict=True)}
        row = {"what": name, **times, "ratio": page["ratio"], "rows shown": " / ".join(map(str, page["rows"]))}
        rows.append(measuring.wanted(of="ratio", at_most=page["goal"], **row) if page["goal"] else row)
    return rows


def main() -> int:
    """Print what was measured, write it as JSON, and return 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    load_before = os.getloadavg()
    found = asyncio.run(run(chosen.few, chosen.many, chosen.rounds))
    return measuring.told("console", rows_of(found), load_before, chosen.json, **found)


if __name__ == "__main__":
    sys.exit(main())
