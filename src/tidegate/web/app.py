"""The web application: routes come in, and what is true of every one of them is added here."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ControllerRouterHandler

from tidegate import __version__
from tidegate.ledger.feed import Feed
from tidegate.operations.bulk_working import keep_working
from tidegate.operations.door import Services
from tidegate.operations.external.keeping import keep_external
from tidegate.operations.hosted import SignIn
from tidegate.operations.knowing import Known
from tidegate.operations.scanning import keep_scanning
from tidegate.operations.telling import keep_telling
from tidegate.operations.turns import end
from tidegate.pipeline.content import ContentStore
from tidegate.tracing.port import SILENT
from tidegate.web import headers, problems, who
from tidegate.web.guards import guarded
from tidegate.web.limits import Limits
from tidegate.web.timing import timed
from tidegate.web.tracing import Traced

BODY_LIMIT = 8 * 1024 * 1024
"""Bytes of a request's body, uploads aside: 100,000 paths fit."""


def build(
    services: Services,
    route_handlers: Sequence[ControllerRouterHandler],
    *,
    problem_page: problems.ProblemPage | None = None,
    sign_in: SignIn | None = None,
) -> Litestar:
    """Return the ASGI application. `problem_page` renders problems for browsers outside of `/api`; `sign_in` is a host site's.

    `state` holds services, known, feed, store, limits, problem_page, sign_in and `closing`, the event that ends every stream.
    """
    state = {
        "services": services,
        "known": Known(services),
        "feed": Feed(services.listen_url),
        "store": ContentStore(services.settings.content_url),
        "limits": Limits(),
        "closing": asyncio.Event(),
        "problem_page": problem_page,
        "sign_in": sign_in,
    }
    return Litestar(
        route_handlers=list(route_handlers),
        dependencies={**who.PROVIDERS, **_providers(state)},
        exception_handlers={Exception: problems.handle},
        middleware=[*([] if services.tracing is SILENT else [Traced(services.tracing)]), timed, guarded],
        before_send=[headers.secure],
        lifespan=[_listening],
        state=State(state, deep_copy=False),
        openapi_config=_openapi(services),
        request_max_body_size=BODY_LIMIT,
        logging_config=None,
        debug=False,
        pdb_on_exception=False,
    )


def _providers(state: dict[str, Any]) -> dict[str, Provide]:
    """Give handlers `services`, `feed`, `store` and `limits` by name."""

    async def services() -> Services:
        return state["services"]  # type: ignore[no-any-return]

    async def feed() -> Feed:
        return state["feed"]  # type: ignore[no-any-return]

    async def store() -> ContentStore:
        return state["store"]  # type: ignore[no-any-return]

    async def limits() -> Limits:
        return state["limits"]  # type: ignore[no-any-return]

    return {"services": Provide(services), "feed": Provide(feed), "store": Provide(store), "limits": Provide(limits)}


@asynccontextmanager
async def _listening(app: Litestar) -> AsyncIterator[None]:
    """Run the feed and the chores as long as the application runs; end every stream before it stops."""
    services = app.state.services
    chores = (
        app.state.feed.run(),
        keep_working(services),
        keep_telling(services),
        keep_external(services),
        keep_scanning(services),
    )
    tasks = [asyncio.create_task(chore) for chore in chores]
    try:
        yield
    finally:
        app.state.closing.set()
        await end(tasks)
        await app.state.known.settle()


def _openapi(services: Services) -> OpenAPIConfig:
    schemes: dict[str, Any] = {
        "token": SecurityScheme(type="http", scheme="bearer", description="An API token: `Authorization: Bearer tdg_…`"),
        "session": SecurityScheme(type="apiKey", name=who.cookie_name(services.settings), security_scheme_in="cookie"),
    }
    return OpenAPIConfig(
        title="Tidegate",
        version=__version__,
        description="Documents in, every job visible, failures recovered, actions proven. Errors are RFC 9457 problems.",
        path="/api",
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        components=Components(security_schemes=schemes),
        security=[{"token": []}, {"session": []}],
        use_handler_docstrings=True,
    )
