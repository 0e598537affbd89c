"""PostgreSQL goes away beneath everything and comes back: what is said meanwhile, and how soon work goes on."""

import asyncio
import os
import signal
import time
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg
import pytest

from tests import documents, processes, story
from tests.acceptance.command_line import Started, shell
from tests.acceptance.test_cli_up import address
from tests.databases import away
from tests.faults.test_worker_killed import until
from tests.storage.embedded_users import lives, postmaster
from tidegate.domain.lifecycle import State
from tidegate.operations import reading
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Item, Submit

AWAY_SECONDS = 8.0
"""Long enough that whoever tries ever more seldom would come late."""
BACK_SECONDS = 5.0


def test_up_starts_a_crashed_server_again_and_work_goes_on() -> None:
    with shell() as home, home.start("up", "--port", "0") as up:
        url = address(up)
        up.line("Ctrl-C")
        before = postmaster(home.home)
        os.kill(before, signal.SIGKILL)
        assert answers_until_ready(url, up)[-1] == 200
        assert postmaster(home.home) != before
        path = documents.write(home.home / "inbox", "after.txt", documents.LINE)
        done = home.run("ingest", path, "--wait")
        assert done.returncode == 0, (done.stdout, done.stderr)
        up.process.send_signal(signal.SIGTERM)
        assert "event=database_restarted" in up.process.communicate(timeout=30)[1]
        assert not lives(home.home)


def answers_until_ready(url: str, up: Started) -> list[int]:
    """Ask until the database answers again; each refusal says when to come back."""
    told: list[int] = []
    end = time.monotonic() + 40
    time.sleep(0.1)
    while time.monotonic() < end and up.process.poll() is None:
        answer = httpx.get(f"{url}/health/ready", timeout=10)
        told.append(answer.status_code)
        if answer.status_code == 200:
            return told
        assert (answer.json()["code"], int(answer.headers["retry-after"]) > 0) == ("database_away", True)
    pytest.fail(f"the database did not come back: {told}")


async def test_the_first_job_begins_soon_after_the_database_is_back(
    services: Services, cluster: str, owner_url: str, tmp_path: Path
) -> None:
    path = documents.write(tmp_path / "inbox", "note.txt", documents.LINE)
    item = Item("folder", str(path), path.name, str(path.parent))
    async with processes.running(services.settings, "work"):
        async with asyncio.timeout(60):
            while not await reading.list_workers(services, story.OPERATOR.actor):
                await asyncio.sleep(0.05)
        async with away(cluster, owner_url):
            await asyncio.sleep(AWAY_SECONDS)
        back = await now(owner_url)
        made = await patiently_submit(services, item)
        job = await until(services, made, State.SUCCEEDED)
    started = job.attempts[0].started_at
    assert started is not None
    assert started - back < timedelta(seconds=BACK_SECONDS), started - back  # type: ignore[operator]


async def patiently_submit(services: Services, item: Item) -> object:
    """Submit as soon as our own connections are back."""
    async with asyncio.timeout(BACK_SECONDS):
        while True:
            try:
                return (await perform(services, story.OPERATOR, Submit([item], "back"))).job_ids[0]
            except psycopg.OperationalError:
                await asyncio.sleep(0.05)


async def now(url: str) -> object:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        row = await (await connection.execute("SELECT now()")).fetchone()
    assert row is not None
    return row[0]
