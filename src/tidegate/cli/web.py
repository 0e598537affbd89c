"""The web process: the application on a socket that is bound before anything else is started."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

from tidegate import wiring
from tidegate.cli.errors import Failed, WrongUse
from tidegate.operations.door import Services
from tidegate.settings import Settings
from tidegate.web.server import Server

PORT_MAX = 65535
EVERY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not bound to


class _Server(Server):
    """The HTTP server, leaving the signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """See `uvicorn.Server`."""
        yield


class Web:
    """A server at work. `ended` is a task that is done when it stopped, by itself or because it was told to."""

    def __init__(self, services: Services, listening: socket.socket) -> None:
        self._server = _Server(wiring.asgi(services), services.settings)
        self._listening = listening
        self.ended: asyncio.Task[None] = asyncio.create_task(self._serve())

    async def wait_started(self) -> None:
        """Return when requests are answered. Raises Failed."""
        while not self._server.started:
            if self.ended.done():
                await self.ended
                raise Failed("the console did not start")
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """Answer what runs, then end."""
        self._server.should_exit = True
        await asyncio.wait([self.ended])

    def force(self) -> None:
        """Do not wait for what runs."""
        self._server.force_exit = True

    async def _serve(self) -> None:
        try:
            await self._server.serve(sockets=[self._listening])
        except SystemExit:
            raise Failed("the console did not start; the log above tells why") from None


@asynccontextmanager
async def serving(services: Services, listening: socket.socket) -> AsyncIterator[Web]:
    """Serve the application for the length of a block. Raises Failed."""
    web = Web(services, listening)
    try:
        await web.wait_started()
        yield web
    finally:
        await web.stop()


def bind(settings: Settings, host: str | None, port: int | None) -> tuple[Settings, socket.socket]:
    """Take the address, and return the settings as they are with it. Port 0 takes a free one. Raises WrongUse."""
    chosen = replace(settings, host=host if host is not None else settings.host, port=port if port is not None else settings.port)
    if not 0 <= chosen.port <= PORT_MAX:
        raise WrongUse(f"a port is a number up to {PORT_MAX}")
    family = socket.AF_INET6 if ":" in chosen.host else socket.AF_INET
    try:
        listening = socket.create_server((chosen.host, chosen.port), family=family, backlog=1024)
    except OSError as error:
        raise WrongUse(_reason(error, chosen)) from error
    return replace(chosen, port=listening.getsockname()[1]), listening


def address(settings: Settings) -> str:
    """Return where people open the console; a server on all addresses is shown by the one that is always there."""
    if settings.public_url or (settings.host not in EVERY_ADDRESS and ":" not in settings.host):
        return settings.base_url
    host = "127.0.0.1" if settings.host in EVERY_ADDRESS else f"[{settings.host}]"
    return f"http://{host}:{settings.port}"


def _reason(error: OSError, settings: Settings) -> str:
    where = f"port {settings.port} of {settings.host}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is in use by another program; choose another with --port"
    if error.errno == errno.EACCES:
        return f"{where} may not be opened by this user; choose one above 1023 with --port"
    return f"{where} cannot be opened: {error.strerror or 'no such address'}"
