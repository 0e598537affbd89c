"""The list of jobs, and the part of it that changed."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response

from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext, number
from tidegate.console.shown import allowed, choices, emptiness, failing, notices, picking, rows, tabs
from tidegate.console.shown.filters import ListQuery, read_id, read_query
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.actor import Permission
from tidegate.domain.lifecycle import State
from tidegate.ledger.views import Counts, JobSummary, Worker
from tidegate.operations import pipelines, reading
from tidegate.operations.door import Services
from tidegate.pipeline import registry
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
        **choosing(services, query, await pipelines.list_names(services, viewer.actor)),
        older=query.older(seen.older) if seen.older else "",
        chips=choices.chips(query, batch.batch.label if batch else ""),
    )


async def changes(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Send what a list on the screen should show now: tabs, notices, its rows as they are, and how many are new."""
    query = read_query(request.query_params)
    shown = [id for part in request.query_params.get("ids", "").split(",") if (id := read_id(part))][:PAGE_ROWS]
    seen = await look(services, viewer, query)
    now = await again(services, viewer, query, seen, shown)
    return viewer.page("parts/changes.html", **around(viewer, query, now, fresh=fresh_of(seen.jobs, shown)))


@dataclass(frozen=True)
class Seen:
    """What was read for a list; of its jobs, those in `left` no longer belong to it."""

    jobs: list[JobSummary]
    older: UUID | None
    counts: Counts
    notices: list[notices.Notice]
    workers: list[Worker]
    left: frozenset[UUID] = frozenset()


async def look(services: Services, viewer: Viewer, query: ListQuery) -> Seen:
    """Read what a list shows."""
    page, counts = await reading.look_at_jobs(services, viewer.actor, query.narrowed, before=query.before, limit=PAGE_ROWS)
    workers = await reading.list_workers(services, viewer.actor)
    waiting = await stranded(services, viewer, query, workers)
    return Seen(page.jobs, page.next_before, counts, notices.notices(viewer.actor, counts, waiting), workers)


async def again(services: Services, viewer: Viewer, query: ListQuery, seen: Seen, shown: list[UUID]) -> Seen:
    """Return the same list with the rows that are on the screen, as they are now."""
    if not shown:
        return replace(seen, jobs=[])
    there = await reading.get_summaries(services, viewer.actor, shown)
    these = msgspec.structs.replace(query.narrowed, ids=tuple(shown))
    still = await reading.list_jobs(services, viewer.actor, these, limit=PAGE_ROWS)
    return replace(seen, jobs=there, left=frozenset(job.id for job in there) - {job.id for job in still.jobs})


async def stranded(services: Services, viewer: Viewer, query: ListQuery, workers: list[Worker]) -> dict[str, int]:
    """Return how many jobs of the list wait for pipelines that no living worker serves; a query more for each such pipeline."""
    waiting = {}
    ours = query.pipeline is None or not await pipelines.is_external(services, viewer.actor, query.pipeline)
    for name in ([query.pipeline] if query.pipeline else services.pipelines) if ours else ():
        if not any(name in worker.pipelines for worker in workers):
            theirs = msgspec.structs.replace(query.narrowed, pipeline=name)
            waiting[name] = (await reading.count_jobs(services, viewer.actor, theirs)).states[State.QUEUED].n
    return waiting


def around(viewer: Viewer, query: ListQuery, seen: Seen, *, fresh: int = 0) -> dict[str, Any]:
    """Return what the templates of a list need."""
    return {
        "query": query,
        "rows": [rows.row(job, viewer.actor, viewer.clock, seen.workers, here=job.id not in seen.left) for job in seen.jobs],
        "tabs": tabs.tabs(query, seen.counts),
        "parts": tabs.parts(query, seen.counts),
        "picking": picking.picking(query, seen.counts, viewer.actor),
        "notices": seen.notices,
        "fresh": fresh,
        "fresh_text": fresh_text(fresh),
        "here": query.address,
        "back": query.address,
        "live": query.under("/ingestion/changes"),
        "empty": emptiness.of_list(query, viewer.actor),
        "submit": allowed.allowed(viewer.actor, Permission.JOB_SUBMIT),
    }


def choosing(services: Services, query: ListQuery, named: list[str]) -> dict[str, Any]:
    """Return what the filters of a list offer; `named` are the pipelines, other systems' among them."""
    names = [query.pipeline] if query.pipeline in services.pipelines else services.pipelines
    return {
        "pipelines": named if query.pipeline is None or query.pipeline in named else [*named, query.pipeline],
        "failures": failing.code_choices(query.failure),
        "sources": choices.sources(),
        "steps": choices.steps(query, [step.name for name in names for step in registry.get(name).steps]),
        "submitted": choices.submitted(),
        "failed": choices.failed(),
    }


def fresh_of(jobs: list[JobSummary], shown: list[UUID]) -> int:
    """Return how many of a list's newest jobs are not on the screen; what moved up from the next page is not new."""
    oldest = min(shown) if len(shown) == PAGE_ROWS else UUID(int=0)
    return sum(job.id not in shown and job.id > oldest for job in jobs)


def fresh_text(n: int) -> str:
    """Return `12 new, show`; a full page of new rows may hide more."""
    return _("{n} or more new, show").format(n=number(n)) if n >= PAGE_ROWS else ngettext("{n} new, show", "{n} new, show", n)
