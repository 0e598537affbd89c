"""Following a batch to its end, with a worker of our own where nobody else works."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tidegate.cli.output import tell
from tidegate.cli.shell import Shell
from tidegate.db.connect import AWAY
from tidegate.domain.failures import Code
from tidegate.domain.lifecycle import State
from tidegate.operations import reading
from tidegate.operations.reading import BatchTally
from tidegate.worker.loop import work

LOOK_SECONDS = 0.3
LOOK_SHARE = 20
"""A look that took long is followed by a pause this many times as long, so that following a huge batch costs little."""

STAFF_SECONDS = 3.0
"""How often it is checked that somebody works."""

Show = Callable[[BatchTally], None]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a submission; `duplicates` are among the succeeded, `failures` counts by code."""

    batch_id: UUID
    submitted: int
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    duplicates: int = 0
    failures: dict[Code, int] = {}


def summarise(tally: BatchTally) -> Summary:
    """Return a batch's tally in the form of the answer."""
    return Summary(
        batch_id=tally.batch.id,
        submitted=tally.batch.job_total,
        succeeded=tally.states.get(State.SUCCEEDED, 0),
        failed=tally.states.get(State.FAILED, 0),
        cancelled=tally.states.get(State.CANCELLED, 0),
        duplicates=tally.duplicates,
        failures=dict(sorted(tally.failures.items(), key=lambda entry: (-entry[1], entry[0]))),
    )


class Staff:
    """Sees to it that somebody works on a pipeline: others if there are any, else a worker in this process."""

    def __init__(self, shell: Shell, pipeline: str) -> None:
        self._shell = shell
        self._pipeline = pipeline
        self._stop = asyncio.Event()
        self._own: asyncio.Task[None] | None = None
        self._looked_at = -STAFF_SECONDS

    async def ensure(self) -> None:
        """Start our own worker when no other is alive. What ends it by error is raised here."""
        if self._own is not None:
            if self._own.done():
                await self._own
            return
        if time.monotonic() - self._looked_at < STAFF_SECONDS:
            return
        self._looked_at = time.monotonic()
        others = await reading.list_workers(self._shell.services, self._shell.actor)
        if not any(self._pipeline in worker.pipelines for worker in others):
            tell("tidegate: no worker is running; this command works itself until the batch is done")
            self._own = asyncio.create_task(work(self._shell.services, self._stop))

    async def dismiss(self) -> None:
        """End our own worker: it finishes what it runs, or gives it back."""
        self._stop.set()
        if self._own is not None:
            await asyncio.wait([self._own])


async def follow(
    shell: Shell, batch_id: UUID, interrupted: asyncio.Event, show: Show, *, may_work: bool = True
) -> BatchTally | None:
    """Return the tally when all jobs of a batch have ended, or None when interrupted. A database that is away is waited for.

    With `may_work` this process works itself while no other worker is alive.
    """
    tally = await reading.get_batch(shell.services, shell.actor, batch_id)
    staff = Staff(shell, tally.batch.pipeline)
    try:
        while not tally.is_over:
            if interrupted.is_set():
                return None
            begun = time.monotonic()
            with contextlib.suppress(*AWAY):
                if may_work:
                    await staff.ensure()
                tally = await reading.get_batch(shell.services, shell.actor, batch_id)
                show(tally)
            await _pause(interrupted, max(LOOK_SECONDS, LOOK_SHARE * (time.monotonic() - begun)) if not tally.is_over else 0)
    finally:
        await staff.dismiss()
    return tally


async def _pause(interrupted: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(interrupted.wait(), seconds)


@contextmanager
def progress_bar(total: int) -> Iterator[Show]:
    """Draw a bar on stderr when that is a terminal, and give what moves it."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)

        def show(tally: BatchTally) -> None:
            summary = summarise(tally)
            ended = summary.succeeded + summary.failed + summary.cancelled
            told = f"{tally.states.get(State.RUNNING, 0)} running, {summary.failed} failed"
            progress.update(task, completed=ended, description=told)

        yield show
