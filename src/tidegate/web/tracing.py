"""A span for each request: method, route and status, never the address that was asked for."""

from litestar.datastructures import Headers
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from tidegate.tracing.port import Fact, Kind, Span, Tracing, traceparent_in


class Traced:
    """Middleware that opens the span, below the caller's where it sends a `traceparent`."""

    def __init__(self, tracing: Tracing) -> None:
        self._tracing = tracing

    def __call__(self, app: ASGIApp) -> ASGIApp:
        """Return the application with a span around each request."""

        async def traced(scope: Scope, receive: Receive, send: Send) -> None:
            method, route = str(scope.get("method", "unknown")), scope.get("path_template") or "unknown"
            parent = traceparent_in(Headers.from_scope(scope).get("traceparent"))
            facts: dict[Fact, str | int | bool] = {Fact.METHOD: method, Fact.ROUTE: route}
            with self._tracing.span(f"{method} {route}", facts, Kind.SERVER, parent=parent) as span:
                await app(scope, receive, _telling(span, send))

        return traced


def _telling(span: Span, send: Send) -> Send:
    async def telling(message: Message) -> None:
        if message["type"] == "http.response.start":
            span.tell(Fact.STATUS, message["status"])
            if message["status"] >= 500:
                span.fail(str(message["status"]))
        await send(message)

    return telling
