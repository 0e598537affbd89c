"""How other systems are asked to run a job again, for administrators. A system is named in the address's query: it has no id."""

from functools import partial

from litestar import Response
from litestar.response import Redirect

from tidegate.access import policy
from tidegate.console.flash import flash_cookie
from tidegate.console.pages.forms import Form, optional, read_form
from tidegate.console.pages.questions import Answer, carry_out, show_question
from tidegate.console.shown import systems as shown
from tidegate.console.shown.asking import Question
from tidegate.console.shown.sentences import say
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.actor import Permission
from tidegate.domain.refusals import Conflict, Invalid, NotFound, Refusal
from tidegate.ledger.rerun_calls import System
from tidegate.operations.door import Services, perform
from tidegate.operations.external import systems
from tidegate.operations.external.systems import RemoveSystem, SetSystem, SystemSet
from tidegate.outbound.secrets import is_reference
from tidegate.web.parameters import WithAsking, WithServices

FIELDS = ("namespace", "url", "secret", "reason")


async def show(services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show every system that can be asked."""
    found = await systems.list_systems(services, viewer.actor)
    return viewer.page("systems.html", systems=[shown.line(system, viewer.clock) for system in found])


async def ask_new(viewer: WithViewer) -> Response[str]:
    """Ask how the new system shall be asked."""
    policy.authorise(viewer.actor, Permission.LINEAGE_MANAGE)
    return _ask(viewer, {})


async def add(request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer) -> Response[str]:
    """Write down how a system is asked. One that is known already is changed, as over the API."""
    form = await read_form(request)
    try:
        done = await perform(services, asking, _command(form, form.get("url", "")))
    except (Conflict, Invalid) as refusal:
        return _ask(viewer, form, refusal=refusal)
    return _done("system", done)


async def ask_change(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Ask how a known system shall be asked from now on; its address is not shown."""
    known = await _known(services, viewer, request.query_params.get("namespace", ""))
    return _ask(viewer, {"secret": known.secret_ref or ""}, known)


async def change(request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer) -> Response[str]:
    """Ask a known system otherwise; without an address by the one that it has."""
    form = await read_form(request)
    try:
        done = await perform(services, asking, _command(form, optional(form, "url")))
    except (Conflict, Invalid) as refusal:
        return _ask(viewer, form, await _known(services, viewer, form.get("namespace", "")), refusal)
    return _done("system", done)


async def ask_removal(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Ask whether to forget how a system is asked."""
    return show_question(viewer, await _removal(services, viewer, request.query_params.get("namespace", "")))


async def remove(request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer) -> Response[str]:
    """Forget how a system is asked."""
    form = await read_form(request)
    namespace = form.get("namespace", "")
    command, ask = RemoveSystem(namespace, optional(form, "reason")), partial(_removal, services, viewer, namespace)
    return await carry_out(services, viewer, asking, command, Answer("system-removed", shown.PAGE, form), ask)


async def _removal(services: Services, viewer: Viewer, namespace: str) -> Question:
    return shown.removal(await _known(services, viewer, namespace))


async def _known(services: Services, viewer: Viewer, namespace: str) -> System:
    """Return a system by its namespace. Raises Forbidden, NotFound."""
    for system in await systems.list_systems(services, viewer.actor):
        if system.namespace == namespace:
            return system
    raise NotFound("system_not_found", "There is no such system.")


def _command(form: Form, url: str | None) -> SetSystem:
    return SetSystem(form.get("namespace", ""), url, form.get("secret", ""), optional(form, "reason"))


def _ask(viewer: Viewer, given: Form, known: System | None = None, refusal: Refusal | None = None) -> Response[str]:
    """Ask, with what was given; what is no reference may be a secret itself, and does not come back."""
    shown_again = {name: given.get(name, "") for name in FIELDS}
    if not is_reference(shown_again["secret"]):
        shown_again["secret"] = ""
    return viewer.page(
        "parts/system_form.html" if viewer.fragment else "system_form.html",
        status=refusal.status if refusal else 200,
        namespace=known.namespace if known else "",
        host=shown.host_of(known.url) if known else "",
        given=shown_again,
        problem=say(refusal) if refusal else "",
    )


def _done(word: str, done: SystemSet) -> Response[str]:
    return Redirect(shown.PAGE, status_code=303, cookies=[flash_cookie(word, done.audit_event_id)])
