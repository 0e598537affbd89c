"""Every connection of the worker is cut again and again while it works; each document is there once, all the same."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests import documents, processes, story
from tidegate.domain.lifecycle import State
from tidegate.operations import reading
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Item, Submit

CUTS = 12
JOBS = 40


@pytest.mark.slow
async def test_cut_connections_lose_and_double_nothing(services: Services, cluster: str, tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    files = [documents.write(folder, f"{number}.txt", f"Passage {number}. {documents.LINE * 20}") for number in range(JOBS)]
    items = [Item("folder", str(path), path.name, str(folder)) for path in files]
    batch = await perform(services, story.OPERATOR, Submit(items, "faults"))

    async with (
        processes.running(services.settings, "work"),
        await psycopg.AsyncConnection.connect(cluster, autocommit=True) as admin,
    ):
        async with asyncio.timeout(60):
            while not await reading.list_workers(services, story.OPERATOR.actor):
                await asyncio.sleep(0.1)
        cut = 0
        for _ in range(CUTS):
            await asyncio.sleep(0.4)
            cut += await cut_workers(admin, services)
        assert cut >= CUTS
        await until_over(services, batch.batch_id)

    tally = await reading.get_batch(services, story.OPERATOR.actor, batch.batch_id)
    assert tally.states == {State.SUCCEEDED: JOBS}
    async with services.pool.connection() as connection:
        row = await (
            await connection.execute("SELECT count(*), count(DISTINCT job_id), sum(chunk_total) FROM document")
        ).fetchone()
        chunks = await (await connection.execute("SELECT count(*) FROM chunk")).fetchone()
    assert row is not None
    assert (row[0], row[1]) == (JOBS, JOBS)
    assert chunks == (row[2],)


async def cut_workers(admin: psycopg.AsyncConnection[tuple[int]], services: Services) -> int:
    """Cut every connection of the worker process; return how many there were."""
    found = await admin.execute(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = %s AND application_name <> 'tidegate tests' AND pid <> pg_backend_pid()",
        (urlsplit(services.settings.database_url).path[1:],),
    )
    row = await found.fetchone()
    return row[0] if row else 0


async def until_over(services: Services, batch_id: object) -> None:
    """Wait until every job of the batch has ended."""
    async with asyncio.timeout(90):
        while not (await reading.get_batch(services, story.OPERATOR.actor, batch_id)).is_over:  # type: ignore[arg-type]
            await asyncio.sleep(0.2)
