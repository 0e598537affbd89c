"""How long an answer took on the server, told with it: `Server-Timing: app;dur=12.34`, in milliseconds (W3C Server Timing).

From the moment that the route is known until the answer begins. Only what is read tells it: no act shows how long its
checks took. The header is added with all others, see `headers.secure`.
"""

import time

from litestar.types import ASGIApp, Receive, Scope, Send

from tidegate.web.guards import SAFE_METHODS

NAME = "Server-Timing"
_NAME = NAME.lower().encode()
_BEGUN = "begun"


def timed(app: ASGIApp) -> ASGIApp:
    """Return the application with the beginnings of safe requests noted."""

    async def measured(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") in SAFE_METHODS:
            scope.setdefault("state", {})[_BEGUN] = time.perf_counter()
        await app(scope, receive, send)

    return measured


def told(scope: Scope) -> list[tuple[bytes, bytes]]:
    """Return the header for an answer that begins now, none where no beginning was noted."""
    begun = scope.get("state", {}).get(_BEGUN)
    return [] if begun is None else [(_NAME, b"app;dur=%.2f" % (1000 * (time.perf_counter() - begun)))]
