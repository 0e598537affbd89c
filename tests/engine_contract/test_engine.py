"""One behaviour suite for every adapter of the engine port, with the statement that takes its tickets, on the real database."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

import psycopg
import pytest

from tidegate.db.connect import transaction
from tidegate.db.queries import Connection
from tidegate.domain.ids import new_id
from tidegate.engine.port import Bell, Engine, Ticket
from tidegate.engine.postgres import PostgresEngine
from tidegate.ledger import together
from tidegate.ledger.attempts import FirstStep
from tidegate.ledger.together import Passed
from tidegate.operations.door import Services

ADAPTERS: list[Callable[[str | None], Engine]] = [PostgresEngine]
DOCUMENTS = ("documents",)

Attempt = tuple[UUID, int]


@pytest.fixture(params=ADAPTERS, ids=lambda adapter: adapter.__name__)
def engine(request: pytest.FixtureRequest, services: Services) -> Engine:
    made: Engine = request.param(services.listen_url)
    return made


def ticket(delay: float = 0.0, serial: int = 1, pipeline: str = "documents") -> Ticket:
    return Ticket(new_id(), 1, serial, pipeline, delay)


async def issue(services: Services, engine: Engine, *tickets: Ticket) -> None:
    async with transaction(services.pool) as connection:
        await engine.issue(connection, tickets)


async def take(connection: Connection, limit: int = 100, pipelines: Sequence[str] = DOCUMENTS) -> list[Attempt]:
    """Take tickets as a worker does; there are no jobs to these, so none of their attempts begins."""
    taken = await together.take(connection, new_id(), limit, {name: FirstStep("fetch", 5) for name in pipelines})
    assert all(isinstance(one, Passed) for one in taken)
    return [(one.job_id, one.attempt_no) for one in taken]


async def takes(services: Services, limit: int = 100, pipelines: Sequence[str] = DOCUMENTS) -> list[Attempt]:
    async with transaction(services.pool) as connection:
        return await take(connection, limit, pipelines)


def attempts(*tickets: Ticket) -> set[Attempt]:
    return {(one.job_id, one.attempt_no) for one in tickets}


async def test_a_ticket_is_taken_once_with_its_two_numbers(services: Services, engine: Engine) -> None:
    mine = replace(ticket(), attempt_no=7)
    await issue(services, engine, mine)
    assert await takes(services) == [(mine.job_id, 7)]
    assert await takes(services) == []


async def test_no_more_are_taken_than_asked_and_the_oldest_first(services: Services, engine: Engine) -> None:
    tickets = [ticket() for _ in range(5)]
    await issue(services, engine, *tickets)
    assert set(await takes(services, 3)) == attempts(*tickets[:3])
    assert set(await takes(services, 3)) == attempts(*tickets[3:])


async def test_an_urgent_ticket_goes_before_those_that_wait(services: Services, engine: Engine) -> None:
    waiting = [ticket() for _ in range(4)]
    urgent = replace(ticket(), urgent=True)
    await issue(services, engine, *waiting, urgent)
    assert set(await takes(services, 1)) == attempts(urgent)
    assert set(await takes(services)) == attempts(*waiting)


async def test_only_the_pipelines_asked_for_are_served_in_one_order(services: Services, engine: Engine) -> None:
    first, foreign, second = ticket(pipeline="one"), ticket(pipeline="foreign"), ticket(pipeline="two")
    urgent = replace(ticket(pipeline="two"), urgent=True)
    await issue(services, engine, first, foreign, second, urgent)
    taken = [await takes(services, 1, ("one", "two")) for _ in range(4)]
    assert [set(some) for some in taken] == [attempts(urgent), attempts(first), attempts(second), set()]


async def test_issuing_and_taking_are_as_real_as_their_transactions(services: Services, engine: Engine) -> None:
    mine = ticket()
    with pytest.raises(ZeroDivisionError):
        async with transaction(services.pool) as connection:
            await engine.issue(connection, [ticket()])
            raise ZeroDivisionError
    async with transaction(services.pool) as connection:
        await engine.issue(connection, [mine])
        assert await takes(services) == []
    with pytest.raises(ZeroDivisionError):
        async with transaction(services.pool) as connection:
            assert set(await take(connection, 5)) == attempts(mine)
            raise ZeroDivisionError
    assert set(await takes(services)) == attempts(mine)


async def test_a_delayed_ticket_waits_for_its_time(services: Services, engine: Engine) -> None:
    async with services.pool.connection() as connection:
        assert await engine.due_in(connection, DOCUMENTS) is None
        mine = ticket(delay=0.8)
        await issue(services, engine, ticket(delay=50), mine, ticket(delay=0.2, pipeline="foreign"))
        assert await takes(services) == []
        seconds = await engine.due_in(connection, DOCUMENTS)
        assert seconds is not None
        assert 0 < seconds <= 0.8
        await asyncio.sleep(seconds)
        assert set(await takes(services)) == attempts(mine)


async def test_the_same_ticket_is_not_issued_twice_but_a_later_serial_is(services: Services, engine: Engine) -> None:
    mine = ticket()
    await issue(services, engine, mine, mine)
    await issue(services, engine, mine)
    await issue(services, engine, replace(mine, serial=2))
    assert [len(await takes(services, 1)) for _ in range(3)] == [1, 1, 0]
    await issue(services, engine, mine, replace(mine, serial=2))
    assert len(await takes(services)) == 1, "two tickets of one attempt come to one"
    assert await takes(services) == []


async def test_what_one_is_taking_the_other_passes_over_without_waiting(services: Services, engine: Engine) -> None:
    tickets = [ticket() for _ in range(6)]
    await issue(services, engine, *tickets)
    async with transaction(services.pool) as connection:
        mine = await take(connection, 4)
        async with asyncio.timeout(5):
            theirs = await takes(services, 4)
    assert (set(mine), set(theirs)) == (attempts(*tickets[:4]), attempts(*tickets[4:]))


async def test_many_takers_share_the_tickets_without_doubles(services: Services, engine: Engine) -> None:
    tickets = [ticket() for _ in range(200)]
    await issue(services, engine, *tickets)

    async def taker() -> list[Attempt]:
        mine: list[Attempt] = []
        while some := await takes(services, 7):
            mine += some
        return mine

    shares = await asyncio.gather(*(taker() for _ in range(4)))
    taken = [one for share in shares for one in share]
    assert len(taken) == len(tickets)
    assert set(taken) == attempts(*tickets)


async def test_the_bell_is_rung_by_the_commit_and_by_nothing_before(services: Services, engine: Engine) -> None:
    bell = Bell()
    async with engine.listening(bell):
        async with transaction(services.pool) as connection:
            await engine.issue(connection, [ticket()])
            await bell.wait(0.3)
            unrung = time.monotonic()
        await bell.wait(10)
        assert time.monotonic() - unrung < 5
        await takes(services)
        begun = time.monotonic()
        await bell.wait(0.3)
        assert time.monotonic() - begun >= 0.3, "what is taken wakes nobody"


async def test_a_ring_that_nobody_waited_for_is_kept_and_heard_once() -> None:
    bell = Bell()
    bell.ring()
    begun = time.monotonic()
    await bell.wait(10)
    assert time.monotonic() - begun < 5
    await bell.wait(0.2)
    assert time.monotonic() - begun >= 0.2


async def test_who_listens_hears_that_nobody_rings_any_more(services: Services, engine: Engine, owner_url: str) -> None:
    bell = Bell()
    async with engine.listening(bell), await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as connection:
        ended = await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'tidegate engine listen'"
        )
        assert ended.rowcount == 1
        with pytest.raises(psycopg.OperationalError):
            await bell.wait(10)
        await bell.wait(0.01)


async def test_without_a_direct_address_nobody_rings(services: Services) -> None:
    deaf, bell = PostgresEngine(None), Bell()
    async with deaf.listening(bell):
        await issue(services, deaf, ticket())
        begun = time.monotonic()
        await bell.wait(0.3)
        assert time.monotonic() - begun >= 0.3


async def test_tickets_that_a_silent_worker_of_an_older_version_took_come_back(services: Services, engine: Engine) -> None:
    silent, lively = ticket(), ticket()
    await issue(services, engine, silent, lively)
    async with transaction(services.pool) as connection:
        await connection.execute("UPDATE queue.pgqueuer SET status = 'picked', queue_manager_id = gen_random_uuid()")
        await connection.execute(
            "UPDATE queue.pgqueuer SET heartbeat = now() - interval '1 minute' WHERE dedupe_key = %s", (silent.key,)
        )
        assert await take(connection, 5) == []
        assert await engine.free_silent(connection) == 1
    assert set(await takes(services)) == attempts(silent)
