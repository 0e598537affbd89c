"""The pulse: how the work goes, in charts that are drawn here and tables that say the same."""

from typing import Any

from litestar import Response

from tidegate.console.language import gettext as _
from tidegate.console.shown import emptiness, notices, pulse, pulse_charts, windows
from tidegate.console.shown.emptiness import Empty
from tidegate.console.shown.filters import ListQuery
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.windows import Window
from tidegate.ledger.views import JobFilter
from tidegate.operations import reading
from tidegate.operations.door import Services
from tidegate.operations.pulse import Pulse, get_pulse
from tidegate.web.parameters import WithServices

PAUSES = {Window.HOUR: 3000, Window.DAY: 5000, Window.WEEK: 10_000, Window.MONTH: 30_000}
"""Milliseconds that the page leaves between two looks, however much happens: long windows change slowly and cost more."""


async def show(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show the pulse of a window, of all pipelines or one."""
    window, pipeline = _asked(request)
    context = await look(services, viewer, window, pipeline)
    return viewer.page(
        "pulse.html",
        **context,
        windows=windows.choices(window, pipeline),
        window=window.value,
        pipeline=pipeline,
        pipelines=sorted({*services.pipelines, *(row.name for row in context["rows"])}),
        live=windows.address(window, pipeline, "/ingestion/pulse/changes"),
        pause=PAUSES[window],
    )


async def changes(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Send the parts of the page that change."""
    return viewer.page("parts/pulse.html", **await look(services, viewer, *_asked(request)))


async def look(services: Services, viewer: Viewer, window: Window, pipeline: str | None) -> dict[str, Any]:
    """Read the pulse and work out what the page says."""
    found = await get_pulse(services, viewer.actor, window, pipeline=pipeline, zone=viewer.clock.zone)
    return {
        "notices": _notices(found, pipeline),
        "gauges": pulse.gauges(found, pipeline, viewer.clock),
        "charts": pulse_charts.of_pulse(found, viewer.clock),
        "empty": None if found.total.ended or found.total.wait else await _empty(services, viewer, found, pipeline),
        "rows": pulse.pipelines(found, viewer.clock),
        "workers": pulse.workers(found, viewer.clock),
    }


def _asked(request: Request) -> tuple[Window, str | None]:
    given = request.query_params
    return windows.read_window(given.get("window")), given.get("pipeline") or None


def _notices(found: Pulse, pipeline: str | None) -> list[notices.Notice]:
    waiting = sum(figures.waiting.n for figures in found.pipelines if figures.waiting)
    return [notices.no_worker(waiting, pipeline)] if waiting and not found.workers else []


async def _empty(services: Services, viewer: Viewer, found: Pulse, pipeline: str | None) -> Empty:
    """Return what stands in place of the charts: nothing was ever submitted, or nothing moved in this window."""
    counts = await reading.count_jobs(services, viewer.actor, JobFilter())
    if not any(count.n for count in counts.states.values()):
        return emptiness.of_list(ListQuery(), viewer.actor)
    title = _("No attempt began or ended {past}").format(past=_(windows.MANNERS[found.window].past))
    text = _("Charts appear here as soon as workers begin and end attempts.")
    further = "" if found.window is Window.MONTH else windows.address(Window.MONTH, pipeline)
    return Empty(title, text, "pulse", url=further, link=_("Look at 30 days"))
