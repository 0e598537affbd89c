"""One job: how it stands, what to do, everything that became of it, and the diagnostic behind a failure."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from tidegate.audit.browse import AuditFilter
from tidegate.console.pages.forms import optional, read_form
from tidegate.console.shown import advice, allowed, facts, failing, rows, states, timeline
from tidegate.console.shown.acknowledged import acknowledgement
from tidegate.console.shown.progress import of_job
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.actor import Permission
from tidegate.domain.lifecycle import State
from tidegate.operations import reading
from tidegate.operations.diagnostics import OpenDiagnostic
from tidegate.operations.door import Services, perform
from tidegate.web.parameters import WithAsking, WithServices

ACTS_SHOWN = 200


async def show(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Show a job's page."""
    return viewer.page("job.html", **await look(services, viewer, id))


async def changes(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Send the parts of a job's page that change."""
    return viewer.page("parts/job.html", **await look(services, viewer, id))


async def open_diagnostic(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Open the diagnostic behind a failure; it is shown this once, and that is on record."""
    form = await read_form(request)
    opened = await perform(services, asking, OpenDiagnostic(form.get("reference", ""), optional(form, "reason")))
    return viewer.page("diagnostic.html", diagnostic=opened, created=viewer.clock.at(opened.created_at), job_id=str(id))


async def look(services: Services, viewer: Viewer, id: UUID) -> dict[str, Any]:
    """Read everything about a job and work out what its page says."""
    job = await reading.get_job(services, viewer.actor, id)
    acts = await reading.list_audit_events(services, viewer.actor, AuditFilter(target_id=id), limit=ACTS_SHOWN)
    workers = await reading.list_workers(services, viewer.actor)
    summary, clock = job.summary, viewer.clock
    serving = sum(summary.pipeline in worker.pipelines for worker in workers)
    failure = summary.failure if summary.state is State.FAILED else None
    return {
        "job": summary,
        "id": str(id),
        "mark": states.mark(summary.state),
        "time": rows.time_beside_state(summary, clock),
        "attempt": rows.attempt_text(summary),
        "advice": advice.advise(summary, clock, workers=serving),
        "progress": of_job(summary) if summary.state is State.RUNNING else None,
        "panel": failing.panel(failure, summary.diagnostic_ref) if failure else None,
        "entries": timeline.timeline(job, acts.events, clock),
        "facts": facts.of_job(summary, clock),
        "outputs": facts.of_document(job.document),
        "document": job.document,
        "retry": allowed.retry(viewer.actor, summary),
        "cancel": allowed.cancel(viewer.actor, summary),
        "acknowledge": allowed.acknowledge(viewer.actor, summary),
        "acknowledged": acknowledgement(summary, viewer.actor, clock),
        "over": summary.state.is_terminal,
        "content": allowed.allowed(viewer.actor, Permission.CONTENT_READ),
        "diagnosing": allowed.allowed(viewer.actor, Permission.DIAGNOSTIC_OPEN),
        "live": f"/ingestion/jobs/{id}/changes",
        "watch": str(id),
    }
