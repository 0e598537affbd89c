"""Choosing a password: the first one, another one, or one in the place of that which was forgotten."""

from litestar import Response
from litestar.response import Redirect

from tidegate.access.credentials import PASSWORD_MIN
from tidegate.console.flash import flash_cookie
from tidegate.console.language import gettext as _
from tidegate.console.pages.forms import local_path, read_form
from tidegate.console.shown.sentences import say
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.refusals import Conflict, Invalid, Unauthenticated
from tidegate.operations import accounts
from tidegate.operations.door import Services, perform
from tidegate.operations.passwords import SetOwnPassword
from tidegate.web.parameters import WithAsking, WithServices

PAGE = "/account/password"
ACCOUNT = "/account"


async def show(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show the form; who came by a one-time link is led here, and may go on without."""
    return await _page(services, viewer, local_path(request.query_params.get("next"), ACCOUNT))


async def set_password(request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer) -> Response[str]:
    """Choose a password; every other session ends."""
    form = await read_form(request)
    target = local_path(form.get("next"), ACCOUNT)
    if form.get("new", "") != form.get("again", ""):
        return await _page(services, viewer, target, _("The two new passwords differ."))
    try:
        done = await perform(services, asking, SetOwnPassword(form.get("new", ""), form.get("current", "")))
    except (Invalid, Unauthenticated, Conflict) as refusal:
        if refusal.code == "not_signed_in":
            raise
        return await _page(services, viewer, target, say(refusal))
    return Redirect(target, status_code=303, cookies=[flash_cookie("password", done.audit_event_id)])


async def _page(services: Services, viewer: Viewer, target: str, problem: str = "") -> Response[str]:
    standing = await accounts.get_password_standing(services, viewer.actor)
    return viewer.page(
        "password.html", status=400 if problem else 200, problem=problem, next=target, welcome=target != ACCOUNT,
        title=_("Change the password") if standing.must_be_given else _("Choose a password"),
        has_one=standing.has_one, must_be_given=standing.must_be_given, least=PASSWORD_MIN,
    )  # fmt: skip
