"""Before migration 0028 workers had PgQueuer take tickets, mark them and finish them: beside newer ones they still can."""

import asyncio
from datetime import timedelta
from uuid import UUID

from pgqueuer.adapters.drivers.psycopg import PsycopgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.models import Job
from pgqueuer.domain.settings import DBSettings

from benchmarks.queue_workers import TwoLaneDriver
from tidegate.db.connect import connect, transaction
from tidegate.domain.ids import new_id
from tidegate.engine.port import Ticket
from tidegate.engine.postgres import PostgresEngine
from tidegate.ledger import together
from tidegate.ledger.attempts import FirstStep
from tidegate.operations.door import Services

FIRST = {"documents": FirstStep("fetch", 5)}
SCHEMA = DBSettings(db_schema="queue")


def queries(driver: PsycopgDriver) -> Queries:
    return Queries(
        driver,
        qbe=QueryBuilderEnvironment(SCHEMA),
        qbq=QueryQueueBuilder(SCHEMA),
        qbs=QuerySchedulerBuilder(SCHEMA),
    )


async def test_they_hear_take_and_finish_tickets_that_newer_ones_leave_alone(services: Services) -> None:
    engine, tickets = PostgresEngine(services.listen_url), [Ticket(new_id(), 1, 1, "documents") for _ in range(3)]
    taken: list[UUID] = []
    go_on = asyncio.Event()

    async def issue(*some: Ticket) -> None:
        async with transaction(services.pool) as connection:
            await engine.issue(connection, some)

    async with await connect(services.url, name="old") as claims, await connect(services.url, name="old listen") as notices:
        manager = QueueManager(queries(TwoLaneDriver(claims, notices)))

        @manager.entrypoint("documents")
        async def handle(row: Job) -> None:
            taken.append(UUID((row.payload or b"").decode().partition("/")[0]))
            await go_on.wait()

        running = asyncio.create_task(manager.run(dequeue_timeout=timedelta(seconds=30), batch_size=1, max_concurrent_tasks=10))
        await asyncio.sleep(0.5)
        await issue(*tickets[:2])
        async with asyncio.timeout(10):  # far less than the time after which it looks by itself
            while len(taken) < 2:
                await asyncio.sleep(0.01)
        async with transaction(services.pool) as connection:
            assert await together.take(connection, new_id(), 10, FIRST) == []
        go_on.set()
        manager.shutdown.set()
        await asyncio.wait_for(running, 40)
    await issue(*tickets)
    async with transaction(services.pool) as connection:
        again = await together.take(connection, new_id(), 10, FIRST)
    assert set(taken) == {ticket.job_id for ticket in tickets[:2]}
    assert {one.job_id for one in again} == {ticket.job_id for ticket in tickets}, "what was finished left nothing behind"
