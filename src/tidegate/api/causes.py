"""Failures by cause."""

from typing import Annotated

from litestar.params import FromQuery, QueryParameter

from tidegate.operations import causes
from tidegate.operations.causes import Window
from tidegate.web.parameters import WithActor, WithServices

from . import many_shapes, showing_many

WindowChoice = Annotated[Window, QueryParameter(description="How far back, to a full hour.")]


async def list_causes(
    services: WithServices, actor: WithActor, window: WindowChoice = Window.DAY, pipeline: FromQuery[str | None] = None
) -> many_shapes.CauseList:
    """List what failures had in common: code, pipeline, step and source. Each comes with the filter of its unresolved jobs."""
    return showing_many.cause_list(await causes.list_causes(services, actor, window, pipeline=pipeline or None))
