"""Failures by cause: what a person looks at first, and deals with as one."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from litestar import Response

from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext
from tidegate.console.shown import cause_lines, emptiness
from tidegate.console.shown.filters import ListQuery
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.lifecycle import Attention
from tidegate.operations import causes, pipelines
from tidegate.operations.causes import Causes, Window
from tidegate.operations.door import Services
from tidegate.web.parameters import WithServices


@dataclass(frozen=True)
class CauseQuery:
    """Which causes are looked at: how far back, and of one pipeline or of all."""

    window: Window = Window.DAY
    pipeline: str | None = None

    def under(self, path: str) -> str:
        """Return the address of a page with this query."""
        return f"{path}?{urlencode({name: str(value) for name, value in vars(self).items() if value})}"


async def show(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show the causes of a window."""
    named = await pipelines.list_names(services, viewer.actor)
    return viewer.page("causes.html", **await _look(services, viewer, _read(request)), pipelines=named)


async def changes(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Send what the causes on the screen should say now, and how many are new; those never jump in."""
    shown = set(request.query_params.get("ids", "").split(","))
    context = await _look(services, viewer, _read(request))
    fresh = sum(line.id not in shown for line in context["open"])
    text = ngettext("{n} new cause, show", "{n} new causes, show", fresh)
    return viewer.page("parts/causes_changes.html", **context | {"fresh": fresh, "fresh_text": text})


async def _look(services: Services, viewer: Viewer, query: CauseQuery) -> dict[str, Any]:
    seen = await causes.list_causes(services, viewer.actor, query.window, pipeline=query.pipeline)
    here = query.under("/ingestion/causes")
    lines = cause_lines.lines(seen, viewer.actor, viewer.clock, here)
    return {
        "query": query,
        "open": [line for line in lines if line.n],
        "dealt": [line for line in lines if not line.n],
        "lines": lines,
        "table": cause_lines.table(seen, viewer.clock),
        "since": viewer.clock.at(seen.since) if seen.since else None,
        "total": _total(seen),
        "all_url": ListQuery(attention=Attention.UNRESOLVED, pipeline=query.pipeline, failed=query.window).address,
        "windows": [(window, _(WINDOWS[window]), replace(query, window=window).under("/ingestion/causes")) for window in Window],
        "empty": emptiness.of_causes(query.window, query.pipeline),
        "fresh": 0,
        "fresh_text": "",
        "here": here,
        "live": query.under("/ingestion/causes/changes"),
    }


def _total(seen: Causes) -> str:
    n = sum(cause.unresolved for cause in seen.causes)
    return ngettext("{n} unresolved failure", "{n} unresolved failures", n) if n else ""


def _read(request: Request) -> CauseQuery:
    given = request.query_params
    window = next((window for window in Window if window.value == given.get("window")), Window.DAY)
    return CauseQuery(window, given.get("pipeline", "")[:63] or None)


WINDOWS = {Window.DAY: "24 hours", Window.WEEK: "7 days", Window.MONTH: "30 days", Window.ALL: "All time"}
