"""People and their roles, for administrators."""

from uuid import UUID

from litestar import Response
from litestar.params import FromPath
from litestar.response import Redirect

from tidegate.console.flash import flash_cookie
from tidegate.console.pages.forms import optional, read_form
from tidegate.console.shown.sentences import role_word, say
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.actor import Role
from tidegate.domain.refusals import Conflict, Invalid
from tidegate.operations import reading
from tidegate.operations.door import Services, perform
from tidegate.operations.people import LINK_SECONDS, AddPerson, ChangeRole, DisablePerson, IssueLink
from tidegate.web.parameters import WithAsking, WithServices


async def show(services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show everybody who has an account."""
    return await _page(services, viewer)


async def add(request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer) -> Response[str]:
    """Add a person and show their one-time link, this once."""
    form = await read_form(request)
    reads = form.get("reads_content") == "on"
    command = AddPerson(
        form.get("login", ""), form.get("display_name", ""), _role(form.get("role")), form.get("password") or None, reads
    )
    try:
        added = await perform(services, asking, command)
    except (Conflict, Invalid) as refusal:
        return await _page(services, viewer, status=refusal.status, problem=say(refusal), given=form)
    link = _link(services, added.link_secret) if added.link_secret else ""
    return await _page(services, viewer, link=link, link_for=added.login)


async def change_role(request: Request, services: WithServices, asking: WithAsking, id: FromPath[UUID]) -> Response[str]:
    """Give a person another role."""
    form = await read_form(request)
    changed = await perform(services, asking, ChangeRole(id, _role(form.get("role")), optional(form, "reason")))
    return Redirect("/admin", status_code=303, cookies=[flash_cookie("role", changed.audit_event_id)])


async def disable(request: Request, services: WithServices, asking: WithAsking, id: FromPath[UUID]) -> Response[str]:
    """Close a person's account, or open it again."""
    disabled = (await read_form(request)).get("disabled") == "yes"
    event_id = await perform(services, asking, DisablePerson(id, disabled))
    word = "closed" if disabled else "opened"
    return Redirect("/admin", status_code=303, cookies=[flash_cookie(word, event_id)])


async def issue_link(services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Make a one-time sign-in link and show it, this once."""
    secret = await perform(services, asking, IssueLink(id))
    known = {person.id: person.login for person in await reading.list_people(services, viewer.actor)}
    return await _page(services, viewer, link=_link(services, secret), link_for=known.get(id, ""))


async def _page(services: Services, viewer: Viewer, *, status: int = 200, **more: object) -> Response[str]:
    people = await reading.list_people(services, viewer.actor)
    context: dict[str, object] = {"problem": "", "given": {}, "link": "", "link_for": "", **more}
    roles = [(role.value, role_word(role)) for role in Role]
    return viewer.page("people.html", status=status, people=people, roles=roles, hours=int(LINK_SECONDS // 3600), **context)


def _role(text: str | None) -> Role:
    return next((role for role in Role if role.value == text), Role.VIEWER)


def _link(services: Services, secret: str) -> str:
    return f"{services.settings.base_url}/sign-in/link?token={secret}"
