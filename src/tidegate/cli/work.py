"""`tidegate work`: one worker."""

from typing import Annotated

from cyclopts import Parameter

from tidegate import settings as configuration
from tidegate import wiring
from tidegate.cli.crew import MARGIN_SECONDS
from tidegate.cli.logs import start_logging
from tidegate.cli.stopping import Stop, run, stop_with
from tidegate.worker.loop import work as work_until


def work(*, parent: Annotated[int | None, Parameter(show=False)] = None) -> int:
    """Run one worker only.

    At SIGTERM or Ctrl-C it finishes what it runs within TIDEGATE_STOP_SECONDS and gives the rest back to the queue.

    Args:
        parent: Process that this one must not outlive.
    """
    settings = configuration.load()
    start_logging(settings)
    if parent is not None:
        stop_with(parent, settings.stop_seconds + MARGIN_SECONDS)

    async def until_stopped(stop: Stop) -> None:
        async with wiring.running(settings, name="tidegate worker") as services:
            stop.is_started = True
            await work_until(services, stop.asked)

    return run(until_stopped)
