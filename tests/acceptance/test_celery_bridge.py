"""A Celery application with a real worker on a real Redis, connected as docs/how-to/celery.md says, and retried from here."""

import asyncio
import os
import re
import secrets
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis

from tests import processes, story, visitors
from tests.acceptance.conftest import LiveServer
from tidegate.domain.actor import Permission, Role
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import Origin, State
from tidegate.ledger.views import Job, JobFilter
from tidegate.operations import reading
from tidegate.operations.diagnostics import OpenDiagnostic
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Retry

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "celery.md"
CARD = "4111-1111-1111-1111"
SECONDS = 60.0
TASKS = """
@app.task
def pay(card):
    if not os.path.exists(os.environ["MENDED"]):
        raise ValueError(f"{card} was declined")

@app.task(bind=True, max_retries=1)
def fetch(self):
    if not self.request.retries:
        raise self.retry(countdown=0, exc=OSError("away"))

@app.task
def late():
    raise AssertionError("it has expired")

def send():
    pay.delay(card="4111-1111-1111-1111")
    fetch.delay()
    late.apply_async(expires=-1)
"""


def example() -> str:
    """Return the application on the page, which asks more often here, with tasks."""
    [code] = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return str(code).replace("poll_seconds=10", "poll_seconds=0.2") + TASKS


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[str]:
    """The address of a Redis of this test's own."""
    program = os.environ.get("REDIS_SERVER") or shutil.which("redis-server")
    assert program, "tools/system_packages.sh test installs redis-server"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path))
    async with processes.started(program, *arguments, env=os.environ, cwd=tmp_path) as process, asyncio.timeout(SECONDS):
        with redis.Redis(port=port) as client:
            while not await asyncio.to_thread(answers, client):
                assert process.returncode is None
                await asyncio.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


async def until(services: Services, task: str, state: State) -> Job:
    """Return the only job of a task, once it is in this state."""
    async with asyncio.timeout(SECONDS):
        while True:
            narrowed = JobFilter(pipeline=f"celery://shop/shop.{task}")
            found = (await reading.list_jobs(services, story.OPERATOR.actor, narrowed)).jobs
            if found and found[0].state is state:
                assert len(found) == 1
                return await story.job(services, found[0].id)
            await asyncio.sleep(0.05)


async def test_tasks_are_jobs_and_are_retried_from_here(live_api: LiveServer, broker: str, tmp_path: Path) -> None:
    services, mended = live_api.services, tmp_path / "mended"
    (tmp_path / "shop.py").write_text(example(), encoding="utf-8")
    token = await visitors.token(services, await story.person(services, Role.POWER_USER), Permission.LINEAGE_WRITE)
    environment = {
        **os.environ,
        "BROKER_URL": broker, "JOBS_SERVER": live_api.url, "JOBS_TOKEN": token, "JOBS_SECRET": secrets.token_hex(16),
        "MENDED": str(mended), "PYTHONWARNINGS": "ignore",
    }  # fmt: skip
    send = (sys.executable, "-c", "import shop; shop.send()")
    async with processes.started(*send, env=environment, cwd=tmp_path) as sender:
        assert await sender.wait() == 0
    for task in ("pay", "fetch", "late"):
        await until(services, task, State.QUEUED)

    quiet = ("--pool", "prefork", "-c", "1", "--without-gossip", "--without-mingle", "--without-heartbeat")
    worker = (sys.executable, "-m", "celery", "-A", "shop", "worker", *quiet)
    async with processes.started(*worker, env=environment, cwd=tmp_path):
        paid = (await until(services, "pay", State.FAILED)).summary
        assert (paid.failure_code, paid.attempt_no) == (FailureCode.EXTERNAL_FAILED, 1)
        assert CARD not in repr(await story.job(services, paid.id))
        fetched = await until(services, "fetch", State.SUCCEEDED)
        assert [(one.state, one.origin) for one in fetched.attempts] == [
            (State.SUCCEEDED, Origin.AUTOMATIC), (State.FAILED, Origin.SUBMITTED),
        ]  # fmt: skip
        late = (await until(services, "late", State.FAILED)).summary
        assert late.failure_code == FailureCode.EXTERNAL_ABORTED
        assert paid.diagnostic_ref is not None
        assert f"{CARD} was declined" in (await perform(services, story.OPERATOR, OpenDiagnostic(paid.diagnostic_ref))).detail

        mended.touch()
        await perform(services, story.OPERATOR, Retry(paid.id, reason="mended"))
        again = await until(services, "pay", State.SUCCEEDED)
        assert [(one.state, one.origin, one.reason) for one in again.attempts] == [
            (State.SUCCEEDED, Origin.PERSON, "mended"), (State.FAILED, Origin.SUBMITTED, None),
        ]  # fmt: skip
