"""An upgrade with nothing stopped: old workers over a newer schema, and programs whose schema is not there yet."""

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests import documents, processes, story
from tests.databases import address, fresh_database
from tests.faults.test_worker_killed import until
from tidegate.cli.checks import database
from tidegate.db import migrate as migrations
from tidegate.db.migrate import Migration, SchemaBehind, migrate
from tidegate.domain.lifecycle import State
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Item, Submit
from tidegate.settings import Settings

ADDITIVE = Migration(
    9999,
    "9999_additive.sql",
    "CREATE TABLE berth (id uuid PRIMARY KEY); ALTER TABLE job ADD COLUMN berth_id uuid;",
)


async def ingest(services: Services, inbox: Path, name: str) -> None:
    path = documents.write(inbox, name, f"{name}. {documents.LINE}")
    made = await perform(services, story.OPERATOR, Submit([Item("folder", str(path), name, str(inbox))], "upgrade"))
    await until(services, made.job_ids[0], State.SUCCEEDED)


async def test_old_workers_go_on_over_a_newer_schema(
    services: Services, owner_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, shipped = tmp_path / "inbox", migrations.migrations()
    async with processes.running(services.settings, "work") as worker:
        await ingest(services, inbox, "before.txt")
        with monkeypatch.context() as newer:
            newer.setattr(migrations, "migrations", lambda: [*shipped, ADDITIVE])
            assert await migrate(owner_url) == [ADDITIVE.name]
        await ingest(services, inbox, "after.txt")
        assert worker.returncode is None
    async with processes.running(services.settings, "work"):
        await ingest(services, inbox, "started-after.txt")
    told = {finding.name: finding for finding in await database(services.settings)}
    assert (told["schema"].status, told["schema"].told) == ("warn", "1 migrations newer than this version")


@pytest.mark.parametrize("role", ["serve", "work"])
async def test_a_program_whose_schema_is_not_there_says_so(
    cluster: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    shipped = migrations.migrations()
    async with fresh_database(cluster) as url:
        with monkeypatch.context() as older:
            older.setattr(migrations, "migrations", lambda: shipped[:-1])
            await migrate(url)
        app_url = address(url, role="tidegate_app")
        with pytest.raises(SchemaBehind, match=shipped[-1].name):
            await migrate(app_url)
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "tidegate", role],
            env=processes.environment(replace(settings, database_url=app_url), port="8751"),
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == 1
    assert f"the database lacks migration {shipped[-1].name}" in done.stderr
    assert "run `tidegate migrate` as the owner" in done.stderr
