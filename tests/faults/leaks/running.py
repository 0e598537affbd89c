"""Real processes: two of the server, two workers, each pair at another level of logging."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from tests import processes, story
from tests.faults.leaks import surfaces
from tests.faults.leaks.scanner import Exhibit
from tests.faults.leaks.scene import Scene, environment, strange_headers
from tidegate.domain.lifecycle import State
from tidegate.ledger.views import JobFilter
from tidegate.operations import reading
from tidegate.web.who import cookie_name

SETTLE_SECONDS = 60.0


async def processes_at_work(scene: Scene) -> list[Exhibit]:
    """Let real workers run what is waiting while real servers show it, and return what all of them print and stream."""
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(process(scene, level, "serve", "--port", "0")) for level in ("debug", "info")]
        streams = [asyncio.create_task(visit(scene, server)) for server in servers]
        workers = [await stack.enter_async_context(process(scene, level, "work")) for level in ("debug", "info")]
        await settled(scene)
        exhibits = [exhibit for stream in streams for exhibit in await stream]
        for running in (*workers, *servers):
            running.process.send_signal(signal.SIGTERM)
        for running in (*workers, *servers):
            await asyncio.wait_for(running.process.wait(), 30)
            exhibits.append(Exhibit(f"log of {running.name}", running.printed.read_bytes()))
    return exhibits


@dataclass(frozen=True)
class Running:
    """A process of the program and the file that it prints to."""

    name: str
    process: processes.Process
    printed: Path

    async def address(self) -> str:
        """Return where a server is, as it says itself."""
        async with asyncio.timeout(30):
            while not (found := re.search(r" is at (http://[\d.:]+)", self.printed.read_text())):
                await asyncio.sleep(0.05)
        return found[1]


@asynccontextmanager
async def process(scene: Scene, level: str, *words: str) -> AsyncIterator[Running]:
    """Run a command with secrets in its environment."""
    here, settings = scene.inbox.parent / f"{words[0]}-{level}.log", scene.services.settings
    known = processes.environment(
        settings, log_level=level, storage_url=settings.storage_url, pipelines="tests.faults.leaks.registration",
        folder_roots=str(scene.inbox), allowed_hosts="127.0.0.1",
    )  # fmt: skip
    paths = os.pathsep.join([str(Path(__file__).parents[3]), *filter(None, [os.environ.get("PYTHONPATH")])])
    with here.open("wb") as file:
        started = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tidegate", *words, stdout=file, stderr=file, start_new_session=True,
            env=known | environment(scene.canaries, settings.database_url) | {"PYTHONPATH": paths},
        )  # fmt: skip
    try:
        yield Running(f"{words[0]} at {level}", started, here)
    finally:
        if started.returncode is None:
            os.killpg(started.pid, signal.SIGKILL)
            await started.wait()


async def visit(scene: Scene, server: Running) -> list[Exhibit]:
    """Follow a server's live stream for a while, sign in rightly and wrongly, and send it what is no HTTP."""
    url, exhibits = await server.address(), []
    secret = scene.readers["viewer"]["Cookie"].partition("=")[2]
    cookie = f"{cookie_name(replace(scene.services.settings, public_url=url))}={secret}"
    async with httpx.AsyncClient(base_url=url, headers=strange_headers(scene.canaries)) as http:
        for place in ("right password", "wrong password"):
            answer = await http.post("/api/sessions", json={"login": "has.password", "password": scene.canaries[place]})
            exhibits.append(surfaces.exhibit_of(f"page [signing in] {place}", answer))
        http.cookies.clear()
        async with http.stream("GET", "/api/ingestion/stream", headers={"Cookie": cookie}, timeout=3) as stream:
            assert stream.status_code == 200
            exhibits.append(Exhibit(f"stream of {server.name}", b"".join([part async for part in beginning(stream)])))
    reading, writing = await asyncio.open_connection("127.0.0.1", httpx.URL(url).port)
    writing.write(f"GET {scene.canaries['no HTTP']}\x00 \r\n\r\n".encode())
    exhibits.append(Exhibit("page [no HTTP]", await reading.read()))
    writing.close()
    return exhibits


async def beginning(stream: httpx.Response) -> AsyncIterator[bytes]:
    """Yield what a stream sends until it is quiet."""
    try:
        async for part in stream.aiter_raw():
            yield part
    except httpx.ReadTimeout:
        return


async def settled(scene: Scene) -> None:
    """Wait until nothing waits or runs any more."""
    async with asyncio.timeout(SETTLE_SECONDS):
        while True:
            counts = (await reading.count_jobs(scene.services, story.OPERATOR.actor, JobFilter())).states
            if not any(counts[state].n for state in (State.QUEUED, State.RUNNING)):
                return
            await asyncio.sleep(0.2)
