"""One job: how it stands, what to do, everything that became of it, and the diagnostic behind a failure."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from tidegate.audit.browse import AuditFilter
from tidegate.console.pages.forms import optional, read_form
from tidegate.console.shown import advice, allowed, facts, failing, recovery, rows, states
from tidegate.console.shown.acknowledged import acknowledgement
from tidegate.console.shown.lifeline import lifeline
from tidegate.console.shown.progress import of_job
from tidegate.console.shown.timeline import timeline
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.actor import Permission
from tidegate.domain.lifecycle import State
from tidegate.ledger.views import Job
from tidegate.operations import reading, sources, standing
from tidegate.operations.diagnostics import OpenDiagnostic
from tidegate.operations.door import Services, perform
from tidegate.sources.source import Origin
from tidegate.web.parameters import WithAsking, WithServices

ACTS_SHOWN = 200

PACE_SECONDS = 5
"""How often the page of a job that has not ended is fetched again: its place in the queue changes without a notice."""


async def show(request: Request, services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Show a job's page; `?attempt=` unfolds one of its older attempts."""
    return viewer.page("job.html", **await look(services, viewer, id, _wanted(request)))


async def changes(request: Request, services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Send the parts of a job's page that change."""
    return viewer.page("parts/job.html", **await look(services, viewer, id, _wanted(request)))


async def open_diagnostic(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Open the diagnostic behind a failure; it is shown this once, and that is on record."""
    form = await read_form(request)
    opened = await perform(services, asking, OpenDiagnostic(form.get("reference", ""), optional(form, "reason")))
    return viewer.page("diagnostic.html", diagnostic=opened, created=viewer.clock.at(opened.created_at), job_id=str(id))


async def look(services: Services, viewer: Viewer, id: UUID, wanted: int | None = None) -> dict[str, Any]:
    """Read everything about a job and work out what its page says."""
    job = await reading.get_job(services, viewer.actor, id)
    acts = await reading.list_audit_events(services, viewer.actor, AuditFilter(target_id=id), limit=ACTS_SHOWN)
    stands = await standing.standing(services, viewer.actor, job)
    changes_at = f"/ingestion/jobs/{id}/changes"
    origin = await sources.origin_of(services, viewer.actor, job.summary.batch_id)
    return {
        **_about(viewer, job, origin),
        "id": str(id),
        "advice": advice.advise(job, stands, acts.events, viewer.clock),
        "recovered": recovery.recovered_by(job),
        "overcome": recovery.overcome(job),
        "lifeline": lifeline(job, viewer.clock),
        "timeline": timeline(job, acts.events, viewer.clock, wanted=wanted),
        "more_acts": acts.next_before is not None,
        "live": f"{changes_at}?attempt={wanted}" if wanted else changes_at,
        "watch": str(id),
        "pace": 0 if job.summary.state.is_terminal else PACE_SECONDS,
    }


def _about(viewer: Viewer, job: Job, origin: Origin | None) -> dict[str, Any]:
    """Return what a job's row and document say, and what this reader may do."""
    summary, clock = job.summary, viewer.clock
    failure = summary.failure if summary.state is State.FAILED else None
    return {
        "job": summary,
        "mark": states.mark(summary.state),
        "time": rows.time_beside_state(summary, clock),
        "attempt": rows.attempt_text(summary),
        "progress": of_job(summary) if summary.state is State.RUNNING else None,
        "panel": failing.panel(failure, summary.diagnostic_ref) if failure else None,
        "facts": facts.of_job(summary, clock, origin),
        "outputs": facts.of_document(job.document, summary),
        "nothing_left": facts.nothing_left(summary),
        "document": job.document,
        "retry": allowed.retry(viewer.actor, summary),
        "cancel": allowed.cancel(viewer.actor, summary),
        "acknowledge": allowed.acknowledge(viewer.actor, summary),
        "acknowledged": acknowledgement(summary, viewer.actor, clock),
        "over": summary.state.is_terminal,
        "content": allowed.allowed(viewer.actor, Permission.CONTENT_READ),
        "diagnosing": allowed.allowed(viewer.actor, Permission.DIAGNOSTIC_OPEN),
    }


def _wanted(request: Request) -> int | None:
    """Return the attempt that an address asks to unfold."""
    text = request.query_params.get("attempt", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None
