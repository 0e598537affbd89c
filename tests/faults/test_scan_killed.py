"""A process that scans is killed in the middle; another one goes on. Nothing is left out, and nothing is submitted twice."""

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from tests import processes, story
from tests.operations.sources.places import files, scans_of
from tidegate.operations import reading
from tidegate.operations.door import Services, perform
from tidegate.operations.sources import CreateSource, ScanSource
from tidegate.settings import Settings
from tidegate.sources.scan import Scan
from tidegate.sources.source import Terms

MANY = 30_000
LEASE_OVER = "UPDATE source_scan SET lease_until = now() - interval '1 second' WHERE ended_at IS NULL"
DOUBLES = "SELECT count(*), count(DISTINCT source_locator), count(DISTINCT batch_id) FROM job"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return replace(settings, folder_roots=((tmp_path / "harbour").resolve(),))


async def newest(services: Services, source_id: UUID) -> Scan:
    return (await scans_of(services, source_id))[0]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_killed_scan_is_gone_on_with(services: Services, tmp_path: Path) -> None:
    folder = tmp_path / "harbour"
    await asyncio.to_thread(files, folder, MANY)
    source = (await perform(services, story.OPERATOR, CreateSource(Terms(name="harbour", address=str(folder))))).id
    await perform(services, story.OPERATOR, ScanSource(source))
    serve = ("serve", "--port", "0")
    async with processes.running(services.settings, *serve, folder_roots=str(folder)) as first, asyncio.timeout(120):
        while not (await newest(services, source)).submitted:
            await asyncio.sleep(0.01)
        os.killpg(first.pid, signal.SIGKILL)
        await first.wait()
    half = await newest(services, source)
    assert half.ended_at is None, "it was over before it was killed"
    assert 0 < half.submitted < MANY
    async with services.pool.connection() as connection:
        await connection.execute(LEASE_OVER)
    async with (
        processes.running(services.settings, *serve, folder_roots=str(folder)),
        processes.running(services.settings, *serve, folder_roots=str(folder)),
        asyncio.timeout(120),
    ):
        while (await newest(services, source)).ended_at is None:
            await asyncio.sleep(0.1)
    [whole] = await scans_of(services, source)
    assert (whole.seen, whole.submitted, whole.unchanged, whole.code) == (MANY, MANY, 0, None)
    assert whole.batch_id == half.batch_id
    batch = await reading.get_batch(services, story.OPERATOR.actor, whole.batch_id or source)
    assert batch.batch.job_total == MANY
    async with services.pool.connection() as connection:
        assert await (await connection.execute(DOUBLES)).fetchone() == (MANY, MANY, 1)
