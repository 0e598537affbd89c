"""Everybody who has an account, and adding somebody, for administrators."""

from litestar import Response

from tidegate.access import policy
from tidegate.console.pages.forms import Form, read_form
from tidegate.console.shown import accounts as shown
from tidegate.console.shown import asking as ask
from tidegate.console.shown.filters import read_name
from tidegate.console.shown.sentences import say
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.actor import Permission, Role
from tidegate.domain.refusals import Conflict, Invalid, Refusal
from tidegate.operations import accounts
from tidegate.operations.door import perform
from tidegate.operations.people import LINK_SECONDS, AddPerson, link_address
from tidegate.web.parameters import WithAsking, WithServices

LINK_HOURS = int(LINK_SECONDS // 3600)


async def show(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show one page of people, by sign-in name."""
    after = read_name(request.query_params.get("after"))
    page = await accounts.list_members(services, viewer.actor, after=after)
    return viewer.page(
        "people.html", people=shown.members(page.people, viewer.clock), first=after is None, next=page.next_after or ""
    )


async def ask_new(viewer: WithViewer) -> Response[str]:
    """Ask whom to add."""
    policy.authorise(viewer.actor, Permission.PERSON_MANAGE)
    return _ask(viewer, {"role": Role.VIEWER.value, "reads_content": "on"})


async def add(request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer) -> Response[str]:
    """Add a person and show their one-time link, this once."""
    form = await read_form(request)
    reads = form.get("reads_content") == "on"
    command = AddPerson(form.get("login", ""), form.get("display_name", ""), read_role(form), None, reads)
    try:
        added = await perform(services, asking, command)
    except (Conflict, Invalid) as refusal:
        return _ask(viewer, form, refusal)
    link = link_address(services.settings.base_url, added.link_secret or "")
    return show_link(viewer, link, added.login, f"/admin/people/{added.id}")


def show_link(viewer: Viewer, link: str, login: str, page: str) -> Response[str]:
    """Return the one page, or dialog, that shows a one-time link."""
    template = "parts/link.html" if viewer.fragment else "link.html"
    return viewer.page(template, link=link, login=login, page=page, hours=LINK_HOURS)


def read_role(form: Form) -> Role:
    """Return the role that a form names, the least one when it names none."""
    return next((role for role in Role if role.value == form.get("role")), Role.VIEWER)


def _ask(viewer: Viewer, given: Form, refusal: Refusal | None = None) -> Response[str]:
    return viewer.page(
        "parts/new_person.html" if viewer.fragment else "new_person.html",
        status=refusal.status if refusal else 200,
        given={name: given.get(name, "") for name in ("login", "display_name", "reads_content")},
        roles=ask.roles(read_role(given)),
        problem=say(refusal) if refusal else "",
    )
