"""How long `tidegate up` takes to its first page, and how much memory it holds: `make bench-start`.

Each run has a home of its own: the first start makes the database, the second finds it. Memory is the proportional set size
(PSS) of the whole tree, its PostgreSQL included: what is shared counts once. Idle: some seconds after the start; at load: the
most that is seen while documents are ingested. Linux only, and only for root where the database runs under an account of its own.
"""

import argparse
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks import measuring
from benchmarks.measuring import Row
from tests.processes import INHERITED
from tidegate.demo import DOCUMENTS

COMMAND = (sys.executable, "-m", "tidegate")
GOALS = {"first_seconds": 6.0, "again_seconds": 2.0, "idle_mb": 400.0}
SETTLE_SECONDS = 5.0
LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 60.0
MB = 1e6


@contextmanager
def started(home: Path) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """Have `tidegate up` run for the length of a block; give it with the seconds from its start to the first page."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    begun = time.perf_counter()
    process = subprocess.Popen(
        [*COMMAND, "up", "--port", str(port)], env=environment(home), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while not shows_a_page(f"http://127.0.0.1:{port}/sign-in"):
            if process.poll() is not None or time.perf_counter() - begun > PATIENCE_SECONDS:
                raise SystemExit("tidegate up did not come up")
            time.sleep(LOOK_SECONDS)
        yield process, time.perf_counter() - begun
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)


def shows_a_page(url: str) -> bool:
    """Tell whether a browser would see the first page."""
    try:
        answer = httpx.get(url, headers={"Accept": "text/html"}, timeout=PATIENCE_SECONDS)
    except httpx.TransportError:
        return False
    return answer.is_success and "<form" in answer.text


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a user who has set the home folder only."""
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**kept, "HOME": str(home), "TIDEGATE_HOME": str(home)}


def tree(pid: int, home: Path) -> set[int]:
    """Return a process, all that it started, and the database of its home with its own."""
    parents, wanted = {}, {pid}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if str(home / "database").encode() in (entry / "cmdline").read_bytes():
                    wanted.add(int(entry.name))
            except OSError:
                continue  # it has just ended
    while more := {child for child, parent in parents.items() if parent in wanted} - wanted:
        wanted |= more
    return wanted


def memory(pids: set[int]) -> float:
    """Return the proportional set size of processes, in MB of a million bytes."""
    found = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found += next((int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:")), 0)
    return found / MB


def processor_time(pids: set[int]) -> float:
    """Return the seconds of processor time that processes, and those that they waited for, have used."""
    ticks = 0
    for pid in pids:
        try:
            ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


def at_load(pid: int, home: Path) -> float:
    """Ingest the sample documents and return the most memory that was seen meanwhile."""
    most = 0.0
    with subprocess.Popen(
        [*COMMAND, "ingest", str(DOCUMENTS), "--wait"],
        env=environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as ingesting:
        while ingesting.poll() is None:
            most = max(most, memory(tree(pid, home) - {ingesting.pid}))
            time.sleep(5 * LOOK_SECONDS)
    return most


def measure() -> dict[str, float]:
    """Start twice on one home, the first time where nothing is."""
    home = Path(tempfile.mkdtemp(prefix="tidegate-bench-", dir="/tmp")).resolve()
    try:
        with started(home) as (process, first):
            first_cpu = processor_time(tree(process.pid, home))
        with started(home) as (process, again):
            again_cpu = processor_time(tree(process.pid, home))
            time.sleep(SETTLE_SECONDS)
            pids = tree(process.pid, home)
            idle, load = memory(pids), at_load(process.pid, home)
        return {
            "first_seconds": first, "first_cpu_seconds": first_cpu, "again_seconds": again, "again_cpu_seconds": again_cpu,
            "idle_mb": idle, "load_mb": load, "processes": len(pids),
        }  # fmt: skip
    finally:
        shutil.rmtree(home, ignore_errors=True)


def run(rounds: int) -> dict[str, Any]:
    """Measure some times and return the medians with all that was measured."""
    runs = [measure() for _ in range(rounds)]
    medians = {name: statistics.median(one[name] for one in runs) for name in runs[0]}
    return {"medians": medians, "runs": runs}


def rows_of(found: Mapping[str, Any]) -> list[Row]:
    """Return the result as rows with their goals."""
    medians = found["medians"]
    told = {
        "first_seconds": "first page, first start, s", "first_cpu_seconds": "processor time of it, s",
        "again_seconds": "first page, after that, s", "again_cpu_seconds": "processor time of that, s",
        "idle_mb": "memory at rest, MB", "load_mb": "memory at load, MB", "processes": "processes",
    }  # fmt: skip
    return [
        measuring.wanted(what, of="figure", at_most=GOALS[name], figure=medians[name])
        if name in GOALS
        else {"what": what, "figure": medians[name]}
        for name, what in told.items()
    ]


def main() -> int:
    """Print what was measured, write it as JSON, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    load_before = os.getloadavg()
    found = run(chosen.rounds)
    return measuring.told("start", rows_of(found), load_before, chosen.json, **found)


if __name__ == "__main__":
    sys.exit(main())
