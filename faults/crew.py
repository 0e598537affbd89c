"""The workers of the harness: real processes, forked from one that has imported everything, so that dying is cheap."""

import asyncio
import multiprocessing
import os
import signal
import sys
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from faults.points import KillPoint
from tidegate.settings import Settings

IMPORTED_BEFORE_FORK = ("faults.points", "psycopg", "psycopg_pool", "structlog", "msgspec", "fsspec", "cryptography")
"""Not the operations: a kill point must be there before them."""


@dataclass
class Worker:
    """One worker process, and the kill point that it was given."""

    process: ForkServerProcess
    reports: Connection
    point: KillPoint | None

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self.process.pid is not None
        return self.process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it runs, or is stopped."""
        return self.process.is_alive()

    def reached(self) -> str | None:
        """Return the kill point at which it died, None when it died otherwise."""
        try:
            return str(self.reports.recv()) if self.reports.poll() else None
        except EOFError:
            return None


@dataclass
class Crew:
    """A number of workers that is kept up: whoever dies is replaced."""

    settings: Settings
    size: int
    workers: list[Worker] = field(default_factory=list)
    reached: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(IMPORTED_BEFORE_FORK))

    def refill(self, point: KillPoint | None = None) -> None:
        """Replace the dead. `point` is given to one of the new ones."""
        for worker in [worker for worker in self.workers if not worker.is_alive]:
            name = worker.reached()
            if name is not None:
                self.reached[name] = self.reached.get(name, 0) + 1
            worker.process.join()
            worker.reports.close()
            self.workers.remove(worker)
        while len(self.workers) < self.size:
            self._start(point)
            point = None

    def stop(self) -> None:
        """Kill everybody."""
        for worker in self.workers:
            worker.process.kill()
        for worker in self.workers:
            worker.process.join()

    def _start(self, point: KillPoint | None) -> None:
        reports, tells = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_work, args=(self.settings, point, tells), daemon=False)
        process.start()
        tells.close()
        self.workers.append(Worker(process, reports, point))


def _work(settings: Settings, point: KillPoint | None, tells: Connection) -> None:
    """Be a worker until killed: what `tidegate work` runs, over these settings."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    if point is not None:
        from faults import points  # noqa: PLC0415

        points.install(point, tells.send)
    asyncio.run(_until_killed(settings))
    sys.exit(0)


async def _until_killed(settings: Settings) -> None:
    from tidegate import wiring  # noqa: PLC0415 - after the kill point
    from tidegate.worker.loop import AWAY_PAUSE_SECONDS, work  # noqa: PLC0415

    while True:  # as a supervisor would: a worker that cannot begin because the database is away is started again
        try:
            async with wiring.running(settings, name="tidegate worker") as services:
                await work(services, asyncio.Event())
        except Exception:  # noqa: BLE001
            await asyncio.sleep(AWAY_PAUSE_SECONDS)


def child_pids(pid: int) -> list[int]:
    """Return the direct children of a process."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
