"""Web and worker through PgBouncer in transaction mode: documents come in, retries work, and changes still arrive."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from psycopg import AsyncConnection

from tests import documents, processes, story
from tests.acceptance.conftest import LiveServer, serving
from tests.acceptance.test_api_stream import listening
from tests.databases import address, fresh_database
from tests.pooler import SERVER_CONNECTIONS, pooling
from tidegate import wiring
from tidegate.api.routes import HANDLERS
from tidegate.cli.checks import notices
from tidegate.db.connect import PooledLogin, connect, is_pooled
from tidegate.db.migrate import migrate
from tidegate.domain.lifecycle import State
from tidegate.operations import reading
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Item, Retry, Submit
from tidegate.settings import Settings
from tidegate.web.app import build

DOCUMENTS = 24


@pytest.fixture
async def pooled_url(owner_url: str) -> AsyncIterator[str]:
    async with pooling(owner_url) as url:
        yield url


@asynccontextmanager
async def everything(settings: Settings, **changes: str) -> AsyncIterator[LiveServer]:
    """The API in this process and a worker in another, over these settings."""
    async with (
        wiring.running(settings, name="tidegate tests") as services,
        serving(services, lambda here: build(here, HANDLERS)) as server,
        processes.running(settings, "work", under={}, **changes),
    ):
        yield server


async def until(holds: Callable[[], object], seconds: float = 40.0) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():  # type: ignore[misc]
            await asyncio.sleep(0.1)


async def ingest_and_retry(services: Services, inbox: Path) -> None:
    """Ingest good documents and a broken one; mend it, and retry it."""
    paths = [documents.write(inbox, f"{n}.txt", f"Passage {n}. {documents.LINE * 5}") for n in range(DOCUMENTS)]
    paths.append(documents.write(inbox, "broken.pdf", "%PDF-1.4\nnothing"))
    items = [Item("folder", str(path), path.name, str(inbox)) for path in paths]
    made = await perform(services, story.OPERATOR, Submit(items, "pooled"))
    await until(lambda: stands(services, made.batch_id, {State.SUCCEEDED: DOCUMENTS, State.FAILED: 1}))
    documents.write(inbox, "broken.pdf", documents.pdf(["The tide tables, mended."]))
    await perform(services, story.OPERATOR, Retry(made.job_ids[-1], reason="mended"))
    await until(lambda: stands(services, made.batch_id, {State.SUCCEEDED: DOCUMENTS + 1}))


async def stands(services: Services, batch_id: UUID, states: dict[State, int]) -> bool:
    return (await reading.get_batch(services, story.OPERATOR.actor, batch_id)).states == states


async def server_connections(owner_url: str) -> int:
    """Return how many sessions the pooler holds."""
    async with await AsyncConnection.connect(owner_url, autocommit=True) as connection:
        row = await (
            await connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND client_addr IS NULL "
                "AND application_name NOT LIKE '%listen%' AND application_name <> 'tidegate feed' AND pid <> pg_backend_pid()"
            )
        ).fetchone()
    return row[0] if row else 0


async def test_with_a_direct_address_to_listen_at_nothing_is_missed(
    settings: Settings, pooled_url: str, owner_url: str, inbox: Path
) -> None:
    direct = address(owner_url, role="tidegate_app")
    pooled = replace(settings, database_url=pooled_url, listen_database_url=direct)
    assert [one.status for one in await notices(pooled)] == ["ok"]
    async with everything(pooled, listen_database_url=direct) as server, listening(server) as (events, _):
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{server.url}/health/ready")).json()["changes"] == "notices"
        await events.until("hello")
        await ingest_and_retry(server.services, inbox)
        assert isinstance(await told_of_jobs(events), list)
        assert 0 < await server_connections(owner_url) <= SERVER_CONNECTIONS


async def told_of_jobs(events: object) -> object:
    """Return the next change that names jobs, which only a notice does."""
    while (changed := await events.until("changed")) == "*":  # type: ignore[attr-defined]
        pass
    return changed


async def test_without_one_changes_are_looked_for_and_that_is_said(settings: Settings, pooled_url: str, inbox: Path) -> None:
    pooled = replace(settings, database_url=pooled_url)
    assert "every 2 seconds" in (await notices(pooled))[0].told
    async with everything(pooled) as server, listening(server) as (events, _):
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{server.url}/health/ready")).json() == {"status": "ready", "changes": "polling"}
        await events.until("hello")
        await ingest_and_retry(server.services, inbox)
        assert await events.until("changed") == "*"


async def test_a_pooled_login_of_another_role_is_told_so(pooled_url: str) -> None:
    with pytest.raises(PooledLogin, match="tidegate_sealer"):
        await connect(pooled_url, name="tidegate sealer", role="tidegate_sealer")


async def test_nothing_is_left_in_a_session_that_others_use(pooled_url: str) -> None:
    async with await connect(pooled_url, name="tidegate tests") as connection:
        assert await is_pooled(connection)
        for number in range(12):
            await connection.execute("SELECT %s::int", (number,))
        row = await (await connection.execute("SELECT count(*) FROM pg_prepared_statements")).fetchone()
        zone = await (await connection.execute("SHOW TimeZone")).fetchone()
    assert (row, zone) == ((0,), ("UTC",))


async def test_processes_that_start_together_through_a_pooler_apply_each_migration_once(cluster: str) -> None:
    async with fresh_database(cluster) as url, pooling(url, role=None) as pooled:
        applied = await asyncio.gather(*(migrate(pooled) for _ in range(5)))
    assert len([name for names in applied for name in names]) == len({name for names in applied for name in names}) > 10
