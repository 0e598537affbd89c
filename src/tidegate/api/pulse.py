"""The pulse: how the work goes."""

from typing import Annotated

from litestar.params import FromQuery, QueryParameter

from tidegate.domain.windows import Window
from tidegate.operations import pulse
from tidegate.web.parameters import WithActor, WithServices

WindowChoice = Annotated[Window, QueryParameter(name="window", description="How far back. Days are those of UTC.")]


async def get_pulse(
    services: WithServices, actor: WithActor, window: WindowChoice = Window.DAY, pipeline: FromQuery[str | None] = None
) -> pulse.Pulse:
    """Show what came of attempts in a window, bar by bar: waits and runs in seconds, what waits now, what each worker does."""
    return await pulse.get_pulse(services, actor, window, pipeline=pipeline or None)
