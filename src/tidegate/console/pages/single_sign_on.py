"""Signing in by way of the identity provider: away, and back again."""

from litestar import Response
from litestar.datastructures import Cookie
from litestar.response import Redirect

from tidegate.access.identities import PENDING_SECONDS
from tidegate.access.journeys import Answer
from tidegate.console.pages.forms import local_path
from tidegate.console.pages.signing_in import sign_in_page
from tidegate.console.shown.sentences import say
from tidegate.console.viewing import Request, WithViewer
from tidegate.domain.refusals import Conflict, Invalid, TooMany, Unauthenticated
from tidegate.settings import Settings
from tidegate.web import sessions
from tidegate.web.parameters import WithActor, WithLimits, WithServices
from tidegate.web.who import is_local

HOST_COOKIE = "__Host-tidegate-sign-in"
LOCAL_COOKIE = "tidegate-dev-sign-in"
PARAMETER_CHARACTERS = 4096
"""Longest parameter that is read; codes have some hundred characters."""


async def leave(request: Request, services: WithServices, limits: WithLimits, viewer: WithViewer) -> Response[str]:
    """Send the browser to the provider. Nothing is changed yet, so a link may lead here."""
    target = local_path(request.query_params.get("next"))
    try:
        begun = await sessions.begin_with_provider(services, request, limits, target)
    except (Unauthenticated, TooMany, Invalid) as refusal:
        return sign_in_page(viewer, services.settings, target, problem=say(refusal), status=refusal.status)
    return Redirect(begun.address, status_code=303, cookies=[_cookie(services.settings, begun.secret, int(PENDING_SECONDS))])


async def come_back(
    request: Request, services: WithServices, limits: WithLimits, actor: WithActor, viewer: WithViewer
) -> Response[str]:
    """Open a session for whom the provider proved, and go on to the page that was wanted."""
    given = {name: request.query_params.get(name, "")[:PARAMETER_CHARACTERS] for name in ("state", "code", "error", "iss")}
    answer = Answer(given["state"], given["code"], given["error"], given["iss"])
    secret, spent = request.cookies.get(_name(services.settings), ""), _cookie(services.settings, "", 0)
    try:
        opened, target = await sessions.sign_in_with_provider(services, request, limits, actor, secret, answer)
    except (Unauthenticated, TooMany, Invalid, Conflict) as refusal:
        page = sign_in_page(viewer, services.settings, local_path(None), problem=say(refusal), status=refusal.status)
        page.cookies.append(spent)
        return page
    return Redirect(local_path(target), status_code=303, cookies=[opened.cookie, spent])


def _name(settings: Settings) -> str:
    return LOCAL_COOKIE if is_local(settings.base_url) else HOST_COOKIE


def _cookie(settings: Settings, secret: str, seconds: int) -> Cookie:
    """Return the cookie that binds a journey to this browser; `lax`, as the way back begins at another site."""
    secure = not is_local(settings.base_url)
    return Cookie(key=_name(settings), value=secret, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax")
