"""`tidegate up`: everything in one process tree."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tidegate import __version__, wiring
from tidegate import settings as configuration
from tidegate.access import people
from tidegate.cli.crew import Crew
from tidegate.cli.errors import Failed, WrongUse
from tidegate.cli.logs import start_logging
from tidegate.cli.output import announce, tell
from tidegate.cli.stopping import Stop, run
from tidegate.cli.web import Web, address, bind, serving
from tidegate.domain.actor import Role
from tidegate.domain.refusals import Conflict
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.people import AddPerson, link_address
from tidegate.settings import Settings

FIRST_LOGIN = "admin"
WORKERS_MAX = 64


def up(*, host: str | None = None, port: int | None = None, workers: int = 1) -> int:
    """Run everything: database, console and workers.

    The first start prints a one-time sign-in link for the first administrator. Ctrl-C stops everything in order, a second
    one at once.

    Args:
        host: Address to listen on; TIDEGATE_HOST otherwise.
        port: Port to listen on, 0 for a free one; TIDEGATE_PORT otherwise.
        workers: Worker processes.
    """
    check_workers(workers)
    settings, listening = bind(configuration.load(), host, port)
    start_logging(settings)

    async def serve(stop: Stop) -> None:
        async with everything(settings, listening, workers, stop) as services:
            announce(f"Tidegate {__version__} is at {address(settings)}")
            show_first_link(settings, await first_admin(services))
            announce("Ctrl-C stops it.")
            await stop.asked.wait()

    return run(serve)


def check_workers(count: int) -> None:
    """Raise WrongUse for a number of workers that makes no sense."""
    if not 0 <= count <= WORKERS_MAX:
        raise WrongUse(f"--workers takes 0 to {WORKERS_MAX}")


def show_first_link(settings: Settings, secret: str | None) -> None:
    """Print the first administrator's sign-in link, if there is one to print."""
    if secret is not None:
        announce(f"Sign in for the first time, within a day: {link_address(address(settings), secret)}")


@asynccontextmanager
async def everything(settings: Settings, listening: socket.socket, workers: int, stop: Stop) -> AsyncIterator[Services]:
    """Have database, console and workers run for the length of a block, which ends early when the console does.

    Raises Failed, and what `wiring.running` raises.
    """
    async with wiring.running(settings, name="tidegate up") as services, serving(services, listening) as web:
        crew = Crew(settings, workers)
        stop.is_started = True
        insisting = asyncio.create_task(_insist(stop, web, crew))
        web.ended.add_done_callback(lambda _: stop.asked.set())
        try:
            yield services
            if web.ended.done():
                raise Failed("the console ended by itself; the log above tells why")
        finally:
            tell("tidegate: stopping")
            await asyncio.gather(web.stop(), crew.stop())
            insisting.cancel()


async def _insist(stop: Stop, web: Web, crew: Crew) -> None:
    await stop.insisted.wait()
    web.force()
    crew.kill()


async def first_admin(services: Services) -> str | None:
    """Make the first administrator when there is none, and return the secret of their sign-in link."""
    async with services.pool.connection() as connection:
        if await people.has_admin(connection):
            return None
    try:
        added = await perform(services, Asking(wiring.operator()), AddPerson(FIRST_LOGIN, "Administrator", Role.ADMIN))
    except Conflict:
        return None  # another process was first
    return added.link_secret
