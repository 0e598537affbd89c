"""Signing in and out. A one-time link first shows a button, so that what previews links does not spend it."""

from dataclasses import replace
from urllib.parse import urlencode

from litestar import Response
from litestar.datastructures import Cookie
from litestar.response import Redirect

from tidegate.console.flash import flash_cookie
from tidegate.console.pages import password
from tidegate.console.pages.forms import local_path, read_form
from tidegate.console.shown.sentences import say
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.refusals import Refusal, TooMany, Unauthenticated
from tidegate.settings import Settings
from tidegate.web import sessions
from tidegate.web.parameters import WithActor, WithAsking, WithLimits, WithServices


async def show(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show the sign-in form; who is signed in already goes on."""
    target = local_path(request.query_params.get("next"))
    if viewer.signed_in:
        return Redirect(target, status_code=303)
    return sign_in_page(viewer, services.settings, target)


async def sign_in(
    request: Request, services: WithServices, limits: WithLimits, actor: WithActor, viewer: WithViewer
) -> Response[str]:
    """Open a session by name and password and go on to the page that was wanted."""
    form = await read_form(request)
    target, login = local_path(form.get("next")), form.get("login", "")
    try:
        opened = await sessions.sign_in(services, request, limits, actor, login, form.get("password", ""))
    except (Unauthenticated, TooMany) as refusal:
        problem, shown = say(refusal), login[:128]
        return sign_in_page(viewer, services.settings, target, problem=problem, login=shown, status=refusal.status)
    return _entered(target, opened.cookie)


async def show_link(request: Request, viewer: WithViewer) -> Response[str]:
    """Show the button that spends a one-time link."""
    return viewer.page("sign_in_link.html", token=request.query_params.get("token", "")[:200], problem="")


async def sign_in_with_link(
    request: Request, services: WithServices, limits: WithLimits, actor: WithActor, viewer: WithViewer
) -> Response[str]:
    """Open a session by a one-time link."""
    token = (await read_form(request)).get("token", "")
    try:
        opened = await sessions.sign_in_with_link(services, request, limits, actor, token)
    except (Unauthenticated, TooMany) as refusal:
        return viewer.page("sign_in_link.html", status=refusal.status, token="", problem=say(refusal))
    return _entered(f"{password.PAGE}?{urlencode({'next': local_path(None)})}", opened.cookie)


async def sign_out(services: WithServices, asking: WithAsking) -> Response[str]:
    """End the session."""
    try:
        _, cookie = await sessions.sign_out(services, asking)
    except Refusal:
        return _to("/sign-in")
    return _to("/sign-in", cookie, flash_cookie("signed-out"))


async def home() -> Response[str]:
    """Lead to the list of jobs."""
    return Redirect("/ingestion", status_code=303)


def sign_in_page(
    viewer: Viewer, settings: Settings, target: str, *, problem: str = "", login: str = "", status: int = 200
) -> Response[str]:
    """Return the sign-in form, with the button to the identity provider where one is set up."""
    provider = settings.oidc_name if settings.oidc_issuer else ""
    viewer = replace(viewer, back=f"/sign-in?{urlencode({'next': target})}")
    return viewer.page("sign_in.html", status=status, next=target, login=login, problem=problem, provider=provider)


def _entered(target: str, cookie: Cookie) -> Response[str]:
    return _to(target, cookie)


def _to(path: str, *cookies: Cookie) -> Response[str]:
    return Redirect(path, status_code=303, cookies=list(cookies))
