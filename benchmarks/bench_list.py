"""What the list costs at ten thousand, a million and ten million jobs: `make bench-list`.

For each size a server in a process of its own, over a ledger of its own in one cluster, answers the API's requests of somebody
with a session: sizes take turns, request by request. Beside it each request's statements run alone on a connection. Goals: at the
largest size the median is at most 1.3 times that at the smallest, and no answer takes more than 4 ms at the median.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from benchmarks import ledgers, measuring
from benchmarks.measuring import Row
from benchmarks.servers import Served, served
from tests.databases import address
from tidegate.db.connect import APPLICATION_ROLE
from tidegate.db.queries import Connection
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import State
from tidegate.ledger import counting, reads
from tidegate.ledger.views import JobFilter
from tidegate.web.timing import NAME

RATIO, MILLISECONDS = 1.3, 4.0
WARM_UP = 12
"""Rounds that do not count: plans, pages of the database and the server's own caches are made in them."""

SEARCHES = frozenset({"a common name", "a rare name"})
"""Trigrams are searched in all names that have them, so there is no goal for them."""


@dataclass
class Asked:
    """One request at one size: where it goes, what the API and the bare statements took, in milliseconds."""

    path: str
    narrowed: JobFilter | None
    id: UUID | None = None
    api: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Side:
    """A size: its server, a connection beside it, and the requests by name."""

    server: Served
    connection: Connection
    asked: dict[str, Asked]


async def requests(connection: Connection) -> dict[str, Asked]:
    """Return what is asked for, with ids of this ledger."""
    newest = await reads.list_jobs(connection, JobFilter(), before=None, limit=200)
    failed = await reads.list_jobs(connection, JobFilter(state=State.FAILED), before=None, limit=1)
    name, job = newest.jobs[0].name, failed.jobs[0].id
    lists = {
        "list": ("", JobFilter()),
        "failed": ("state=failed", JobFilter(state=State.FAILED)),
        "failed of a pipeline": ("state=failed&pipeline=invoices", JobFilter(state=State.FAILED, pipeline="invoices")),
        "failed by a code": ("failure=document_corrupt", JobFilter(failure_code=FailureCode.DOCUMENT_CORRUPT)),
        "of one submitter": ("submitter=amara", JobFilter(submitter="amara")),
        "a common name": ("text=berth-plan", JobFilter(text="berth-plan")),
        "a rare name": (f"text={name}", JobFilter(text=name)),
    }
    return {
        **{told: Asked(f"/api/ingestion/jobs?{query}", narrowed) for told, (query, narrowed) in lists.items()},
        "second page": Asked(f"/api/ingestion/jobs?page_token={_token(newest.jobs[49].id)}", JobFilter(), newest.jobs[49].id),
        "job": Asked(f"/api/ingestion/jobs/{job}", None, job),
        "counts": Asked("/api/ingestion/counts", JobFilter()),
    }


def _token(id: UUID) -> str:
    from tidegate.api.paging import token_of  # noqa: PLC0415 - it loads the web framework

    return token_of(id) or ""


async def ask(side: Side, name: str) -> None:
    """Send one request, and run its statements alone."""
    asked = side.asked[name]
    begun = time.perf_counter()
    answer = (await side.server.http.get(asked.path)).raise_for_status()
    asked.api.append(1000 * (time.perf_counter() - begun))
    asked.server.append(float(answer.headers[NAME].partition("dur=")[2]))
    begun = time.perf_counter()
    if asked.narrowed is None:
        await reads.get_job(side.connection, asked.id or UUID(int=0))
    else:
        if name != "counts":
            await reads.list_jobs(side.connection, asked.narrowed, before=asked.id, limit=50)
        await counting.count_jobs(side.connection, asked.narrowed)
    asked.bare.append(1000 * (time.perf_counter() - begun))


async def measure(sizes: list[int], rounds: int, kept_in: Path | None) -> dict[int, dict[str, Asked]]:
    """Ask all sizes for each request in each round; the one that is first is last in the next."""
    async with AsyncExitStack() as stack:
        urls = await stack.enter_async_context(ledgers.ledgers(sizes, kept_in))
        sides = {}
        for size, url in urls.items():
            home = Path(stack.enter_context(ledgers.temporary()))
            server = await stack.enter_async_context(served(url, home))
            connecting = psycopg.AsyncConnection.connect(address(url, role=APPLICATION_ROLE), autocommit=True)
            connection = await stack.enter_async_context(await connecting)
            sides[size] = Side(server, connection, await requests(connection))
        for turn in range(WARM_UP + rounds):
            for name in next(iter(sides.values())).asked:
                for size in list(sides)[:: (1, -1)[turn % 2]]:
                    await ask(sides[size], name)
    return {size: side.asked for size, side in sides.items()}


def rows(found: dict[int, dict[str, Asked]]) -> list[Row]:
    """Return each request's medians at each size, with the ratio of the largest to the smallest, round by round."""
    few, many = min(found), max(found)
    made: list[Row] = []
    for name in found[few]:
        for told, times in (("API", "server"), ("SQL alone", "bare")):
            taken = {size: getattr(asked[name], times)[WARM_UP:] for size, asked in found.items()}
            columns: dict[str, Any] = {f"{size:,} jobs, ms": statistics.median(of_size) for size, of_size in taken.items()}
            columns["p99 at most jobs, ms"] = measuring.share(taken[many], 0.99)
            pairs = zip(taken[few], taken[many], strict=True)
            columns["ratio"] = statistics.median(slow / fast for fast, slow in pairs)
            what = f"{name}, {told}"
            judged = told == "API" and name not in SEARCHES
            made.append(measuring.wanted(what, of="ratio", at_most=RATIO, **columns) if judged else {"what": what, **columns})
    return made


def milliseconds(found: dict[int, dict[str, Asked]]) -> list[Row]:
    """Return each request's median as the client sees it, at the largest size."""
    asked = {name: one.api[WARM_UP:] for name, one in found[max(found)].items() if name not in SEARCHES}
    medians = {name: {"median, ms": statistics.median(taken)} for name, taken in asked.items()}
    return [
        measuring.wanted(f"{name}, to the client", of="median, ms", at_most=MILLISECONDS, **median)
        for name, median in medians.items()
    ]


def main() -> int:
    """Print what was measured, write it as JSON, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--keep", type=Path, help="folder to keep the ledgers in, for the next time")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    load_before, room = os.getloadavg(), ledgers.room(chosen.keep or Path(tempfile.gettempdir()))
    if chosen.keep is None and sum(chosen.sizes) > room:
        parser.error(f"the disk has room for {room:,} jobs: choose smaller --sizes")
    found = measuring.run(measure(sorted(chosen.sizes), chosen.rounds, chosen.keep))
    made = [*rows(found), *milliseconds(found)]
    return measuring.told("list", made, load_before, chosen.json, rounds=chosen.rounds, sizes=sorted(chosen.sizes))


if __name__ == "__main__":
    sys.exit(main())
