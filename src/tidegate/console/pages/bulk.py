"""Retrying many jobs: the preview, the request, and the page that stays as its record."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath
from litestar.response import Redirect

from tidegate.access import policy
from tidegate.console.pages.forms import Form, local_path, many, read_form, read_previewed, whole_number
from tidegate.console.shown import allowed, narrowing, previewed, worked_off
from tidegate.console.shown.chosen import Chosen, read_chosen
from tidegate.console.shown.filters import read_id
from tidegate.console.shown.sentences import say
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.actor import Permission
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import RetryMode
from tidegate.domain.refusals import Conflict, Invalid, Refusal
from tidegate.ledger.bulk import BulkRetry, Verdict
from tidegate.operations import bulk_retry
from tidegate.operations.bulk_retry import RetryMany
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import REASON_LIMIT
from tidegate.web.parameters import WithAsking, WithServices

PAGE_ROWS = 50


async def preview(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show what a retry of the jobs of an address would do."""
    given = request.query_params
    return await _ask(services, viewer, read_chosen(given, given.getall("id", [])), given)


async def retry(request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer) -> Response[str]:
    """Retry what was previewed and no more; a form that is sent twice retries once."""
    form = await read_form(request)
    chosen, key = read_chosen(form, await many(request, "id")), read_id(form.get("key"))
    try:
        seen = read_previewed(form)
        command = RetryMany(chosen.narrowed_at(seen.at), form.get("reason", ""), _mode(form), seen.as_of, seen.expected)
        made: BulkRetry = await perform(services, replace(asking, idempotency_key=str(key) if key else None), command)
    except (Conflict, Invalid) as refusal:
        return await _ask(services, viewer, chosen, form, refusal)
    return Redirect(worked_off.address(made.id), status_code=303)


async def show(request: Request, services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Show what a retry of many came to."""
    verdict, before = _verdict(request), read_id(request.query_params.get("before"))
    context = await _look(services, viewer, id, verdict)
    found = await bulk_retry.list_items(services, viewer.actor, id, verdict=verdict, before=before, limit=PAGE_ROWS + 1)
    return viewer.page(
        "retried.html", **context, items=[worked_off.item(one) for one in found[:PAGE_ROWS]],
        older=worked_off.address(id, verdict, found[PAGE_ROWS - 1].job_id) if len(found) > PAGE_ROWS else "",
        newest=worked_off.address(id, verdict) if before else "", live=worked_off.address(id, verdict, page="/changes"),
    )  # fmt: skip


async def changes(request: Request, services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Send what the page of a retry of many should show now; its rows as they are."""
    shown = [known for part in request.query_params.get("ids", "").split(",") if (known := read_id(part))][:PAGE_ROWS]
    context = await _look(services, viewer, id, _verdict(request))
    found = await bulk_retry.list_items(services, viewer.actor, id, ids=shown, limit=PAGE_ROWS)
    return viewer.page("parts/retried_changes.html", **context, items=[worked_off.item(one) for one in found])


async def list_all(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show the retries of many, newest first."""
    before = read_id(request.query_params.get("before"))
    found = await bulk_retry.list_bulk(services, viewer.actor, before=before, limit=PAGE_ROWS + 1)
    return viewer.page(
        "retries.html", retries=[worked_off.worked_off(one, viewer.clock) for one in found[:PAGE_ROWS]],
        older=f"/ingestion/retries?before={found[PAGE_ROWS - 1].id}" if len(found) > PAGE_ROWS else "",
        newest="/ingestion/retries" if before else "",
    )  # fmt: skip


async def _ask(services: Services, viewer: Viewer, chosen: Chosen, form: Form, refusal: Refusal | None = None) -> Response[str]:
    policy.authorise(viewer.actor, Permission.JOB_READ)
    may, at, mode = allowed.allowed(viewer.actor, Permission.JOB_RETRY), datetime.now(UTC), _mode(form)
    seen, problem = None, refusal
    if may.yes:
        try:
            seen = await bulk_retry.preview(services, viewer.actor, chosen.narrowed_at(at), mode)
        except Invalid as too_many:
            problem = too_many
    shown = previewed.previewed(seen) if seen else None
    return viewer.page(
        "parts/retry_many.html" if viewer.fragment else "retry_many.html",
        status=problem.status if problem else 200,
        may=may, seen=shown, at=at.isoformat(), as_of=seen.as_of.isoformat() if seen else "", key=str(new_id()),
        fields=chosen.fields, words=narrowing.words(chosen.narrowed_at(at), viewer.clock), mode=mode or "",
        back=local_path(form.get("back")), reason=form.get("reason", "")[:REASON_LIMIT], reason_limit=REASON_LIMIT,
        problem=_told(problem, form, shown), new=chosen.under("/ingestion/retries/new", back=local_path(form.get("back"))),
    )  # fmt: skip


def _told(problem: Refusal | None, form: Form, seen: previewed.Previewed | None) -> str:
    """Return a refusal's sentence; of a set that has changed, from what to what."""
    if problem is None:
        return ""
    shown = whole_number(form, "expected")
    if problem.code == "set_changed" and seen and shown is not None:
        return previewed.changed_text(shown, seen.n)
    return say(problem)


async def _look(services: Services, viewer: Viewer, id: UUID, verdict: Verdict | None) -> dict[str, Any]:
    made = await bulk_retry.get(services, viewer.actor, id)
    found = await bulk_retry.outcomes(services, viewer.actor, made)
    return {
        "retry": worked_off.worked_off(made, viewer.clock),
        "tabs": worked_off.tabs(made, verdict),
        "outcomes": worked_off.outcomes(found),
        "too_many": found is None,
        "listed": narrowing.listed(made.narrowed),
    }


def _mode(form: Form) -> RetryMode | None:
    return next((mode for mode in RetryMode if mode.value == form.get("mode")), None)


def _verdict(request: Request) -> Verdict | None:
    return next((verdict for verdict in Verdict if verdict.value == request.query_params.get("verdict")), None)
