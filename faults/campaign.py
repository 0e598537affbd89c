"""A campaign: so many faults on so many workers, then peace, then the check."""

import asyncio
import contextlib
import random
import time
from dataclasses import dataclass, field, replace

import msgspec
import psycopg

from faults import checks
from faults.crew import Crew
from faults.harm import KINDS, Scene
from faults.place import Place
from faults.proxy import Proxy
from faults.workload import Workload, keeping_busy
from tidegate import wiring
from tidegate.settings import Settings

STUCK_SECONDS = 60.0
"""After the faults have ended, everything must have ended so soon."""


@dataclass(frozen=True)
class Plan:
    """What a campaign does; the same seed draws the same faults, though timing is the machine's."""

    count: int
    seed: int
    workers: int
    lease_seconds: float
    kinds: tuple[str, ...]
    pace_seconds: float
    second_fault: float = 0.2
    """The chance that a fault meets the recovery from the one before."""


@dataclass
class Outcome:
    """What a campaign came to."""

    faults: dict[str, int] = field(default_factory=dict)
    points: dict[str, int] = field(default_factory=dict)
    jobs: int = 0
    attempts: int = 0
    offences: dict[str, list[str]] = field(default_factory=dict)
    recoveries: list[float] = field(default_factory=list)
    lost_answers: int = 0
    settle_seconds: float = 0.0
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether every promise held."""
        return not any(self.offences.values())


async def run(plan: Plan, place: Place) -> Outcome:
    """Carry a campaign out. Raises nothing for a broken promise: the outcome tells."""
    chance = random.Random(plan.seed)
    folder = place.home / "documents"
    folder.mkdir(exist_ok=True)
    began = time.monotonic()
    async with Proxy(place.admin_url).running() as proxy:
        settings = _settings(plan, place, proxy)
        crew = Crew(settings, plan.workers)
        scene = Scene(place, proxy, crew, chance, lease_seconds=plan.lease_seconds)
        try:
            async with wiring.running(replace(settings, database_url=proxy.url), name="tidegate harness") as services:
                workload = Workload(services, folder, random.Random(plan.seed + 1))
                async with keeping_busy(workload):
                    outcome = await _do_harm(plan, scene)
                outcome.settle_seconds = await _settle(scene, workload)
                await _check(place, scene, workload, outcome)
        finally:
            crew.stop()
    outcome.seconds = time.monotonic() - began
    return outcome


def _settings(plan: Plan, place: Place, proxy: Proxy) -> Settings:
    return replace(
        Settings(), home=place.home, database_url=proxy.url, owner_database_url=place.admin_url,
        folder_roots=(place.home / "documents",), concurrency=3, retry_delay_scale=0.05, lease_seconds=plan.lease_seconds,
        renew_seconds=plan.lease_seconds / 5,
    )  # fmt: skip


async def _do_harm(plan: Plan, scene: Scene) -> Outcome:
    outcome = Outcome()
    kinds = {name: KINDS[name] for name in plan.kinds if scene.place.may_stop or name != "PostgreSQL stopped at once"}
    scene.crew.refill()
    for _ in range(plan.count):
        [name] = scene.chance.choices(list(kinds), [weight for _, weight in kinds.values()])
        outcome.faults[name] = outcome.faults.get(name, 0) + 1
        with contextlib.suppress(psycopg.OperationalError):
            await kinds[name][0](scene)
        scene.crew.refill()
        quick = scene.chance.random() < plan.second_fault
        await asyncio.sleep(0.02 if quick else scene.chance.uniform(0.3, 1.7) * plan.pace_seconds)
    return outcome


async def _settle(scene: Scene, workload: Workload) -> float:
    """Make peace and wait until nothing waits or runs; return the seconds it took, STUCK_SECONDS at most."""
    scene.proxy.heal()
    began = time.monotonic()
    while time.monotonic() - began < STUCK_SECONDS:
        scene.crew.refill()
        with contextlib.suppress(Exception):
            if not await workload.unfinished():
                break
        await asyncio.sleep(0.2)
    return time.monotonic() - began


class _Numbers(msgspec.Struct):
    jobs: int
    attempts: int


async def _check(place: Place, scene: Scene, workload: Workload, outcome: Outcome) -> None:
    async with await psycopg.AsyncConnection.connect(place.admin_url, autocommit=True) as connection:
        outcome.offences = await checks.offences(connection, workload.submitted)
        outcome.recoveries = await checks.recoveries(connection, scene.hits)
        numbers = await checks.SQL.one(connection, _Numbers, "sum_up")
    if numbers is not None:
        outcome.jobs, outcome.attempts = numbers.jobs, numbers.attempts
    outcome.points, outcome.lost_answers = scene.crew.reached, scene.proxy.lost_answers


def kinds_named(words: str) -> tuple[str, ...]:
    """Return the faults whose names contain one of the words, all without any. Raises ValueError."""
    wanted = [word.strip() for word in words.split(",") if word.strip()]
    chosen = tuple(name for name in KINDS if not wanted or any(word in name for word in wanted))
    if not chosen:
        raise ValueError(f"no fault is named like this; there are: {', '.join(KINDS)}")
    return chosen
