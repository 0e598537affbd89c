"""Submitting documents: files from the browser, or paths and addresses that the server can reach."""

from litestar import Response
from litestar.response import Redirect

from tidegate.access import policy
from tidegate.console.language import gettext as _
from tidegate.console.pages.forms import optional, read_form
from tidegate.console.shown.sentences import say, size
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.actor import Permission
from tidegate.domain.refusals import Invalid, Refusal, TooLarge
from tidegate.operations import submission
from tidegate.operations.door import Services
from tidegate.operations.jobs import Submitted
from tidegate.operations.submission import Given
from tidegate.web import uploads
from tidegate.web.parameters import WithAsking, WithServices, WithStore

LINES = 10_000


async def show(services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show the forms to submit by."""
    policy.authorise(viewer.actor, Permission.JOB_SUBMIT)
    return _page(services, viewer)


async def submit(request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer) -> Response[str]:
    """Submit paths and addresses, one a line."""
    form = await read_form(request)
    lines = [line.strip() for line in form.get("places", "").splitlines() if line.strip()][:LINES]
    paths = [line for line in lines if line.startswith("/")]
    urls = [line for line in lines if not line.startswith("/")]
    try:
        done = await submission.submit(
            services, asking, Given(paths, urls), pipeline=form.get("pipeline", ""), reason=optional(form, "reason")
        )
    except Invalid as refusal:
        return _page(services, viewer, refusal, places=form.get("places", ""), entry=_entry(refusal, paths, urls))
    return _to_batch(done)


async def upload(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, store: WithStore
) -> Response[str]:
    """Submit uploaded files; a refused upload leaves nothing behind."""
    await submission.check_may_submit(services, asking)
    try:
        async with uploads.received(request, store, services.settings.max_file_bytes) as form:
            pipeline, reason = form.fields.get("pipeline", ""), form.fields.get("reason", "").strip() or None
            done = await submission.submit(services, asking, Given(uploads=form.files), pipeline=pipeline, reason=reason)
    except (Invalid, TooLarge) as refusal:
        return _page(services, viewer, refusal)
    return _to_batch(done)


def _page(
    services: Services, viewer: Viewer, refusal: Refusal | None = None, *, places: str = "", entry: str = ""
) -> Response[str]:
    settings = services.settings
    return viewer.page(
        "parts/problem_line.html" if viewer.fragment else "new.html",
        status=refusal.status if refusal else 200,
        pipelines=services.pipelines,
        problem=say(refusal) if refusal else "",
        entry=entry,
        places=places,
        largest=size(settings.max_file_bytes),
        roots=[str(root) for root in settings.folder_roots],
    )


def _entry(refusal: Refusal, paths: list[str], urls: list[str]) -> str:
    """Return the line that a refusal is about: the reader's own words, given back."""
    entries = {"paths": paths, "urls": urls}.get(str(refusal.facts.get("kind")), [])
    index = refusal.facts.get("index")
    return _("It is about: {entry}").format(entry=entries[index]) if isinstance(index, int) and index < len(entries) else ""


def _to_batch(done: Submitted) -> Response[str]:
    return Redirect(f"/ingestion/batches/{done.batch_id}", status_code=303)
