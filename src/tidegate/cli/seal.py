"""`tidegate seal`: the sealer of the audit log."""

from typing import Annotated

from cyclopts import Parameter

from tidegate import settings as configuration
from tidegate import wiring
from tidegate.cli.crew import MARGIN_SECONDS
from tidegate.cli.logs import start_logging
from tidegate.cli.stopping import Stop, run, stop_with


def seal(*, parent: Annotated[int | None, Parameter(show=False)] = None) -> int:
    """Run the sealer of the audit log only.

    It gives each event its place in the tree and signs the tree's head, a few times a second. Several may run; in each
    moment one works.

    Args:
        parent: Process that this one must not outlive.
    """
    settings = configuration.load()
    start_logging(settings)
    if parent is not None:
        stop_with(parent, settings.stop_seconds + MARGIN_SECONDS)

    async def until_stopped(stop: Stop) -> None:
        async with wiring.sealing(settings) as sealer:
            stop.is_started = True
            await sealer.run(stop.asked)

    return run(until_stopped)
