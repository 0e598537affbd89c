"""How many lists a second one server process gives to 32 connections, and how slow the slowest are: `make bench-http`.

Against it stands a bare Litestar handler, in a process of its own, that runs the same statements and returns the same bytes.
The rounds alternate, many and short, so that what else the machine does falls on both. The load comes from a third process,
which tells how busy it was. The goal is 0.8 of the bare handler.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from benchmarks import ledgers, measuring
from benchmarks.measuring import Row
from benchmarks.servers import free_port, ready, served

GOAL = 0.8
BUSY = 0.8
"""Of a core: a client that is busier than that may be what is measured."""

PATH = "/api/ingestion/jobs"


@dataclass
class Rounds:
    """What one side gave in each round."""

    rates: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)


async def asked(address: str, headers: dict[str, str], connections: int, seconds: float, found: Rounds | None = None) -> None:
    """Let the load run for a while, and note what came of it."""
    parts = urlsplit(address)
    lines = [f"GET {PATH} HTTP/1.1", f"Host: {parts.netloc}", *(f"{name}: {value}" for name, value in headers.items())]
    plan = {
        "host": parts.hostname, "port": parts.port, "request": "\r\n".join([*lines, "", ""]), "connections": connections,
        "seconds": seconds,
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.load", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate(json.dumps(plan).encode())
    if process.returncode != 0:
        raise RuntimeError("the load ended early: its own words are above")
    told = json.loads(output)
    if found is not None:
        found.rates.append(len(told["taken"]) / told["seconds"])
        found.p99.append(1000 * measuring.share(told["taken"], 0.99))
        found.busy.append(told["busy"])


@asynccontextmanager
async def bare(url: str) -> AsyncIterator[str]:
    """Give the address of the bare handler, in a process of its own."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "benchmarks.bare_list", str(port), url)
    address = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=address) as http:
            await ready(http, process, PATH)
        yield address
    finally:
        process.terminate()
        await process.wait()


async def measure(jobs: int, connections: int, seconds: float, rounds: int, kept_in: Path | None) -> list[Row]:
    """Ask both sides in turns; the first turn of each does not count."""
    ours, alone = Rounds(), Rounds()
    async with ledgers.ledgers([jobs], kept_in) as urls:
        url = urls[jobs]
        with ledgers.temporary() as home:
            async with served(url, Path(home)) as server, bare(url) as address:
                await _same_bytes(server.http, address)
                sides = [(server.settings.base_url, server.headers, ours), (address, {}, alone)]
                for where, headers, _ in sides:
                    await asked(where, headers, connections, 1.0)
                for turn in range(rounds):
                    for where, headers, found in sides[:: (1, -1)[turn % 2]]:
                        await asked(where, headers, connections, seconds, found)
    return rows(ours, alone)


async def _same_bytes(http: httpx.AsyncClient, address: str) -> None:
    """Check that both sides give the same. Raises RuntimeError."""
    async with httpx.AsyncClient(base_url=address) as other:
        if (await http.get(PATH)).raise_for_status().content != (await other.get(PATH)).raise_for_status().content:
            raise RuntimeError("the bare handler gives other bytes than the API")


def rows(ours: Rounds, alone: Rounds) -> list[Row]:
    """Return what both sides gave, the ratio round by round, and how busy the client was."""
    ratio = statistics.median(with_care / without for with_care, without in zip(ours.rates, alone.rates, strict=True))
    sides = {"the list of the API": ours, "a bare handler": alone}
    return [
        *(
            {
                "what": what, "requests/s": statistics.median(side.rates), "p99, ms": statistics.median(side.p99),
                "client busy": statistics.median(side.busy),
            }
            for what, side in sides.items()
        ),
        measuring.wanted("requests/s against bare", of="ratio", at_least=GOAL, ratio=ratio),
        measuring.wanted("the client is not the limit", of="client busy", at_most=BUSY, **{"client busy": max(alone.busy)}),
    ]  # fmt: skip


def main() -> int:
    """Print what was measured, write it as JSON, and return 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--keep", type=Path, help="folder to keep the ledger in, for the next time")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    load_before = os.getloadavg()
    found = measuring.run(measure(chosen.jobs, chosen.connections, chosen.seconds, chosen.rounds, chosen.keep))
    return measuring.told("http", found, load_before, chosen.json, jobs=chosen.jobs, connections=chosen.connections)


if __name__ == "__main__":
    sys.exit(main())
