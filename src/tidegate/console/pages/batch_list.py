"""The list of batches, newest first, and the part of it that changed."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response

from tidegate.console.shown import allowed, batch_rows
from tidegate.console.shown.filters import read_id
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.actor import Permission
from tidegate.ledger.batches import BatchRow
from tidegate.operations.batches import list_batches
from tidegate.web.parameters import WithServices

PAGE_ROWS = 50
HERE = "/ingestion/batches"


async def show(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show one page of batches."""
    before = read_id(request.query_params.get("before"))
    page = await list_batches(services, viewer.actor, before=before, limit=PAGE_ROWS)
    newest = str(page.batches[0].batch.id) if page.batches else ""
    return viewer.page(
        "batches.html",
        **_around(viewer, page.batches),
        before=before,
        older=f"{HERE}?before={page.next_before}" if page.next_before else "",
        live=f"{HERE}/changes?{urlencode({'newest': newest, 'older': '1' if before else ''})}",
        submit=allowed.allowed(viewer.actor, Permission.JOB_SUBMIT),
    )


async def changes(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Send the batches on the screen, which begin at `newest`, as they are now; above the first page, how many are new."""
    newest, is_older = read_id(request.query_params.get("newest")), bool(request.query_params.get("older"))
    latest = await list_batches(services, viewer.actor, limit=PAGE_ROWS)
    fresh = 0 if is_older else sum(newest is None or row.batch.id > newest for row in latest.batches)
    shown = await list_batches(services, viewer.actor, before=_above(newest), limit=PAGE_ROWS) if newest else latest
    return viewer.page("parts/batches_changes.html", **_around(viewer, shown.batches, fresh))


def _above(id: UUID) -> UUID:
    """Return the next id: a page that ends before it begins with this one."""
    return UUID(int=min(id.int + 1, 2**128 - 1))


def _around(viewer: Viewer, found: list[BatchRow], fresh: int = 0) -> dict[str, Any]:
    """Return what the templates of the list need."""
    return {
        "rows": [batch_rows.row(row, viewer.clock) for row in found],
        "fresh": fresh,
        "fresh_text": batch_rows.fresh_text(fresh, PAGE_ROWS),
        "here": HERE,
    }
