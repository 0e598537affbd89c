"""One's own account: password, API tokens and open sessions."""

from uuid import UUID

from litestar import Response
from litestar.params import FromPath
from litestar.response import Redirect

from tidegate.access.credentials import PASSWORD_MIN
from tidegate.console.flash import flash_cookie
from tidegate.console.language import gettext as _
from tidegate.console.pages.forms import read_form
from tidegate.console.shown.browsers import browser_name
from tidegate.console.shown.sentences import say
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.refusals import Conflict, Invalid, Unauthenticated
from tidegate.operations import reading
from tidegate.operations.door import Services, perform
from tidegate.operations.passwords import SetOwnPassword
from tidegate.operations.sessions import RevokeSession
from tidegate.operations.tokens import TOKEN_DAYS_MAX, CreateToken, RevokeToken
from tidegate.web.parameters import WithAsking, WithServices


async def show(services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show the reader's own tokens and sessions."""
    return await _page(services, viewer)


async def create_token(request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer) -> Response[str]:
    """Make a token and show its secret, this once."""
    form = await read_form(request)
    days = form.get("days", "")
    try:
        made = await perform(
            services, asking, CreateToken(form.get("name", ""), int(days) if days.isdecimal() and len(days) < 5 else 0)
        )
    except Invalid as refusal:
        return await _page(services, viewer, status=refusal.status, problem=say(refusal))
    return await _page(services, viewer, secret=made.secret)


async def set_password(request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer) -> Response[str]:
    """Choose a password; every other session ends."""
    form = await read_form(request)
    if form.get("new", "") != form.get("again", ""):
        return await _page(services, viewer, status=400, problem=_("The two new passwords differ."))
    try:
        done = await perform(services, asking, SetOwnPassword(form.get("new", ""), form.get("current", "")))
    except (Invalid, Unauthenticated, Conflict) as refusal:
        return await _page(services, viewer, status=400, problem=say(refusal))
    return _done("password", done.audit_event_id)


async def revoke_token(services: WithServices, asking: WithAsking, id: FromPath[UUID]) -> Response[str]:
    """End one of the reader's tokens."""
    return _done("revoked", (await perform(services, asking, RevokeToken(id))).audit_event_id)


async def revoke_session(services: WithServices, asking: WithAsking, id: FromPath[UUID]) -> Response[str]:
    """End one of the reader's sessions."""
    return _done("revoked", (await perform(services, asking, RevokeSession(id))).audit_event_id)


def _done(word: str, event_id: UUID) -> Response[str]:
    return Redirect("/account", status_code=303, cookies=[flash_cookie(word, event_id)])


async def _page(services: Services, viewer: Viewer, *, status: int = 200, **more: object) -> Response[str]:
    tokens = await reading.list_own_tokens(services, viewer.actor)
    sessions = await reading.list_own_sessions(services, viewer.actor)
    clock, context = viewer.clock, {"problem": "", "secret": "", **more}
    return viewer.page(
        "account.html",
        status=status,
        tokens=[
            (token, clock.until(token.expires_at, _("in {}")), clock.since(token.used_at, _("{} ago")) if token.used_at else None)
            for token in tokens
        ],
        sessions=[
            (
                session,
                browser_name(session.user_agent),
                clock.since(session.created_at, _("{} ago")),
                clock.since(session.seen_at, _("{} ago")),
            )
            for session in sessions
        ],
        days_max=TOKEN_DAYS_MAX,
        password_min=PASSWORD_MIN,
        **context,
    )
