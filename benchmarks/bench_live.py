"""How soon 500 open streams tell of a change, and what each of them costs: `make bench-live`.

A running job's progress is written, and each client of the API's stream notes when the event reaches it, by the clock that all
processes share. A bare Litestar stream that hears the same notices stands beside it. In the end the server is told to stop while
all streams are open. Goals: 60 ms at the 99th percentile, 64 KiB of the server's memory a client, gone within 3 s.
"""

import argparse
import asyncio
import json
import os
import signal
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from benchmarks import measuring
from benchmarks.ledgers import temporary
from benchmarks.measuring import Row
from benchmarks.servers import free_port, ready, served
from tests import story
from tests.databases import fresh_database, make_template, running_cluster
from tests.processes import Process
from tidegate import wiring
from tidegate.ledger.attempts import Hold
from tidegate.operations import execution
from tidegate.operations.door import Services
from tidegate.settings import Settings

MILLISECONDS, KIB, STOP_SECONDS = 60.0, 64.0, 3.0
APART_SECONDS = 0.5
"""Between two changes, twice as long as the feed gathers what comes after one: each is told of at once."""

PATH = "/api/ingestion/stream"
SETTLE_SECONDS = 1.0


@dataclass
class Heard:
    """What the clients of one side saw: milliseconds from each change to each event, and how many events never came."""

    taken: list[float] = field(default_factory=list)
    missed: int = 0
    kib: float = 0.0
    microseconds: float = 0.0


@asynccontextmanager
async def listening(address: str, headers: dict[str, str], clients: int) -> AsyncIterator[Process]:
    """Have so many streams open, in a process of their own."""
    parts = urlsplit(address)
    lines = [f"GET {PATH} HTTP/1.1", f"Host: {parts.netloc}", *(f"{name}: {value}" for name, value in headers.items())]
    plan = {"host": parts.hostname, "port": parts.port, "request": "\r\n".join([*lines, "", ""]), "clients": clients}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.listeners", json.dumps(plan), stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, limit=2**26,
    )  # fmt: skip
    try:
        if process.stdout is None or await process.stdout.readline() != b"open\n":
            raise RuntimeError("not every stream could be opened")
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def heard(process: Process) -> list[list[float]]:
    """Let the clients end and return when each of them saw events."""
    output, _ = await process.communicate(b"\n")
    arrivals: list[list[float]] = json.loads(output)
    return arrivals


async def changes(services: Services, hold: Hold, count: int) -> list[float]:
    """Change a job so often, and return when each change began to be written."""
    begun = []
    for number in range(count):
        begun.append(time.perf_counter())
        await execution.set_progress(services, hold, number, None, "pages")
        await asyncio.sleep(APART_SECONDS)
    return begun


def matched(begun: Sequence[float], arrivals: Sequence[Sequence[float]]) -> Heard:
    """Return how long after each change each client's event came."""
    found = Heard()
    for times in arrivals:
        for number, since in enumerate(begun):
            until = begun[number + 1] if number + 1 < len(begun) else float("inf")
            first = next((at for at in times if since <= at < until), None)
            if first is None:
                found.missed += 1
            else:
                found.taken.append(1000 * (first - since))
    return found


async def measure_side(
    services: Services, hold: Hold, address: str, headers: dict[str, str], pid: int, *, clients: int, count: int
) -> Heard:
    """Measure one server: its memory before and with all clients, then the events."""
    before = resident_kib(pid)
    async with listening(address, headers, clients) as process:
        await asyncio.sleep(SETTLE_SECONDS)
        kib = (resident_kib(pid) - before) / clients
        busy = processor_seconds(pid)
        begun = await changes(services, hold, count)
        busy = processor_seconds(pid) - busy
        found = matched(begun, await heard(process))
    found.kib, found.microseconds = kib, 1e6 * busy / (clients * count)
    return found


async def stopped(process: Process, address: str, headers: dict[str, str], clients: int) -> float:
    """Tell a server to stop while streams are open, and return the seconds until it is gone."""
    async with listening(address, headers, clients):
        begun = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        await process.wait()
        return time.perf_counter() - begun


@asynccontextmanager
async def bare(url: str) -> AsyncIterator[tuple[str, int]]:
    """Give the address and process of the bare stream."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "benchmarks.bare_stream", str(port), url)
    address = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=address) as http:
            await ready(http, process, "/ready")
        yield address, process.pid
    finally:
        process.kill()
        await process.wait()


async def measure(clients: int, count: int) -> list[Row]:
    """Measure on a cluster of its own."""
    with temporary() as folder:
        async with running_cluster(Path(folder)) as cluster, fresh_database(cluster, await make_template(cluster)) as url:
            settings = Settings(home=Path(folder) / "home", database_url=url)
            async with (
                wiring.running(settings, name="tidegate bench") as services,
                served(url, Path(folder) / "served") as server,
                bare(url) as (address, pid),
            ):
                [job_id] = (await story.submitted(services)).job_ids
                hold = await story.begun(services, job_id)
                where, headers = server.settings.base_url, server.headers
                alone = await measure_side(services, hold, address, {}, pid, clients=clients, count=count)
                ours = await measure_side(services, hold, where, headers, server.process.pid, clients=clients, count=count)
                gone = await stopped(server.process, where, headers, clients)
    return rows(ours, alone, gone, clients)


def rows(ours: Heard, alone: Heard, gone: float, clients: int) -> list[Row]:
    """Return what was found, each with its goal."""
    times = {
        what: {
            "p50, ms": statistics.median(side.taken),
            "p99, ms": measuring.share(side.taken, 0.99),
            "processor, µs an event": side.microseconds,
            "never came": side.missed,
        }
        for what, side in (("ours", ours), ("bare", alone))
    }
    return [
        measuring.wanted(f"change to event, {clients} clients", of="p99, ms", at_most=MILLISECONDS, **times["ours"]),
        {"what": f"the same, a bare stream, {clients} clients", **times["bare"]},
        measuring.wanted("no event is lost", of="never came", at_most=0, **{"never came": ours.missed}),
        measuring.wanted("memory of the server a client", of="KiB", at_most=KIB, KiB=ours.kib),
        {"what": "the same, a bare stream", "KiB": alone.kib},
        measuring.wanted("stop with all streams open", of="seconds", at_most=STOP_SECONDS, seconds=gone),
    ]


def resident_kib(pid: int) -> float:
    """Return the memory that a process has in use."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used: a busy machine changes it little."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Print what was measured, write it as JSON, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--changes", type=int, default=20)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    load_before = os.getloadavg()
    found = measuring.run(measure(chosen.clients, chosen.changes))
    return measuring.told("live", found, load_before, chosen.json, clients=chosen.clients)


if __name__ == "__main__":
    sys.exit(main())
