"""`tidegate serve`: the web process alone."""

from tidegate import __version__, wiring
from tidegate import settings as configuration
from tidegate.cli.errors import Failed
from tidegate.cli.logs import start_logging
from tidegate.cli.output import announce
from tidegate.cli.stopping import Stop, run
from tidegate.cli.up import first_admin, show_first_link
from tidegate.cli.web import address, bind, serving


def serve(*, host: str | None = None, port: int | None = None) -> int:
    """Run the console and the API only.

    Documents are read by workers: `tidegate work`, on this machine or on others, with the same database.

    Args:
        host: Address to listen on; TIDEGATE_HOST otherwise.
        port: Port to listen on, 0 for a free one; TIDEGATE_PORT otherwise.
    """
    settings, listening = bind(configuration.load(), host, port)
    start_logging(settings)

    async def until_stopped(stop: Stop) -> None:
        async with wiring.running(settings, name="tidegate serve") as services, serving(services, listening) as web:
            stop.is_started = True
            web.ended.add_done_callback(lambda _: stop.asked.set())
            announce(f"Tidegate {__version__} is at {address(settings)}")
            show_first_link(settings, await first_admin(services))
            await stop.asked.wait()
            if web.ended.done():
                raise Failed("the console ended by itself; the log above tells why")

    return run(until_stopped)
