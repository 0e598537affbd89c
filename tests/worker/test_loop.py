"""A worker's life: its attempts write on connections of their own, which end with it."""

import asyncio
from pathlib import Path

from tests import documents, story
from tidegate.domain.lifecycle import State
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Item, Submit
from tidegate.worker.loop import work

OWN = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tidegate attempts'"


async def own_connections(services: Services) -> int:
    async with services.pool.connection() as connection:
        row = await (await connection.execute(OWN)).fetchone()
    return int(row[0]) if row else 0


async def test_attempts_have_connections_of_their_own_that_end_with_the_worker(services: Services, tmp_path: Path) -> None:
    path = documents.write(tmp_path, "gate.txt", b"The gate opens at six.")
    made = await perform(services, story.OPERATOR, Submit([Item("folder", str(path), path.name, str(tmp_path))], "one"))
    stop = asyncio.Event()
    working = asyncio.create_task(work(services, stop))
    async with asyncio.timeout(60):
        while not (await story.job(services, made.job_ids[0])).summary.state.is_terminal:
            await asyncio.sleep(0.05)
        assert await own_connections(services) >= 1
        stop.set()
        await working
        while await own_connections(services):
            await asyncio.sleep(0.05)
    assert (await story.job(services, made.job_ids[0])).summary.state is State.SUCCEEDED
