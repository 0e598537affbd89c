"""Acknowledging failures, one or many, and taking it back: forms that stand by themselves or in a dialog."""

from datetime import UTC, datetime
from uuid import UUID

from litestar import Response
from litestar.params import FromPath
from litestar.response import Redirect

from tidegate.access import policy
from tidegate.console.flash import flash_cookie, read_flash
from tidegate.console.pages.forms import Form, local_path, many, optional, read_form, read_previewed, whole_number
from tidegate.console.shown import allowed, narrowing, states
from tidegate.console.shown.chosen import Chosen, read_chosen
from tidegate.console.shown.sentences import say
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.actor import Permission
from tidegate.domain.refusals import Conflict, Invalid, Refusal
from tidegate.operations import acknowledging, reading
from tidegate.operations.acknowledging import Acknowledge, AcknowledgeMany, Unacknowledge
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.jobs import REASON_LIMIT
from tidegate.web.parameters import WithAsking, WithServices

# One job. ----------------------------------------------------------------------------------------------------------


async def ask_acknowledge(request: Request, services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask why a failure may stay as it is."""
    return await _ask(services, viewer, id, "acknowledge", _back(request.query_params.get("back"), id))


async def ask_unacknowledge(request: Request, services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask whether to take an acknowledgement back."""
    return await _ask(services, viewer, id, "unacknowledge", _back(request.query_params.get("back"), id))


async def acknowledge(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Acknowledge a job's failure."""
    form = await read_form(request)
    command = Acknowledge(id, form.get("reason", ""), whole_number(form, "version"))
    return await _act(services, asking, viewer, command, form)


async def unacknowledge(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Take an acknowledgement back; what offers this as 'Undo' sends nothing with it."""
    form = await read_form(request)
    command = Unacknowledge(id, optional(form, "reason"), whole_number(form, "version"))
    return await _act(services, asking, viewer, command, form)


async def _act(
    services: Services, asking: Asking, viewer: Viewer, command: Acknowledge | Unacknowledge, form: Form
) -> Response[str]:
    back, act = _back(form.get("back"), command.job_id), "acknowledge" if isinstance(command, Acknowledge) else "unacknowledge"
    try:
        done: acknowledging.Acknowledged = await perform(services, asking, command)
    except (Conflict, Invalid) as refusal:
        return await _ask(services, viewer, command.job_id, act, back, form, refusal)
    return _done(viewer, back, f"{act}d", done.job_id if done.acknowledged else done.audit_event_id)


async def _ask(
    services: Services, viewer: Viewer, id: UUID, act: str, back: str, form: Form | None = None, refusal: Refusal | None = None
) -> Response[str]:
    job = (await reading.get_job(services, viewer.actor, id)).summary
    return viewer.page(
        "parts/acknowledge.html" if viewer.fragment else "acknowledge.html",
        status=refusal.status if refusal else 200,
        job=job, failure=say(job.failure) if job.failure else "", id=str(id), act=act, back=back, mark=states.mark(job.state),
        may=allowed.acknowledge(viewer.actor, job) if act == "acknowledge" else allowed.unacknowledge(viewer.actor, job),
        reason=(form or {}).get("reason", ""), problem=say(refusal) if refusal else "", reason_limit=REASON_LIMIT,
    )  # fmt: skip


# Many. -------------------------------------------------------------------------------------------------------------


async def ask_many(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Say how many failures are unresolved, and ask why they may stay as they are."""
    given = request.query_params
    return await _ask_many(services, viewer, read_chosen(given, given.getall("id", [])), given)


async def acknowledge_many(request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer) -> Response[str]:
    """Acknowledge what was shown, and no more."""
    form = await read_form(request)
    chosen = read_chosen(form, await many(request, "id"))
    try:
        seen = read_previewed(form)
        command = AcknowledgeMany(chosen.narrowed_at(seen.at), form.get("reason", ""), seen.expected, seen.as_of)
        done: acknowledging.AcknowledgedMany = await perform(services, asking, command)
    except (Conflict, Invalid) as refusal:
        return await _ask_many(services, viewer, chosen, form, refusal)
    return _done(viewer, local_path(form.get("back")), "acknowledged-many", done.audit_event_id, done.jobs)


async def _ask_many(
    services: Services, viewer: Viewer, chosen: Chosen, form: Form, refusal: Refusal | None = None
) -> Response[str]:
    policy.authorise(viewer.actor, Permission.JOB_READ)
    may, at = allowed.allowed(viewer.actor, Permission.JOB_ACKNOWLEDGE), datetime.now(UTC)
    seen, problem = None, refusal
    if may.yes:
        try:
            seen = await acknowledging.preview(services, viewer.actor, chosen.narrowed_at(at))
        except Invalid as too_many:
            problem = too_many
    return viewer.page(
        "parts/acknowledge_many.html" if viewer.fragment else "acknowledge_many.html",
        status=problem.status if problem else 200,
        may=may, seen=seen, at=at.isoformat(), as_of=seen.as_of.isoformat() if seen else "", fields=chosen.fields,
        words=narrowing.words(chosen.narrowed_at(at), viewer.clock), back=local_path(form.get("back")),
        reason=form.get("reason", "")[:REASON_LIMIT], problem=say(problem) if problem else "", reason_limit=REASON_LIMIT,
    )  # fmt: skip


def _done(viewer: Viewer, back: str, word: str, id: UUID, n: int = 0) -> Response[str]:
    cookie = flash_cookie(word, id, n)
    if viewer.fragment:
        return viewer.page("parts/toast.html", flash=read_flash(cookie.value))
    return Redirect(back, status_code=303, cookies=[cookie])


def _back(text: str | None, id: UUID) -> str:
    return local_path(text, f"/ingestion/jobs/{id}")
