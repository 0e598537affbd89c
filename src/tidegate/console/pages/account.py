"""One's own account: open sessions and API tokens."""

from uuid import UUID

from litestar import Response
from litestar.params import FromPath
from litestar.response import Redirect

from tidegate.access import policy
from tidegate.console.flash import flash_cookie
from tidegate.console.pages.forms import Form, optional, read_form
from tidegate.console.pages.questions import show_question
from tidegate.console.shown import accounts as shown
from tidegate.console.shown import asking as ask
from tidegate.console.shown.rights import rights_of
from tidegate.console.shown.sentences import say
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.actor import Permission
from tidegate.domain.refusals import Invalid, NotFound, Refusal
from tidegate.operations import accounts, reading
from tidegate.operations.door import Services, perform
from tidegate.operations.sessions import RevokeSession
from tidegate.operations.tokens import TOKEN_DAYS_MAX, CreateToken, RevokeToken
from tidegate.web.parameters import WithAsking, WithServices


async def show(services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show the reader's own sessions and tokens."""
    sessions = await reading.list_own_sessions(services, viewer.actor)
    tokens = await reading.list_own_tokens(services, viewer.actor)
    standing = await accounts.get_password_standing(services, viewer.actor)
    return viewer.page(
        "account.html",
        sessions=shown.sessions(sessions, viewer.clock, viewer.actor.credential_id),
        tokens=shown.tokens(tokens, viewer.clock),
        has_password=standing.has_one,
    )


async def ask_new_token(viewer: WithViewer) -> Response[str]:
    """Ask what a new token is for and what it may do."""
    policy.authorise(viewer.actor, Permission.TOKEN_MANAGE)
    return _ask(viewer, {})


async def create_token(request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer) -> Response[str]:
    """Make a token and show its secret, this once."""
    form = await read_form(request)
    try:
        made = await perform(services, asking, CreateToken(form.get("name", ""), _days(form), _scopes(form)))
    except Invalid as refusal:
        return _ask(viewer, form, refusal)
    return _token_page(viewer, "parts/token.html", secret=made.secret)


async def ask_revoke(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask whether to end one of the reader's tokens."""
    return show_question(viewer, await _own_token(services, viewer, id))


async def revoke_token(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """End one of the reader's tokens."""
    form = await read_form(request)
    try:
        done = await perform(services, asking, RevokeToken(id, optional(form, "reason")))
    except Invalid as refusal:
        return show_question(viewer, await _own_token(services, viewer, id), form.get("reason", ""), refusal)
    return _done(done.audit_event_id)


async def revoke_session(services: WithServices, asking: WithAsking, id: FromPath[UUID]) -> Response[str]:
    """End one of the reader's sessions."""
    return _done((await perform(services, asking, RevokeSession(id))).audit_event_id)


async def _own_token(services: Services, viewer: Viewer, id: UUID) -> ask.Question:
    for token in await reading.list_own_tokens(services, viewer.actor):
        if token.id == id:
            return ask.own_token(id, token.name)
    raise NotFound("token_not_found", "There is no such token of yours.")


def _ask(viewer: Viewer, given: Form, refusal: Refusal | None = None) -> Response[str]:
    return _token_page(
        viewer, "parts/new_token.html", status=refusal.status if refusal else 200, given=dict(given),
        rights=rights_of(viewer.actor), days_max=TOKEN_DAYS_MAX, problem=say(refusal) if refusal else "",
    )  # fmt: skip


def _token_page(viewer: Viewer, part: str, *, status: int = 200, **context: object) -> Response[str]:
    return viewer.page(part if viewer.fragment else "token.html", status=status, part=part, **context)


def _days(form: Form) -> int:
    text = form.get("days", "")
    return int(text) if text.isdecimal() and len(text) < 5 else 0


def _scopes(form: Form) -> tuple[Permission, ...] | None:
    """Return the rights that were ticked, None for all that the person has. Raises Invalid where none was."""
    if form.get("reach") != "some":
        return None
    chosen = tuple(right for right in Permission if form.get(right.value) == "on")
    if not chosen:
        raise Invalid("no_scope", "Tick at least one right.")
    return chosen


def _done(event_id: UUID) -> Response[str]:
    return Redirect("/account", status_code=303, cookies=[flash_cookie("revoked", event_id)])
