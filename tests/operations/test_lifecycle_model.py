"""Random histories of jobs, people and workers, each act predicted by a model: what the model says is what Tidegate does.

`make lifecycle N=2000` plays many more and longer histories than the suite does, each time others.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import AsyncExitStack
from copy import deepcopy
from dataclasses import dataclass
from itertools import chain, combinations
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from psycopg import sql

from faults import checks
from tests.operations.lifecycle_acts import Reality, wipe
from tests.operations.lifecycle_job import Held
from tests.operations.lifecycle_model import NOT_BEGUN, Person, World
from tests.storage.test_counters import CAUSES, STATES
from tests.storage.test_seeding import STANDINGS, STANDINGS_RECOUNTED
from tidegate import wiring
from tidegate.domain.actor import Role
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import RetryMode
from tidegate.operations.door import Services
from tidegate.settings import Settings

COUNT = int(os.environ.get("LIFECYCLE_COUNT", "0"))
"""Histories to play; 0 for the few of the suite, which are the same each time."""

PEOPLE = (Role.VIEWER, Role.POWER_USER, Role.ADMIN, Role.ADMIN)
CODES = (FailureCode.DOCUMENT_CORRUPT, FailureCode.INTERNAL, FailureCode.OCR_FAILED, FailureCode.MALWARE_DETECTED)
HAPPENED = (
    "SELECT failure_code, sum(n)::int FROM failure_count WHERE what = 'happened' GROUP BY 1 ORDER BY 1",
    "SELECT failure_code, count(*)::int FROM job_event WHERE after = 'failed' GROUP BY 1 ORDER BY 1",
)
IN_BATCHES = (
    "SELECT batch_id, state::text, sum(n)::int FROM batch_count GROUP BY 1, 2 HAVING sum(n) <> 0 ORDER BY 1, 2",
    "SELECT batch_id, state::text, count(*)::int FROM job GROUP BY 1, 2 ORDER BY 1, 2",
)

Act = tuple[Any, ...]
who = st.integers(0, len(PEOPLE) - 1)
asked = st.sampled_from(["retry", "cancel", "acknowledge", "unacknowledge", "release"])
contents = st.integers(0, 2)
people_acts = st.one_of(
    st.tuples(st.just("change_role"), who, who, st.sampled_from(Role)), st.tuples(st.just("disable"), who, who, st.booleans())
)
at_once = st.one_of(
    st.tuples(asked, who),
    st.tuples(st.sampled_from(["succeed", "fail", "give_back", "finish", "begin", "reap", "reconcile"]), st.integers(0, 2)),
)


@dataclass
class Stage:
    """What all histories are played on, one after the other, and how many acts there were."""

    runner: asyncio.Runner
    services: Services
    owner_url: str
    acts: int = 0


class Histories(RuleBasedStateMachine):
    """Every rule does one act in the model and to the real thing, and compares what both say; then everything is compared."""

    stage: ClassVar[Stage]

    jobs = Bundle("jobs")
    workers = Bundle("workers")
    held = Bundle("held")

    @initialize()
    def everybody_comes(self) -> None:
        self.world, self.real = World([Person(role) for role in PEOPLE]), Reality(self.stage.services)
        self.stage.runner.run(wipe(self.stage.owner_url))
        for role in PEOPLE:
            self.stage.runner.run(self.real.welcome(role))

    def both(self, act: str, *given: Any) -> Any:
        """Do one act in the model and to the real thing; both must say the same."""
        predicted = getattr(self.world, act)(*given)
        assert self.stage.runner.run(getattr(self.real, act)(*given)) == predicted, (act, *given)
        return predicted

    # What people do. -----------------------------------------------------------------------------------------------

    @rule(target=jobs, person=who)
    def submit(self, person: int) -> Any:
        return multiple(len(self.world.jobs) - 1) if self.both("submit", person) == "done" else multiple()

    @rule(target=jobs, n=st.integers(1, 2))
    def an_administrator_submits(self, n: int) -> Any:
        able = [i for i, one in enumerate(self.world.people) if one.role is not Role.VIEWER and not one.disabled]
        for _ in range(n):
            assert self.both("submit", able[0]) == "done"
        return multiple(*range(len(self.world.jobs) - n, len(self.world.jobs)))

    @rule(
        act=asked, person=who, job=jobs, behind=st.sampled_from([None, None, 0, 1]), key=st.sampled_from([None, None, "a", "b"]),
        mode=st.sampled_from([None, *RetryMode]),
    )  # fmt: skip
    def ask(self, act: str, person: int, job: int, behind: int | None, key: str | None, mode: RetryMode | None) -> None:
        version = None if behind is None else self.world.jobs[job].version - behind
        self.both("ask", act, person, job, version, key, mode if act == "retry" else None)

    @rule(act=people_acts)
    def administer(self, act: Act) -> None:
        self.both(*act)

    # What workers do. ----------------------------------------------------------------------------------------------

    @rule(target=workers)
    def enlist(self) -> int:
        self.both("enlist")
        return len(self.world.workers) - 1

    @rule(target=held, job=jobs, worker=workers, ahead=st.sampled_from([0, 0, 0, 1, -1]))
    def begin(self, job: int, worker: int, ahead: int) -> Any:
        wanted = Held(job, len(self.world.jobs[job].tries) + ahead, worker)
        return multiple() if self.both("begin", wanted) == NOT_BEGUN else multiple(wanted)

    @rule(target=held, job=jobs)
    def begin_with_a_new_worker(self, job: int) -> Any:
        return self.begin(job, self.enlist(), 0)

    @rule(held=held, step_no=st.integers(1, 3), what=st.sampled_from(["start", "progress", "finish"]))
    def step(self, held: Held, step_no: int, what: str) -> None:
        self.both("step", held, step_no, what)

    @rule(held=held, content=contents)
    def succeed(self, held: Held, content: int) -> None:
        self.both("succeed", held, content)

    @rule(held=held, code=st.sampled_from(CODES), slow=st.booleans())
    def fail(self, held: Held, code: FailureCode, slow: bool) -> None:
        self.both("fail", held, code, slow)

    @rule(held=consumes(held))
    def give_back(self, held: Held) -> None:
        self.both("give_back", held)

    @rule(worker=workers, how=st.sampled_from(["silent", "stopped"]))
    def lose(self, worker: int, how: str) -> None:
        self.both("lose", worker, how)

    @rule(worker=workers)
    def renew(self, worker: int) -> None:
        self.both("renew", worker)

    @rule(job=jobs, times=st.integers(1, 3))
    def cost_workers(self, job: int, times: int) -> None:
        for _ in range(times):
            self.begin(job, self.enlist(), 0)
            self.both("lose", len(self.world.workers) - 1, "silent")
            self.both("reap")

    # What happens by itself. ---------------------------------------------------------------------------------------

    @rule()
    def reap(self) -> None:
        self.both("reap")

    @rule()
    def reconcile(self) -> None:
        self.both("reconcile")

    @rule(job=jobs)
    def lose_ticket(self, job: int) -> None:
        self.both("lose_ticket", job)

    @rule(job=jobs)
    def come_due(self, job: int) -> None:
        self.both("come_due", job)

    # What happens at once: the end must be that of one after the other, whichever was first. --------------------------

    @rule(job=jobs, one=at_once, other=at_once, lost=st.booleans())
    def meet_on_a_job(self, job: int, one: tuple[str, int], other: tuple[str, int], lost: bool) -> None:
        now = self.world.jobs[job]
        if not self.world.workers:
            self.both("enlist")
        if lost and now.worker is not None:
            self.both("lose", now.worker, "silent")
        self._both_at_once(*(self._act(job, *template) for template in (one, other)))

    @rule(one=people_acts, other=people_acts)
    def administer_at_once(self, one: Act, other: Act) -> None:
        self._both_at_once(one, other)

    def _act(self, job: int, act: str, n: int) -> Act:
        tries, worker = len(self.world.jobs[job].tries), self.world.jobs[job].worker
        mine = Held(job, tries, worker if worker is not None else 0)
        others = {
            "succeed": ("succeed", mine, n), "fail": ("fail", mine, CODES[n], False), "give_back": ("give_back", mine),
            "finish": ("step", mine, n + 1, "finish"), "begin": ("begin", Held(job, tries, n % len(self.world.workers))),
            "reap": ("reap",), "reconcile": ("reconcile",),
        }  # fmt: skip
        return others.get(act, ("ask", act, n, job))

    def _both_at_once(self, one: Act, other: Act) -> None:
        said = self.stage.runner.run(_gathered(self.real, one, other))
        found = self.stage.runner.run(self.real.seen())
        possible = list(self._orders(one, other))
        fitting = [world for world, told in possible if told == said and world.seen == found]
        assert fitting, (one, other, said, [told for _, told in possible], found)
        self.world = fitting[0]

    def _orders(self, one: Act, other: Act) -> Iterator[tuple[World, tuple[Any, Any]]]:
        for turned in (False, True):
            first, second = (other, one) if turned else (one, other)
            for passed in self._passed(first):
                for passed_then in self._passed(second):
                    world = deepcopy(self.world)
                    told = (getattr(world, first[0])(*first[1:], *passed), getattr(world, second[0])(*second[1:], *passed_then))
                    yield world, told[::-1] if turned else told

    def _passed(self, act: Act) -> list[tuple[Any, ...]]:
        """Repairs pass over what another transaction holds: they may find any part of what there is to be found."""
        if act[0] not in {"reap", "reconcile"}:
            return [()]
        there = (self.world.lost() if act[0] == "reap" else self.world.bare())[:6]
        return [(set(some),) for some in chain.from_iterable(combinations(there, n) for n in range(len(there), -1, -1))]

    # What always holds. --------------------------------------------------------------------------------------------

    @invariant()
    def model_and_database_agree(self) -> None:
        self.stage.acts += 1
        assert self.stage.runner.run(self.real.seen()) == self.world.seen

    def teardown(self) -> None:
        """History is never rewritten and counters never forget, so one look at the end tells what broke on the way."""
        if hasattr(self, "real"):
            self.stage.runner.run(_kept(self.stage.services, self.real))


async def _gathered(real: Reality, one: Act, other: Act) -> tuple[Any, ...]:
    return tuple(await asyncio.gather(*(getattr(real, act[0])(*act[1:]) for act in (one, other))))


async def _kept(services: Services, real: Reality) -> None:
    async with services.pool.connection() as connection:
        found = await checks.offences(connection, real.jobs)
        assert {promise: what for promise, what in found.items() if what and promise != "stuck"} == {}
        for counted, true in (STATES, CAUSES, HAPPENED, IN_BATCHES, (STANDINGS, STANDINGS_RECOUNTED)):
            told = await (await connection.execute(sql.SQL(counted))).fetchall()
            assert told == await (await connection.execute(sql.SQL(true))).fetchall()


async def opened(owner_url: str, home: Path, stack: AsyncExitStack) -> Services:
    """Open the services for all histories: long leases, for the model alone says when one ends."""
    chosen = Settings(home=home, database_url=owner_url, lease_seconds=3600.0, renew_seconds=600.0)
    services = await stack.enter_async_context(wiring.running(chosen, name="tidegate model"))
    async with services.pool.connection(), services.pool.connection():
        return services  # two are open now: what is done at once does not wait for a connection


@pytest.mark.timeout(0 if COUNT else 300)
def test_every_history_is_the_models(owner_url: str, tmp_path: Path) -> None:
    few = settings(max_examples=8, stateful_step_count=35, derandomize=True)
    many = settings(max_examples=COUNT or 1, stateful_step_count=80, derandomize=False)
    chosen = settings(
        many if COUNT else few, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if COUNT else [Phase.generate],
    )  # fmt: skip
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        stage = Histories.stage = Stage(runner, runner.run(opened(owner_url, tmp_path / "home", stack)), owner_url)
        try:
            run_state_machine_as_test(Histories, settings=chosen)
        finally:
            runner.run(stack.aclose())
            print(f"{stage.acts:,} acts")  # noqa: T201 - with `-s`, to whoever plays many
    assert stage.acts > 100
