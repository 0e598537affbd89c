"""The whole web application: in this process for most tests, behind a real server for streams and browsers."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from tests.acceptance.chromium import SHARED
from tests.visitors import Visitor, transport_to, visiting
from tidegate import wiring
from tidegate.api.routes import HANDLERS
from tidegate.domain.actor import Role
from tidegate.operations.door import Services
from tidegate.settings import Settings
from tidegate.web.app import build
from tidegate.web.server import Server

ADDRESS = "https://tidegate.test"
LARGEST = 1024 * 1024

ClientAs = Callable[[Role], Awaitable[Visitor]]


@dataclass(frozen=True)
class LiveServer:
    """A running server: its address, the services behind it, and the server itself, to be told to stop."""

    url: str
    services: Services
    server: Server
    task: "asyncio.Task[None]"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """The one folder that may be ingested from."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder.resolve()


@pytest.fixture
def settings(settings: Settings, inbox: Path) -> Settings:
    """Settings of a server behind https with a small limit on files."""
    return replace(settings, public_url=ADDRESS, max_file_bytes=LARGEST, folder_roots=(inbox,))


@pytest.fixture
def application(services: Services) -> Litestar:
    """The API and the console over this test's database."""
    return wiring.asgi(services)


@pytest.fixture
async def nobody(application: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is not signed in."""
    async with httpx.AsyncClient(transport=transport_to(application), base_url=ADDRESS) as client:
        yield client


@pytest.fixture
async def client_as(services: Services, nobody: httpx.AsyncClient) -> AsyncIterator[ClientAs]:
    """Return a function that signs in a new person of a role."""
    async with AsyncExitStack() as stack:
        yield lambda role: stack.enter_async_context(visiting(services, nobody, role))


@pytest.fixture
async def viewer(client_as: ClientAs) -> Visitor:
    return await client_as(Role.VIEWER)


@pytest.fixture
async def power_user(client_as: ClientAs) -> Visitor:
    return await client_as(Role.POWER_USER)


@pytest.fixture
async def admin(client_as: ClientAs) -> Visitor:
    return await client_as(Role.ADMIN)


@pytest.fixture(scope="session", autouse=True)
async def shared_browser() -> AsyncIterator[None]:
    """End the browser that the tests of this process share, if any of them started it."""
    yield
    await SHARED.close()


@pytest.fixture
async def live_server(services: Services) -> AsyncIterator[LiveServer]:
    """A real server on a free port of this machine, reached by plain http."""
    async with serving(services, wiring.asgi) as server:
        yield server


@pytest.fixture
async def live_api(services: Services) -> AsyncIterator[LiveServer]:
    """As `live_server`, without the console."""
    async with serving(services, lambda here: build(here, HANDLERS)) as server:
        yield server


@asynccontextmanager
async def serving(services: Services, make: Callable[[Services], Litestar]) -> AsyncIterator[LiveServer]:
    """Serve an application over these services on a free port as long as the block lasts."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        here = replace(services, settings=replace(services.settings, public_url=url))
        server = Server(make(here), here.settings)
        task = asyncio.create_task(server._serve(sockets=[listener]))
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        try:
            yield LiveServer(url, here, server, task)
        finally:
            server.should_exit = True
            await task
