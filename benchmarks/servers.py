"""A web server in a process of its own over a ledger, and somebody who is signed in."""

import asyncio
import gc
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import uvicorn
import uvloop
from litestar import Litestar

from tests import story, visitors
from tests.processes import Process, running
from tidegate import wiring
from tidegate.domain.actor import Role
from tidegate.settings import Settings


@dataclass(frozen=True)
class Served:
    """A running server: its process, its settings, and the headers of a power user's browser."""

    process: Process
    settings: Settings
    headers: dict[str, str]
    http: httpx.AsyncClient


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def serve_bare(build: Callable[[str], Litestar]) -> None:
    """Be `python -m benchmarks.… PORT URL`: serve an application on that port of this machine, as the console's server does.

    Its collector of garbage leaves out what was loaded, too: see `web.server`.
    """
    uvloop.install()
    port, url = int(sys.argv[1]), sys.argv[2]
    application = build(url)
    gc.collect()
    gc.freeze()
    uvicorn.run(application, host="127.0.0.1", port=port, http="httptools", ws="none", log_config=None, access_log=False)


@asynccontextmanager
async def served(url: str, home: Path) -> AsyncIterator[Served]:
    """Give a server over a ledger, with a power user signed in by a session. The log stays unsealed: no list asks about it."""
    settings = Settings(home=home, database_url=url, host="127.0.0.1", port=free_port())
    async with wiring.running(settings, name="tidegate bench") as services:
        asking = await story.person(services, Role.POWER_USER)
        headers = visitors.cookies(services, await visitors.session(services, asking))
    async with (
        running(settings, "serve", host=settings.host, port=str(settings.port)) as process,
        httpx.AsyncClient(base_url=settings.base_url, headers=headers, timeout=60) as http,
    ):
        await ready(http, process)
        yield Served(process, replace(settings), headers, http)


async def ready(http: httpx.AsyncClient, process: Process, path: str = "/health/ready") -> None:
    """Wait until a server answers. Raises RuntimeError when it ends instead."""
    while process.returncode is None:
        try:
            if (await http.get(path)).status_code == 200:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.1)
    raise RuntimeError("the server ended before it was ready")
