"""How a browser is told what went wrong: a page for each kind, with the way on."""

from typing import Any

import litestar
from litestar import Response
from litestar.response import Redirect

from tidegate.console.shown import trouble
from tidegate.console.viewing import Request, WithViewer, listen, viewer_of
from tidegate.domain.refusals import NotFound
from tidegate.web.problems import Problem


def problem_page(request: litestar.Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    """Return the page of a problem; whoever is not signed in is led to the sign-in and back."""
    listen(request)
    viewer = viewer_of(request)
    if problem.status == 401 and not viewer.fragment:
        return Redirect(trouble.sign_in_address(request.url.path, request.url.query, request.method), status_code=303)
    template = "parts/problem.html" if viewer.fragment else "problem.html"
    told = trouble.tell(problem, request.method)
    page = viewer.page(template, status=problem.status, trouble=told)
    page.headers.update(problem.headers)
    return page


async def nothing_here(request: Request, viewer: WithViewer) -> Response[str]:
    """Refuse an address that leads nowhere, for a viewer who is known, so that the page has its way back."""
    del request, viewer
    raise NotFound("not_found", "There is nothing at this address.")
