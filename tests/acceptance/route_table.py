"""The routes of the whole application, and the table that says what each of them answers to whom.

The table is `route_matrix.txt`: one line for each route and method, one column for each kind of visitor. A number is the
status of the answer to a valid request; `sign-in` is a redirect to the sign-in page; `-` does not apply.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
from litestar import Litestar
from litestar.routes import HTTPRoute

MATRIX = Path(__file__).with_name("route_matrix.txt")
SAFE = frozenset({"GET", "HEAD"})
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SIGN_IN, DOES_NOT_APPLY = "sign-in", "-"
REFUSED = frozenset({"401", "403", SIGN_IN})

Route = tuple[str, str]
"""A method and a path, as in `GET /api/ingestion/jobs/{id}`."""


@dataclass(frozen=True)
class Matrix:
    """What each route answers, by visitor."""

    visitors: tuple[str, ...]
    cells: Mapping[Route, Mapping[str, str]]

    def may(self, visitor: str, route: Route) -> bool:
        """Tell whether a visitor gets further than a refusal."""
        return self.cells[route][visitor] not in REFUSED


@cache
def matrix() -> Matrix:
    """Read the table. Raises AssertionError for a line that is cut short or told twice."""
    heading, *lines = (line.split() for line in MATRIX.read_text(encoding="utf-8").splitlines() if line[:1] not in {"", "#"})
    visitors = tuple(heading[2:])
    cells: dict[Route, Mapping[str, str]] = {}
    for method, path, *statuses in lines:
        assert len(statuses) == len(visitors), f"{method} {path} has {len(statuses)} of {len(visitors)} columns"
        assert (method, path) not in cells, f"{method} {path} is there twice"
        cells[method, path] = dict(zip(visitors, statuses, strict=True))
    return Matrix(visitors, cells)


def routes_of(application: Litestar) -> Iterator[Route]:
    """Yield every route of an application with its methods; OPTIONS, which the framework answers itself, aside."""
    for route in application.routes:
        assert isinstance(route, HTTPRoute), f"{route.path} is no HTTP route: say here how it is guarded"
        for method in sorted(map(str, route.route_handler_map)):
            if method != "OPTIONS":
                yield method, route.path_format


def told(answer: httpx.Response) -> str:
    """Return an answer as the table writes it."""
    leads_to_sign_in = answer.is_redirect and answer.headers["location"].partition("?")[0] == "/sign-in"
    return SIGN_IN if leads_to_sign_in else str(answer.status_code)
