"""The experiment on many hosts: how their number pays, then one that is cut off for longer than its lease."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec
import psycopg

from faults import checks
from faults.fleet import SQL, Fleet, fleet, send
from faults.harm import Hit
from faults.workload import SENTENCE
from tidegate import wiring
from tidegate.db.queries import Connection
from tidegate.domain.ids import new_id
from tidegate.operations import reading
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.jobs import Item, Submit
from tidegate.settings import Settings

WAIT_SECONDS = 0.25
"""What a job of the pipeline `waiting` waits in the measurement."""
HELD_SECONDS = 2.0
"""What it waits when its host is cut off, so that it is sure to run then."""
BEYOND_LEASE_SECONDS = 5.0
PATIENCE_SECONDS = 120.0
"""What has not ended by then is stuck."""


@dataclass(frozen=True)
class Plan:
    """Numbers of hosts to measure, ascending, and the documents that each has to do; without any, nothing is measured."""

    sizes: tuple[int, ...]
    documents: int
    lease_seconds: float
    concurrency: int


@dataclass(frozen=True)
class Pace:
    """What so many workers did in a second: small documents, and jobs that wait."""

    documents: float
    waiting: float


@dataclass
class Outcome:
    """What the experiment came to."""

    paces: dict[int, Pace] = field(default_factory=dict)
    cut_seconds: float = 0.0
    held: int = 0
    taken_over: int = 0
    recoveries: list[float] = field(default_factory=list)
    back_seconds: float = float("nan")
    jobs: int = 0
    offences: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Whether every promise held, and the cut host's jobs came to others."""
        return not any(self.offences.values()) and 0 < self.held == self.taken_over


class _Measured(msgspec.Struct):
    rate: float
    workers: int


class _Number(msgspec.Struct):
    n: int


class _Seconds(msgspec.Struct):
    seconds: float


class _Moment(msgspec.Struct):
    at: datetime


class Scene:
    """The fleet, the services of whoever submits, and all that was submitted."""

    def __init__(self, hosts: Fleet, services: Services, admin: Connection) -> None:
        self.fleet, self.services, self.admin = hosts, services, admin
        self.submitted: list[UUID] = []
        self._asking = Asking(wiring.operator())
        self._folder = hosts.settings.home / "documents"
        self._folder.mkdir(exist_ok=True)

    async def submit(self, pipeline: str, count: int, ending: str) -> UUID:
        """Submit so many documents, each with words that no other has, as one batch, and return its id."""
        paths = [self._folder / f"{new_id().hex}-{ending}" for _ in range(count)]
        for path in paths:
            path.write_text(f"<p>Passage {path.stem}. {SENTENCE * 10}</p>")
        items = [Item("folder", str(path), path.name, str(self._folder)) for path in paths]
        made = await perform(self.services, self._asking, Submit(items, "hosts", pipeline))
        self.submitted += made.job_ids
        return made.batch_id

    async def over(self, batch_id: UUID) -> None:
        """Wait until every job of a batch has ended, or patience has: the checks tell what is stuck."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end and not (await reading.get_batch(self.services, self._asking.actor, batch_id)).is_over:
            await asyncio.sleep(0.1)

    async def pace(self, pipeline: str, count: int, ending: str) -> float:
        """Return how many jobs a second were done of so many."""
        batch_id = await self.submit(pipeline, count, ending)
        await self.over(batch_id)
        found = await SQL.one(self.admin, _Measured, "pace", batch_id=batch_id)
        assert found is not None
        return found.rate

    async def there(self, size: int) -> None:
        """Wait until so many workers are there. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(await reading.list_workers(self.services, self._asking.actor)) < size:
                await asyncio.sleep(0.1)

    async def warm(self, size: int) -> None:
        """Have so many workers do some work of either kind."""
        for pipeline in ("documents", "waiting"):
            await self.over(await self.submit(pipeline, size * 6, f"{WAIT_SECONDS}.html"))


async def run(plan: Plan, home: Path, settings: Settings) -> Outcome:
    """Carry out the experiment. Raises NoNetwork, TimeoutError when something never ends."""
    outcome = Outcome()
    async with _scene(plan, home, settings) as scene:
        for size in plan.sizes:
            await scene.fleet.grow(size)
            await scene.there(size)
            if not plan.documents:
                continue
            await scene.warm(size)
            documents = await scene.pace("documents", plan.documents, "0.html")
            waiting = await scene.pace("waiting", plan.documents, f"{WAIT_SECONDS}.html")
            outcome.paces[size] = Pace(documents, waiting)
        await _cut_off(scene, plan, outcome)
        outcome.offences = await checks.offences(scene.admin, scene.submitted)
        outcome.jobs = len(scene.submitted)
    return outcome


@asynccontextmanager
async def _scene(plan: Plan, home: Path, settings: Settings) -> AsyncIterator[Scene]:
    chosen = replace(
        settings, lease_seconds=plan.lease_seconds, renew_seconds=plan.lease_seconds / 5, pipelines=("faults.waiting",),
        concurrency=plan.concurrency, retry_delay_scale=0.05,
    )  # fmt: skip
    async with fleet(home, chosen) as hosts:
        near = replace(hosts.settings, database_url=hosts.admin_url)
        async with (
            wiring.running(near, name="tidegate hosts") as services,
            await psycopg.AsyncConnection.connect(hosts.admin_url, autocommit=True) as admin,
        ):
            yield Scene(hosts, services, admin)


async def _cut_off(scene: Scene, plan: Plan, outcome: Outcome) -> None:
    """Cut the last host off while its jobs run and one of its transactions is open; restore it, and see it work again."""
    size = plan.sizes[-1]
    process, network = scene.fleet.workers[size], scene.fleet.network
    batch_id = await scene.submit("waiting", 3 * size * plan.concurrency, f"{HELD_SECONDS}.html")
    async with _open_transaction(scene.fleet, size):
        await asyncio.to_thread(network.cut, size)
        began = time.monotonic()
        hits = await SQL.all(scene.admin, Hit, "list_of_worker", pid=process.pid)
        await scene.over(batch_id)
        await asyncio.sleep(max(0.0, plan.lease_seconds + BEYOND_LEASE_SECONDS - (time.monotonic() - began)))
        outcome.cut_seconds = time.monotonic() - began
        await _note_takeover(scene, process.pid, hits, outcome)
    await asyncio.to_thread(network.restore, size)
    outcome.back_seconds = await _back_at_work(scene, process.pid, size * plan.concurrency)


@asynccontextmanager
async def _open_transaction(hosts: Fleet, number: int) -> AsyncIterator[None]:
    """Have a transaction of a host hold the row of a job that its worker runs, as if cut right before its COMMIT."""
    pid = hosts.workers[number].pid
    holding = await hosts.start(number, "-m", "faults.holding", hosts.settings.database_url, str(pid))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert holding.stdout is not None
            assert await holding.stdout.readline()
        yield
    finally:
        send(holding, signal.SIGKILL)
        await holding.wait()


async def _note_takeover(scene: Scene, pid: int, hits: list[Hit], outcome: Outcome) -> None:
    jobs, attempts = [hit.job_id for hit in hits], [hit.attempt_no for hit in hits]
    taken = await SQL.one(scene.admin, _Number, "taken_over", jobs=jobs, attempts=attempts, pid=pid)
    outcome.held, outcome.taken_over = len(hits), taken.n if taken else 0
    outcome.recoveries = await checks.recoveries(scene.admin, hits)


async def _back_at_work(scene: Scene, pid: int, jobs: int) -> float:
    """Submit until the restored worker begins a job; return the seconds it took. Raises TimeoutError."""
    since = await SQL.one(scene.admin, _Moment, "now")
    assert since is not None
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            await scene.over(await scene.submit("waiting", jobs, f"{WAIT_SECONDS}.html"))
            found = await SQL.one(scene.admin, _Seconds, "seconds_until_back", pid=pid, since=since.at)
            if found is not None:
                return found.seconds
