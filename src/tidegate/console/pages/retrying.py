"""Retrying and cancelling: a form that stands by itself or in a dialog, and what becomes of it."""

from uuid import UUID

from litestar import Response
from litestar.params import FromPath
from litestar.response import Redirect

from tidegate.console.flash import flash_cookie, read_flash
from tidegate.console.pages.forms import Form, local_path, optional, read_form, whole_number
from tidegate.console.shown import allowed, states
from tidegate.console.shown.sentences import say
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.lifecycle import RetryMode
from tidegate.domain.refusals import Conflict, Invalid, Refusal
from tidegate.operations import reading
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.jobs import REASON_LIMIT, Cancel, Cancelled, Retried, Retry, suggested_mode
from tidegate.web.parameters import WithAsking, WithServices


async def ask_retry(request: Request, services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask how and why to retry."""
    return await _ask(services, viewer, id, "retry", local_path(request.query_params.get("back"), f"/ingestion/jobs/{id}"))


async def ask_cancel(request: Request, services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask whether and why to cancel."""
    return await _ask(services, viewer, id, "cancel", local_path(request.query_params.get("back"), f"/ingestion/jobs/{id}"))


async def retry(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Retry a job."""
    form = await read_form(request)
    mode = RetryMode(form["mode"]) if form.get("mode") in {mode.value for mode in RetryMode} else None
    return await _act(services, asking, viewer, Retry(id, mode, optional(form, "reason"), whole_number(form, "version")), form)


async def cancel(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Cancel a job."""
    form = await read_form(request)
    return await _act(services, asking, viewer, Cancel(id, optional(form, "reason"), whole_number(form, "version")), form)


async def _act(services: Services, asking: Asking, viewer: Viewer, command: Retry | Cancel, form: Form) -> Response[str]:
    back = local_path(form.get("back"), f"/ingestion/jobs/{command.job_id}")
    act = "retry" if isinstance(command, Retry) else "cancel"
    try:
        done: Retried | Cancelled = await perform(services, asking, command)
    except (Conflict, Invalid) as refusal:
        return await _ask(services, viewer, command.job_id, act, back, refusal)
    cookie = flash_cookie("retried" if act == "retry" else "cancelled", done.audit_event_id, done.attempt_no)
    if viewer.fragment:
        return viewer.page("parts/toast.html", flash=read_flash(cookie.value))
    return Redirect(back, status_code=303, cookies=[cookie])


async def _ask(
    services: Services, viewer: Viewer, id: UUID, act: str, back: str, refusal: Refusal | None = None
) -> Response[str]:
    job = (await reading.get_job(services, viewer.actor, id)).summary
    may = allowed.retry(viewer.actor, job) if act == "retry" else allowed.cancel(viewer.actor, job)
    return viewer.page(
        "parts/ask.html" if viewer.fragment else "ask.html",
        status=refusal.status if refusal else 200,
        job=job, id=str(id), act=act, back=back, may=may, mark=states.mark(job.state),
        failure=say(job.failure) if job.failure else "", problem=say(refusal) if refusal else "", reason_limit=REASON_LIMIT,
        from_start=job.failure_code is not None and suggested_mode(job.failure_code) is RetryMode.RESTART,
    )  # fmt: skip
