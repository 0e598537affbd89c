"""Requests that nobody would think of, made from the API's own description, as every role and as nobody.

No answer may be an error of ours, none may be one that the description does not declare, and nobody may get what the
matrix refuses them. `make fuzz-api N=200` sends many; the suite itself sends a few, the same ones each time.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator

import pytest
from litestar import Litestar, get

from tests import story, visitors
from tests.acceptance.api_attack import ENDLESS, Attack, Headers
from tests.acceptance.conftest import LiveServer, serving
from tests.acceptance.route_table import matrix
from tests.acceptance.stage import Stage
from tidegate import wiring
from tidegate.api import shapes
from tidegate.domain.actor import Role
from tidegate.domain.refusals import Conflict
from tidegate.operations.door import Services
from tidegate.web.app import build
from tidegate.web.limits import Limits
from tidegate.web.problems import declared

COUNT = max(4, int(os.environ.get("FUZZ_COUNT", "4")))  # fewer would not reach every route
SEED = int(os.environ.get("FUZZ_SEED", "4"))
ROLES = {role.value: role for role in Role}
UNDESCRIBED = {ENDLESS, "/api", "/api/openapi.json", "/api/{path}"}
DESCRIBED = [route for route in matrix().cells if route[1].startswith(("/api", "/health")) and route[1] not in UNDESCRIBED]
LEAST_SENT = 3 * len(DESCRIBED)


class NoLimits(Limits):
    """Counts nothing: the limits have tests of their own, and here they would hide every other answer."""

    def spend(self, *of: object) -> None:
        """Let it pass."""


@pytest.fixture
async def server(services: Services) -> AsyncIterator[LiveServer]:
    """A running server with a little of everything in it."""
    stage = Stage(services, await story.person(services, Role.ADMIN))
    for make in (stage.failed, stage.queued, stage.document, stage.person, stage.session, stage.token):
        await make()

    async with serving(services, without_limits) as running:
        yield running


def without_limits(services: Services) -> Litestar:
    """Return the application with limits that never are reached."""
    application = wiring.asgi(services)
    application.state.limits = NoLimits()
    return application


@get("/api/people", responses=declared(401, 403))
async def open_to_everybody() -> shapes.People:
    return shapes.People([], None)


@get("/api/me", responses=declared(401))
async def another_shape() -> shapes.Me:
    return {"name": 7}  # type: ignore[return-value]


@get("/api/tokens", responses=declared(401))
async def broken() -> shapes.Tokens:
    raise ValueError


@get("/api/sessions", responses=declared(401))
async def not_declared() -> shapes.Sessions:
    raise Conflict("not_declared", "Nobody said so.")


async def test_an_attack_on_an_api_that_is_wrong_in_every_way_finds_each(services: Services) -> None:
    async def nobody() -> Headers:
        return {}

    wrongs = [open_to_everybody, another_shape, broken, not_declared]
    async with serving(services, lambda here: build(here, wrongs)) as running:
        attack = Attack("anonymous", nobody, asyncio.get_running_loop())
        await asyncio.to_thread(attack.run, running.url, 1, SEED)
    found = "\n".join(attack.wrong)
    assert "GET /api/people escapes" in found
    assert "GET /api/me: response_schema_conformance" in found
    assert "GET /api/tokens answers 500" in found
    assert "GET /api/sessions: status_code_conformance" in found


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("visitor", ["anonymous", *ROLES])
async def test_no_request_gets_an_undeclared_answer_or_what_is_refused(server: LiveServer, visitor: str) -> None:
    async def come() -> Headers:
        if visitor == "anonymous":
            return {}
        asking = await story.person(server.services, ROLES[visitor])
        return visitors.cookies(server.services, await visitors.session(server.services, asking))

    attack = Attack(visitor, come, asyncio.get_running_loop())
    await asyncio.to_thread(attack.run, server.url, COUNT, SEED)
    answers = dict(sorted(attack.statuses.items()))
    sys.stdout.write(f"\n{visitor}: {attack.sent} requests, by phase {dict(attack.phases)}, answers {answers}\n")
    assert not attack.wrong, "\n\n".join(f"{what}\n{told}" for what, told in attack.wrong.items())
    assert set(DESCRIBED) <= attack.reached
    assert attack.sent >= LEAST_SENT
    assert attack.statuses[429] == 0
    assert (attack.statuses[200] > len(DESCRIBED) / 2) == (visitor != "anonymous")
