"""Every route for every kind of visitor, each answered as the table says; a route that the table does not know fails.

A new route needs a line in `route_matrix.txt` and a request in `route_requests.py`.
"""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from litestar import Litestar

from tests import story, visitors
from tests.acceptance.conftest import ADDRESS
from tests.acceptance.route_requests import REQUESTS, request_for
from tests.acceptance.route_table import DOES_NOT_APPLY, METHODS, SAFE, Route, matrix, routes_of, told
from tests.acceptance.stage import Stage
from tests.visitors import transport_to
from tidegate.domain.actor import Role
from tidegate.operations import reading
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.people import AddPerson
from tidegate.operations.sessions import RevokeSession
from tidegate.operations.tokens import CreateToken

ROLES = {"viewer": Role.VIEWER, "power_user": Role.POWER_USER}
"""Visitors by their role; every other column is an administrator in some condition."""

_addresses = (f"10.{a}.{b}.{c}" for a, b, c in itertools.product(range(200), repeat=3))
"""Each visitor comes from an address of their own, so that no limit on one of them speaks for another."""


async def comes(services: Services, kind: str) -> tuple[Asking, dict[str, str]]:
    """Return a new visitor of a kind: who they are, and the headers that prove it."""
    asking = await story.person(services, ROLES.get(kind, Role.ADMIN))
    if kind == "anonymous":
        return asking, {}
    if kind == "no_content":
        asking = await without_content(services)
    if kind == "no_scopes":
        return asking, {"Authorization": f"Bearer {(await perform(services, asking, CreateToken('bare', 1, ()))).secret}"}
    headers = visitors.cookies(services, await visitors.session(services, asking))
    if kind == "revoked":
        [session] = await reading.list_own_sessions(services, asking.actor)
        await perform(services, asking, RevokeSession(session.id))
    if kind == "cross_site":
        headers |= {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"}
    return asking, headers


async def without_content(services: Services) -> Asking:
    """Add an administrator who may not read what documents say."""
    login = f"blind.{next(_addresses)}"
    added = await perform(services, story.OPERATOR, AddPerson(login, login, Role.ADMIN, None, reads_content=False))
    actor = (await story.person(services, Role.ADMIN)).actor
    return Asking(replace(actor, id=added.id, name=login, reads_content=False))


@asynccontextmanager
async def client(application: Litestar, headers: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client that sends these headers, from an address of its own."""
    accepting = {"Accept": "text/html, application/json;q=0.9", **headers}
    transport = transport_to(application, next(_addresses))
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers=accepting) as http:
        yield http


@pytest.fixture
def application(application: Litestar) -> Litestar:
    """The application with live streams that end after their first event, as they do when it stops."""
    application.state.closing.set()
    return application


def test_every_route_is_in_the_table_and_no_line_is_out_of_date(application: Litestar) -> None:
    there = set(routes_of(application))
    assert sorted(there - set(matrix().cells)) == [], "say in route_matrix.txt who may use these"
    assert sorted(set(matrix().cells) - there) == []
    assert sorted(there - set(REQUESTS)) == [], "say in route_requests.py how these are asked"


@pytest.mark.parametrize("kind", matrix().visitors)
async def test_every_route_answers_a_visitor_as_the_table_says(services: Services, application: Litestar, kind: str) -> None:
    wrong: dict[str, str] = {}
    steady = await comes(services, kind)
    for route, expected in matrix().cells.items():
        if expected[kind] == DOES_NOT_APPLY or route not in REQUESTS:
            continue
        asking, headers = steady if route[0] in SAFE else await comes(services, kind)
        answer = await answered(services, application, route, asking, headers)
        if told(answer) != expected[kind]:
            wrong[" ".join(route)] = f"{told(answer)} instead of {expected[kind]}: {answer.text[:200]}"
    assert wrong == {}


async def answered(
    services: Services, application: Litestar, route: Route, asking: Asking, headers: dict[str, str]
) -> httpx.Response:
    """Send the route's valid request."""
    address, send = await request_for(Stage(services, asking), route)
    async with client(application, headers) as http:
        return await http.request(route[0], address, **send)


async def test_a_refusal_changes_nothing_and_is_told_by_its_code(services: Services, application: Litestar) -> None:
    for kind, codes in {
        "cross_site": {"cross_site_request"},
        "no_scopes": {"forbidden", "not_signed_in", "token_by_token"},
    }.items():
        for route, expected in matrix().cells.items():
            if route[0] in SAFE or not route[1].startswith("/api/") or expected[kind] not in {"401", "403"}:
                continue
            answer = await answered(services, application, route, *await comes(services, kind))
            assert answer.json()["code"] in codes, f"{route}: {answer.text}"


async def test_a_method_that_is_not_in_the_table_is_taken_by_nobody(services: Services, application: Litestar) -> None:
    asking, headers = await comes(services, "admin")
    async with client(application, headers) as http:
        for path in sorted({path for _, path in matrix().cells if "{address}" not in path}):
            address, _ = await request_for(Stage(services, asking), next(route for route in matrix().cells if route[1] == path))
            for method in METHODS:
                if (method, path) not in matrix().cells:
                    assert (await http.request(method, address)).status_code in {404, 405}, f"{method} {path}"
            allowed = await http.options(address)
            assert (allowed.status_code, allowed.content) == (204, b""), path
