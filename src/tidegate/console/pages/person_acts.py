"""What an administrator does to one person's account: each act is asked first, with a reason, and leads back to the account."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from tidegate.access.accounts import Account
from tidegate.console.pages.forms import Form, optional, read_form
from tidegate.console.pages.people import LINK_HOURS, read_role, show_link
from tidegate.console.pages.questions import Answer, Recorded, carry_out, show_question
from tidegate.console.shown import asking as ask
from tidegate.console.shown.asking import Question
from tidegate.console.shown.browsers import browser_name
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.refusals import Conflict, Invalid, NotFound
from tidegate.operations import accounts, reading
from tidegate.operations.door import Asking, Command, Services, perform
from tidegate.operations.people import ChangeRole, DisablePerson, IssueLink, SetContentRight, link_address
from tidegate.operations.sessions import RevokeSession
from tidegate.operations.tokens import RevokeToken
from tidegate.web.parameters import WithAsking, WithServices


@dataclass(frozen=True)
class Desk:
    """An administrator before one person's account."""

    services: Services
    viewer: Viewer
    id: UUID

    async def person(self) -> Account:
        """Return the account as it stands. Raises Forbidden, NotFound."""
        return (await accounts.get_account(self.services, self.viewer.actor, self.id)).account

    @property
    def page(self) -> str:
        """The address of the account."""
        return f"/admin/people/{self.id}"


Asked = Callable[[Desk], Awaitable[Question]]


async def ask_role(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask which role a person shall have."""
    return show_question(viewer, await _role(Desk(services, viewer, id)))


async def change_role(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Give a person another role."""
    form = await read_form(request)
    command = ChangeRole(id, read_role(form), optional(form, "reason"))
    return await _act(Desk(services, viewer, id), asking, command, "role", form, _role)


async def ask_disabled(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask whether to close an account, or to open it again."""
    return show_question(viewer, await _disabled(Desk(services, viewer, id)))


async def disable(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Close a person's account, or open it again."""
    form = await read_form(request)
    command = DisablePerson(id, form.get("disabled") == "yes", optional(form, "reason"))
    word = "closed" if command.disabled else "opened"
    return await _act(Desk(services, viewer, id), asking, command, word, form, _disabled)


async def ask_content(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask whether a person may read what documents say."""
    return show_question(viewer, await _content(Desk(services, viewer, id)))


async def set_content_right(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Let a person read what documents say, or no longer."""
    form = await read_form(request)
    command = SetContentRight(id, form.get("reads_content") == "yes", optional(form, "reason"))
    return await _act(Desk(services, viewer, id), asking, command, "content", form, _content)


async def ask_session(
    services: WithServices, viewer: WithViewer, id: FromPath[UUID], session_id: FromPath[UUID]
) -> Response[str]:
    """Ask whether to end somebody's session."""
    return show_question(viewer, await _session(session_id, Desk(services, viewer, id)))


async def end_session(
    request: Request,
    services: WithServices,
    asking: WithAsking,
    viewer: WithViewer,
    id: FromPath[UUID],
    session_id: FromPath[UUID],
) -> Response[str]:
    """End somebody's session."""
    form = await read_form(request)
    command = RevokeSession(session_id, optional(form, "reason"))
    return await _act(Desk(services, viewer, id), asking, command, "revoked", form, partial(_session, session_id))


async def ask_token(services: WithServices, viewer: WithViewer, id: FromPath[UUID], token_id: FromPath[UUID]) -> Response[str]:
    """Ask whether to revoke somebody's API token."""
    return show_question(viewer, await _token(token_id, Desk(services, viewer, id)))


async def revoke_token(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID], token_id: FromPath[UUID]
) -> Response[str]:
    """Revoke somebody's API token."""
    form = await read_form(request)
    command = RevokeToken(token_id, optional(form, "reason"))
    return await _act(Desk(services, viewer, id), asking, command, "revoked", form, partial(_token, token_id))


async def ask_link(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask whether to make a one-time sign-in link."""
    return show_question(viewer, await _link(Desk(services, viewer, id)))


async def issue_link(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Make a one-time sign-in link and show it, this once."""
    form, desk = await read_form(request), Desk(services, viewer, id)
    try:
        issued = await perform(services, asking, IssueLink(id, optional(form, "reason")))
    except (Conflict, Invalid) as refusal:
        return show_question(viewer, await _link(desk), form.get("reason", ""), refusal)
    return show_link(viewer, link_address(services.settings.base_url, issued.secret), (await desk.person()).login, desk.page)


async def _act(desk: Desk, asking: Asking, command: Command[Recorded], word: str, form: Form, asked: Asked) -> Response[str]:
    """Do it and go back to the account; ask again, with the refusal, when it cannot be done."""
    return await carry_out(desk.services, desk.viewer, asking, command, Answer(word, desk.page, form), partial(asked, desk))


async def _role(desk: Desk) -> Question:
    return ask.role(await desk.person(), desk.viewer.actor)


async def _disabled(desk: Desk) -> Question:
    return ask.disabled(await desk.person(), desk.viewer.actor)


async def _content(desk: Desk) -> Question:
    return ask.content(await desk.person())


async def _link(desk: Desk) -> Question:
    return ask.link(await desk.person(), LINK_HOURS)


async def _session(id: UUID, desk: Desk) -> Question:
    for session in await accounts.list_sessions_of(desk.services, desk.viewer.actor, desk.id):
        if session.id == id:
            return ask.session(await desk.person(), id, browser_name(session.user_agent))
    raise NotFound("session_not_found", "There is no such open session.")


async def _token(id: UUID, desk: Desk) -> Question:
    for token in await reading.list_tokens_of(desk.services, desk.viewer.actor, desk.id):
        if token.id == id:
            return ask.token(await desk.person(), id, token.name)
    raise NotFound("token_not_found", "There is no such valid token.")
