"""What goes on while faults happen: people submit real documents, retry what failed, and cancel."""

import asyncio
import contextlib
import random
from pathlib import Path
from uuid import UUID

from tidegate import wiring
from tidegate.db.connect import AWAY
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import State
from tidegate.domain.refusals import Refusal
from tidegate.ledger.views import JobFilter
from tidegate.operations import reading
from tidegate.operations.bulk_retry import RetryMany
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.jobs import Cancel, Item, Retry, Submit

LEAST_WAITING = 24
"""Jobs that wait or run at any time: enough that each fault meets some."""
BATCH = 8
PAUSE_SECONDS = 0.1
PATIENCE_SECONDS = 20.0
SENTENCE = "The harbour master keeps the tide tables of the northern gate and writes each passage into the log. "


class Workload:
    """Keeps jobs coming. `submitted` holds what was acknowledged, and nothing else."""

    def __init__(self, services: Services, folder: Path, chance: random.Random) -> None:
        self.submitted: list[UUID] = []
        self.refused = 0
        self._services = services
        self._folder = folder
        self._chance = chance
        self._asking = Asking(wiring.operator())
        self._number = 0

    async def run(self) -> None:
        """Work until cancelled. The database may be away: people try again."""
        while True:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._act()
            except (TimeoutError, Refusal, *AWAY):
                self.refused += 1
            await asyncio.sleep(PAUSE_SECONDS)

    async def unfinished(self) -> int:
        """Return how many jobs wait or run."""
        counts = (await reading.count_jobs(self._services, self._asking.actor, JobFilter())).states
        return counts[State.QUEUED].n + counts[State.RUNNING].n

    async def _act(self) -> None:
        if await self.unfinished() < LEAST_WAITING:
            await self._submit()
        dice = self._chance.random()
        if dice < 0.4:
            await self._retry_one()
        elif dice < 0.45:
            await perform(self._services, self._asking, RetryMany(JobFilter(), "the harness retries what failed"))
        elif dice < 0.5:
            await self._cancel_one()

    async def _submit(self) -> None:
        paths = [await asyncio.to_thread(self._document) for _ in range(BATCH)]
        items = [Item("folder", str(path), path.name, str(self._folder)) for path in paths]
        made = await perform(self._services, self._asking, Submit(items, "harness"))
        self.submitted += made.job_ids

    def _document(self) -> Path:
        """Write a document whose content no other has; one in eight is cut short, so that it fails."""
        self._number += 1
        text = f"Passage {self._number} of {self._chance.getrandbits(64):x}. {SENTENCE * self._chance.randint(3, 40)}"
        suffix = self._chance.choice((".txt", ".md", ".html"))
        content = f"<html><body><p>{text}</p></body></html>" if suffix == ".html" else text
        if self._chance.random() < 0.125:
            content, suffix = "%PDF-1.4\n" + text[:40], ".pdf"
        path = self._folder / f"{self._number}{suffix}"
        path.write_text(content)
        return path

    async def _retry_one(self) -> None:
        page = await reading.list_jobs(self._services, self._asking.actor, JobFilter(state=State.FAILED), limit=50)
        due = [job for job in page.jobs if job.failure_code != FailureCode.QUARANTINED and job.attempt_no < 6]
        if due:
            await perform(self._services, self._asking, Retry(self._chance.choice(due).id, reason="the harness retries it"))

    async def _cancel_one(self) -> None:
        page = await reading.list_jobs(self._services, self._asking.actor, JobFilter(state=State.QUEUED), limit=50)
        if page.jobs:
            await perform(self._services, self._asking, Cancel(self._chance.choice(page.jobs).id, "the harness cancels it"))


@contextlib.asynccontextmanager
async def keeping_busy(workload: Workload):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """Run a workload for the length of a block."""
    task = asyncio.create_task(workload.run())
    try:
        yield workload
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
