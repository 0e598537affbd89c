"""The pipelines, for administrators."""

from litestar import Response

from tidegate.console.shown import pipelines as shown
from tidegate.console.shown.moments import duration
from tidegate.console.viewing import WithViewer
from tidegate.operations import pipelines
from tidegate.web.parameters import WithServices


async def show(services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show every pipeline that is registered, served or used."""
    found = await pipelines.list_pipelines(services, viewer.actor)
    lease = duration(services.settings.lease_seconds)
    return viewer.page("pipelines.html", pipelines=shown.cards(found, viewer.clock), lease=lease)
