"""How a browser is told what went wrong: a page for each kind, with the way on."""

from typing import Any
from urllib.parse import urlencode, urlsplit

import litestar
from litestar import Response
from litestar.response import Redirect

from tidegate.console.flash import flash_cookie
from tidegate.console.pages.forms import local_path
from tidegate.console.shown import trouble
from tidegate.console.viewing import Request, WithViewer, listen, viewer_of
from tidegate.domain.refusals import NotFound
from tidegate.web.problems import Problem
from tidegate.web.who import session_of

NOT_SIGNED_IN = 401


def problem_page(request: litestar.Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    """Return the page of a problem; whoever is not signed in is led to the sign-in and back."""
    listen(request)
    viewer = viewer_of(request)
    if problem.status == NOT_SIGNED_IN:
        return viewer.page("parts/ended.html", status=NOT_SIGNED_IN) if viewer.fragment else _to_sign_in(request)
    told = trouble.tell(problem, request.method, request.url.path, viewer.actor)
    page = viewer.page("parts/problem.html" if viewer.fragment else "problem.html", status=problem.status, trouble=told)
    page.headers.update(problem.headers)
    return page


async def nothing_here(request: Request, viewer: WithViewer) -> Response[str]:
    """Refuse an address that leads nowhere, for a viewer who is known, so that the page has its way back."""
    del request, viewer
    raise NotFound("not_found", "There is nothing at this address.")


def _to_sign_in(request: Request) -> Redirect:
    """Lead to the sign-in; it says so where a session has ended, and leads back to the page that was wanted or acted on."""
    back = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    if request.method != "GET":
        back = _came_from(request)
    query = urlencode({"next": local_path(back, "/")})
    cookies = [flash_cookie("ended")] if session_of(request) else []
    return Redirect("/sign-in" if back == "/" else f"/sign-in?{query}", status_code=303, cookies=cookies)


def _came_from(request: Request) -> str:
    """Return the page of ours that a form was sent from, `/` when it is not told."""
    sender = urlsplit(request.headers.get("referer", ""))
    if sender.netloc != request.headers.get("host"):
        return "/"
    return f"{sender.path}?{sender.query}" if sender.query else sender.path
