"""`python -m faults.starved`: live workers on a machine without a free moment; none of them may be taken for dead.

Busy processes take every core, and the parsers hold their interpreters' locks for seconds. Nobody is killed, so each attempt
that was closed as `worker_lost` is a false reap; the exit status is 1 when there was one.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import psycopg

from faults.crew import Crew
from faults.machine import today_here
from faults.place import Place, prepared
from tidegate import wiring
from tidegate.db.queries import Connection, named_sql
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.jobs import Item, Submit
from tidegate.settings import Settings

SQL = named_sql(__file__)
SAMPLE_SECONDS = 0.5
LEAST_WAITING = 12


@dataclass(frozen=True)
class Plan:
    """How long, with how many workers and busy processes, on which lease."""

    minutes: float
    workers: int
    hogs: int
    lease_seconds: float


class Numbers(msgspec.Struct, frozen=True):
    """What the ledger says at the end."""

    ended: int
    succeeded: int
    lost: int
    incarnations: int


@dataclass
class Outcome:
    """What came of it; `silence` is the longest time that a live worker said nothing, in seconds."""

    numbers: Numbers
    silence: float
    load: float


async def run(plan: Plan, place: Place) -> Outcome:
    """Starve the workers for so many minutes, and count who was taken for dead."""
    settings = _settings(plan, place)
    crew = Crew(settings, plan.workers)
    with _busy(plan.hogs):
        try:
            async with wiring.running(settings, name="tidegate harness") as services:
                crew.refill()
                silence = await _watch(plan, services, place)
                load = os.getloadavg()[0]
        finally:
            crew.stop()
    async with await psycopg.AsyncConnection.connect(place.admin_url, autocommit=True) as connection:
        numbers = await SQL.one(connection, Numbers, "sum_up_starved")
    assert numbers is not None
    return Outcome(numbers, silence, load)


def _settings(plan: Plan, place: Place) -> Settings:
    return replace(
        Settings(), home=place.home, database_url=place.admin_url, owner_database_url=place.admin_url, concurrency=2,
        folder_roots=(place.home,), pipelines=("faults.stubborn",),
        lease_seconds=plan.lease_seconds, renew_seconds=plan.lease_seconds / 5,
    )  # fmt: skip


async def _watch(plan: Plan, services: Services, place: Place) -> float:
    """Keep jobs coming until the time is over; return the longest silence of a live worker."""
    until, silence = time.monotonic() + 60 * plan.minutes, 0.0
    async with await psycopg.AsyncConnection.connect(place.admin_url, autocommit=True) as connection:
        while time.monotonic() < until:
            state = await _state(connection)
            silence = max(silence, state.silence)
            if state.waiting < LEAST_WAITING:
                await _submit(services, place.home)
            await asyncio.sleep(SAMPLE_SECONDS)
    return silence


class _State(msgspec.Struct, frozen=True):
    waiting: int
    silence: float


async def _state(connection: Connection) -> _State:
    found = await SQL.one(connection, _State, "look")
    assert found is not None
    return found


async def _submit(services: Services, folder: Path) -> None:
    """Submit documents for both pipelines."""
    path = folder / "passage.txt"
    path.write_text(f"The tide turned at {time.time_ns()}.")
    item = Item("folder", str(path), path.name, str(folder))
    for name in ("stubborn", "documents"):
        await perform(services, Asking(wiring.operator()), Submit([item] * (LEAST_WAITING // 2), "harness", name))


@contextlib.contextmanager
def _busy(count: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Keep so many processes busy for the length of a block."""
    hogs = [multiprocessing.get_context("spawn").Process(target=_burn, daemon=True) for _ in range(count)]
    for hog in hogs:
        hog.start()
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.join()


def _burn() -> None:
    while True:
        sum(range(100_000))


def table(plan: Plan, outcome: Outcome) -> str:
    """Return the outcome as Markdown, with the machine and the date."""
    numbers = outcome.numbers
    measured = [f"{plan.minutes:g}", f"{outcome.load:.1f}", f"{numbers.ended:,}", f"{numbers.succeeded:,}"]
    measured += [f"{outcome.silence:.1f} s", f"{numbers.incarnations - plan.workers}", f"{numbers.lost}"]
    return "\n".join([
        f"{today_here()}; {plan.workers} workers of 2 places beside {plan.hogs} busy processes, lease {plan.lease_seconds:g} s.",
        "",
        "| minutes | load | attempts | succeeded | longest silence | workers begun anew | false reaps |",
        "|---:|---:|---:|---:|---:|---:|---:|",
        "| " + " | ".join(measured) + " |",
    ])  # fmt: skip


def main() -> int:
    """Do what the command line asks for, and print the table."""
    cores = os.cpu_count() or 1
    parser = argparse.ArgumentParser(prog="python -m faults.starved", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--workers", type=int, default=cores, help="worker processes")
    parser.add_argument("--hogs", type=int, default=cores, help="busy processes beside them")
    parser.add_argument("--lease", type=float, default=15.0, help="a worker's lease in seconds")
    given = parser.parse_args()
    plan = Plan(given.minutes, given.workers, given.hogs, given.lease)
    with tempfile.TemporaryDirectory(prefix="tidegate-starved-") as home:
        outcome = asyncio.run(_carry_out(plan, Path(home)))
    print(table(plan, outcome))
    return 1 if outcome.numbers.lost else 0


async def _carry_out(plan: Plan, home: Path) -> Outcome:
    async with prepared(home, "") as place:
        return await run(plan, place)


if __name__ == "__main__":
    sys.exit(main())
