"""The list of jobs, and the part of it that changed."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from litestar import Response

from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext, number
from tidegate.console.shown import allowed, emptiness, failing, notices, rows, tabs
from tidegate.console.shown.filters import ListQuery, read_id, read_query
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.actor import Permission
from tidegate.ledger.views import JobSummary
from tidegate.operations import reading
from tidegate.operations.door import Services
from tidegate.web.parameters import WithServices

PAGE_ROWS = 50


async def show(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show one page of jobs under the filters of the address."""
    query = read_query(request.query_params)
    seen = await look(services, viewer, query)
    batch = await reading.get_batch(services, viewer.actor, query.batch) if query.batch else None
    return viewer.page(
        "ingestion.html",
        **around(viewer, query, seen),
        older=query.older(seen.older) if seen.older else "",
        batch_label=batch.batch.label if batch else "",
        without_batch=replace(query, batch=None, before=None).address,
        cleared=ListQuery(state=query.state).address,
        failures=failing.code_choices(),
        pipelines=services.pipelines,
    )


async def changes(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Send what a list on the screen should show now: tabs, notices, its rows as they are, and how many are new."""
    query = read_query(request.query_params)
    shown = [id for part in request.query_params.get("ids", "").split(",") if (id := read_id(part))][:PAGE_ROWS]
    seen = await look(services, viewer, query)
    there = await reading.get_summaries(services, viewer.actor, shown) if shown else []
    fresh = sum(job.id not in shown for job in seen.jobs)
    return viewer.page("parts/changes.html", **around(viewer, query, replace(seen, jobs=there), fresh=fresh))


@dataclass(frozen=True)
class Seen:
    """What was read for a list."""

    jobs: list[JobSummary]
    older: UUID | None
    tabs: list[tabs.Tab]
    notices: list[notices.Notice]


async def look(services: Services, viewer: Viewer, query: ListQuery) -> Seen:
    """Read what a list shows."""
    page = await reading.list_jobs(services, viewer.actor, query.narrowed, before=query.before, limit=PAGE_ROWS)
    counts = await reading.count_jobs(services, viewer.actor, query.narrowed)
    workers = await reading.list_workers(services, viewer.actor)
    return Seen(
        page.jobs, page.next_before, tabs.tabs(query, counts), notices.notices(viewer.actor, counts, workers, query.pipeline)
    )


def around(viewer: Viewer, query: ListQuery, seen: Seen, *, fresh: int = 0) -> dict[str, Any]:
    """Return what the templates of a list need."""
    narrowed = query.narrowed
    return {
        "query": query,
        "rows": [rows.row(job, viewer.actor, viewer.clock, narrowed) for job in seen.jobs],
        "tabs": seen.tabs,
        "notices": seen.notices,
        "fresh": fresh,
        "fresh_text": fresh_text(fresh),
        "here": query.address,
        "back": query.address,
        "live": query.under("/ingestion/changes"),
        "empty": emptiness.of_list(query, viewer.actor),
        "submit": allowed.allowed(viewer.actor, Permission.JOB_SUBMIT),
    }


def fresh_text(n: int) -> str:
    """Return `12 new, show`; a full page of new rows may hide more."""
    return _("{n} or more new, show").format(n=number(n)) if n >= PAGE_ROWS else ngettext("{n} new, show", "{n} new, show", n)
