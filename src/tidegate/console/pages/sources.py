"""The sources that are looked through on a schedule: all of them, one with the history of its scans, and what is done to them."""

from uuid import UUID

from litestar import Response
from litestar.params import FromPath
from litestar.response import Redirect

from tidegate.access import policy
from tidegate.console.flash import flash_cookie
from tidegate.console.pages.forms import Form, optional, read_form, whole_number
from tidegate.console.shown import allowed
from tidegate.console.shown import sources as shown
from tidegate.console.shown.filters import read_id
from tidegate.console.shown.sentences import say
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.actor import Permission
from tidegate.domain.refusals import Conflict, Invalid, Refusal
from tidegate.operations import sources
from tidegate.operations.door import Services, perform
from tidegate.operations.sources import ChangeSource, CreateSource
from tidegate.sources.source import Terms
from tidegate.web.parameters import WithAsking, WithServices

PAGE = 30
HERE = "/ingestion/sources"
TEXTS = ("name", "address", "endpoint", "pipeline", "pattern", "credential", "host_key")
FIELDS = (*TEXTS, "every", "reason", "recursive", "paused")
FIRST = {"pipeline": "documents", "every": "1", "unit": "3600", "recursive": "on"}


async def show(services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show every source."""
    found = await sources.list_sources(services, viewer.actor)
    return viewer.page(
        "sources.html", sources=[shown.line(one, viewer.clock) for one in found],
        manage=allowed.allowed(viewer.actor, Permission.SOURCE_MANAGE),
    )  # fmt: skip


async def show_one(request: Request, services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Show a source and one page of its scans, newest first."""
    source = await sources.get_source(services, viewer.actor, id)
    before = read_id(request.query_params.get("before"))
    found = await sources.list_scans(services, viewer.actor, id, before=before, limit=PAGE)
    return viewer.page(
        "source.html",
        source=shown.line(source, viewer.clock),
        scans=[shown.scan_line(scan, viewer.clock) for scan in found],
        first=before is None,
        next=str(found[-1].id) if len(found) == PAGE else "",
        manage=allowed.allowed(viewer.actor, Permission.SOURCE_MANAGE),
        scan=shown.may_scan(viewer.actor, source),
    )


async def ask_new(services: WithServices, viewer: WithViewer) -> Response[str]:
    """Ask what the new source shall be."""
    policy.authorise(viewer.actor, Permission.SOURCE_MANAGE)
    return _ask(services, viewer, FIRST)


async def add(request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer) -> Response[str]:
    """Make a source and show it."""
    form = await read_form(request)
    try:
        done = await perform(services, asking, CreateSource(_terms(form), optional(form, "reason")))
    except (Conflict, Invalid) as refusal:
        return _ask(services, viewer, form, refusal=refusal)
    return _done("source", done.id, done.audit_event_id)


async def ask_change(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask what shall be different."""
    policy.authorise(viewer.actor, Permission.SOURCE_MANAGE)
    return _ask(services, viewer, _form(await sources.get_source(services, viewer.actor, id)), id)


async def change(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Give a source other terms."""
    form = await read_form(request)
    try:
        done = await perform(services, asking, ChangeSource(id, _terms(form), optional(form, "reason")))
    except (Conflict, Invalid) as refusal:
        return _ask(services, viewer, form, id, refusal)
    return _done("source", id, done.audit_event_id)


def _terms(form: Form) -> Terms:
    """Return what a form says. Raises Invalid for an interval that is none."""
    every, unit = whole_number(form, "every"), form.get("unit")
    if unit not in shown.UNITS or (every is None and form.get("every")):
        raise Invalid("bad_interval_form", "Say how often as a whole number, or leave it empty.")
    texts = {name: form.get(name, "") for name in TEXTS}
    return Terms(
        **texts, recursive=form.get("recursive") == "on", paused=form.get("paused") == "on",
        every_seconds=None if every is None else every * int(unit),
    )  # fmt: skip


def _form(terms: Terms) -> Form:
    """Return terms as a form brings them, the interval in the largest unit that it is whole in."""
    seconds = terms.every_seconds
    unit = next((unit for unit in reversed(shown.UNITS) if seconds and seconds % int(unit) == 0), "3600")
    ticked = {name: "on" for name in ("recursive", "paused") if getattr(terms, name)}
    every = str(seconds // int(unit)) if seconds else ""
    return {**{name: getattr(terms, name) for name in TEXTS}, **ticked, "every": every, "unit": unit}


def _ask(
    services: Services, viewer: Viewer, given: Form, id: UUID | None = None, refusal: Refusal | None = None
) -> Response[str]:
    return viewer.page(
        "parts/source_form.html" if viewer.fragment else "source_form.html",
        status=refusal.status if refusal else 200,
        id=str(id or ""),
        given={name: given.get(name, "") for name in FIELDS},
        units=shown.unit_choices(given.get("unit", "")),
        pipelines=shown.pipeline_choices(services.pipelines, given.get("pipeline", "")),
        problem=say(refusal) if refusal else "",
    )


def _done(word: str, id: UUID, event_id: UUID) -> Response[str]:
    return Redirect(f"{HERE}/{id}", status_code=303, cookies=[flash_cookie(word, event_id)])
