"""One behaviour suite for every adapter of the engine port, on the real database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import psycopg
import pytest
from pgqueuer.adapters.drivers.psycopg import PsycopgDriver
from pgqueuer.ports.driver import NotifyCallback

from tidegate.db.connect import transaction
from tidegate.domain.ids import new_id
from tidegate.engine.pgqueuer_engine import PgQueuerEngine
from tidegate.engine.port import Call, Engine, Ticket
from tidegate.operations.door import Services

ADAPTERS: list[Callable[[str, str | None], Engine]] = [PgQueuerEngine]


@pytest.fixture(params=ADAPTERS, ids=lambda adapter: adapter.__name__)
def engine(request: pytest.FixtureRequest, services: Services) -> Engine:
    made: Engine = request.param(services.url, services.listen_url)
    return made


def ticket(delay: float = 0.0, serial: int = 1) -> Ticket:
    return Ticket(new_id(), 1, serial, "documents", delay)


async def issue(services: Services, engine: Engine, *tickets: Ticket) -> None:
    async with transaction(services.pool) as connection:
        await engine.issue(connection, tickets)


class Deliveries:
    """What reached the handler, and how many ran at once."""

    def __init__(self, seconds: float = 0.0, breaks: bool = False) -> None:
        self.calls: list[Call] = []
        self.most_at_once = 0
        self.ended = 0
        self._seconds, self._breaks, self._now = seconds, breaks, 0

    async def __call__(self, call: Call) -> None:
        self.calls.append(call)
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        await asyncio.sleep(self._seconds)
        self._now -= 1
        self.ended += 1
        if self._breaks:
            raise RuntimeError("a secret in a message")

    async def reach(self, count: int, seconds: float = 10.0) -> None:
        async with asyncio.timeout(seconds):
            while len(self.calls) < count:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def working(engine: Engine, deliveries: Deliveries, concurrency: int = 2) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(engine.work(deliveries, ["documents"], concurrency=concurrency, stop=stop))
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)


async def test_an_urgent_ticket_goes_before_those_that_wait(services: Services, engine: Engine) -> None:
    waiting = [ticket() for _ in range(4)]
    urgent = replace(ticket(), urgent=True)
    await issue(services, engine, *waiting, urgent)
    deliveries = Deliveries(0.05)
    async with working(engine, deliveries, concurrency=1):
        await deliveries.reach(5)
    assert urgent.job_id in [call.job_id for call in deliveries.calls[:2]]
    assert {call.job_id for call in deliveries.calls} == {one.job_id for one in (*waiting, urgent)}


async def test_a_ticket_reaches_a_worker_once_with_its_two_numbers(services: Services, engine: Engine) -> None:
    mine = ticket()
    deliveries = Deliveries()
    async with working(engine, deliveries):
        await issue(services, engine, mine)
        await deliveries.reach(1)
        await asyncio.sleep(0.5)
    assert deliveries.calls == [Call(mine.job_id, 1)]


async def test_a_ticket_is_as_real_as_its_transaction(services: Services, engine: Engine) -> None:
    deliveries = Deliveries()
    async with working(engine, deliveries):
        with pytest.raises(ZeroDivisionError):
            async with transaction(services.pool) as connection:
                await engine.issue(connection, [ticket()])
                raise ZeroDivisionError
        mine = ticket()
        async with transaction(services.pool) as connection:
            await engine.issue(connection, [mine])
            await asyncio.sleep(0.5)
            assert not deliveries.calls
        await deliveries.reach(1)
    assert [call.job_id for call in deliveries.calls] == [mine.job_id]


async def test_what_waits_is_found_by_a_worker_that_comes_later(services: Services, engine: Engine) -> None:
    tickets = [ticket() for _ in range(25)]
    await issue(services, engine, *tickets)
    deliveries = Deliveries()
    async with working(engine, deliveries):
        await deliveries.reach(25)
    assert {call.job_id for call in deliveries.calls} == {one.job_id for one in tickets}
    assert len(deliveries.calls) == 25


async def test_a_delayed_ticket_waits_for_its_time(services: Services, engine: Engine) -> None:
    deliveries = Deliveries()
    async with working(engine, deliveries):
        begun = asyncio.get_running_loop().time()
        await issue(services, engine, ticket(delay=1.5))
        await deliveries.reach(1)
        assert asyncio.get_running_loop().time() - begun >= 1.4


async def test_the_same_ticket_is_not_issued_twice_but_a_later_serial_is(services: Services, engine: Engine) -> None:
    mine = ticket()
    again = Ticket(mine.job_id, mine.attempt_no, mine.serial + 1, mine.pipeline)
    await issue(services, engine, mine, mine)
    await issue(services, engine, mine)
    await issue(services, engine, again)
    deliveries = Deliveries()
    async with working(engine, deliveries):
        await deliveries.reach(2)
        await asyncio.sleep(0.5)
    assert len(deliveries.calls) == 2


async def test_no_more_run_at_once_than_allowed(services: Services, engine: Engine) -> None:
    await issue(services, engine, *(ticket() for _ in range(12)))
    deliveries = Deliveries(seconds=0.1)
    async with working(engine, deliveries, concurrency=3):
        await deliveries.reach(12)
    assert 2 <= deliveries.most_at_once <= 3


async def test_a_stopping_worker_takes_nothing_new_and_lets_the_running_end(services: Services, engine: Engine) -> None:
    await issue(services, engine, *(ticket() for _ in range(6)))
    deliveries = Deliveries(seconds=0.7)
    async with working(engine, deliveries, concurrency=2) as stop:
        await deliveries.reach(2)
        stop.set()
    begun = len(deliveries.calls)
    assert deliveries.ended == begun < 6
    rest = Deliveries()
    async with working(engine, rest):
        await rest.reach(6 - begun)


async def test_two_workers_share_the_tickets_without_doubles(services: Services, engine: Engine) -> None:
    await issue(services, engine, *(ticket() for _ in range(60)))
    one, two = Deliveries(seconds=0.01), Deliveries(seconds=0.01)
    async with working(engine, one), working(type(engine)(services.url, services.listen_url), two):  # type: ignore[call-arg]
        async with asyncio.timeout(20):
            while len(one.calls) + len(two.calls) < 60:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
    together = [call.job_id for call in one.calls + two.calls]
    assert len(together) == len(set(together)) == 60
    assert one.calls
    assert two.calls


async def test_what_a_handler_says_when_it_breaks_is_kept_nowhere(services: Services, engine: Engine, owner_url: str) -> None:
    await issue(services, engine, ticket(), ticket())
    deliveries = Deliveries(breaks=True)
    async with working(engine, deliveries):
        await deliveries.reach(2)
    async with await psycopg.AsyncConnection.connect(owner_url) as connection:
        tables = await connection.execute(
            "SELECT to_jsonb(l)::text FROM queue.pgqueuer_log AS l UNION ALL SELECT to_jsonb(q)::text FROM queue.pgqueuer AS q"
        )
        kept = [row[0] for row in await tables.fetchall()]
    assert len(kept) >= 2
    assert not any("secret" in row or "RuntimeError" in row for row in kept)


@pytest.mark.slow
async def test_a_worker_that_is_slow_to_listen_stays(services: Services, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library probes its listener as it starts and gives up after 10 s when the probe came before the listening."""
    listen = PsycopgDriver.add_listener

    async def slowly(self: PsycopgDriver, channel: str, callback: NotifyCallback) -> None:
        if channel not in self._listeners:
            await asyncio.sleep(0.5)
        await listen(self, channel, callback)

    monkeypatch.setattr(PsycopgDriver, "add_listener", slowly)
    deliveries = Deliveries()
    async with working(engine, deliveries):
        await asyncio.sleep(11.5)
        await issue(services, engine, ticket())
        await deliveries.reach(1)
