"""One batch: how it stands, and its jobs."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from tidegate.console.language import gettext as _
from tidegate.console.pages import ingestion
from tidegate.console.shown import tally
from tidegate.console.shown.filters import ListQuery, read_id
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.operations import reading, sources
from tidegate.operations.door import Services
from tidegate.web.parameters import WithServices


async def show(request: Request, services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Show a batch."""
    query = ListQuery(batch=id, before=read_id(request.query_params.get("before")))
    seen = await ingestion.look(services, viewer, query)
    told = await _told(services, viewer, id)
    context = ingestion.around(viewer, query, seen)
    address = f"/ingestion/batches/{id}"
    places = {"live": f"{address}/changes", "here": address, "back": address}
    return viewer.page("batch.html", **{**context, **told, **places}, older=query.older(seen.older) if seen.older else "")


async def changes(request: Request, services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Send what a batch on the screen should show now."""
    shown = [known for part in request.query_params.get("ids", "").split(",") if (known := read_id(part))][: ingestion.PAGE_ROWS]
    query = ListQuery(batch=id)
    seen = await ingestion.look(services, viewer, query)
    context = ingestion.around(viewer, query, await ingestion.again(services, viewer, query, seen, shown))
    return viewer.page(
        "parts/batch_changes.html", **{**context, **await _told(services, viewer, id), "back": f"/ingestion/batches/{id}"}
    )


async def _told(services: Services, viewer: Viewer, id: UUID) -> dict[str, Any]:
    batch = await reading.get_batch(services, viewer.actor, id)
    created = viewer.clock.since(batch.batch.created_at, _("{} ago"))
    origin = await sources.origin_of(services, viewer.actor, id)
    return {"batch": batch.batch, "tally": tally.tally(batch), "created": created, "origin": origin}
