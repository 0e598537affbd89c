"""How long an answer took on the server, told with it: `Server-Timing: app;dur=12.34`, in milliseconds (W3C Server Timing).

From the moment that the route is known until the answer begins. Only what is read tells it: no act shows how long its
checks took.
"""

import time

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from tidegate.web.guards import SAFE_METHODS

NAME = "Server-Timing"
_NAME = NAME.lower().encode()


def timed(app: ASGIApp) -> ASGIApp:
    """Return the application with the header added to the answers of safe requests."""

    async def measured(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") not in SAFE_METHODS:
            return await app(scope, receive, send)
        begun = time.perf_counter()

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = f"app;dur={1000 * (time.perf_counter() - begun):.2f}"
                message["headers"] = [*message["headers"], (_NAME, told.encode())]
            await send(message)

        return await app(scope, receive, telling)

    return measured
