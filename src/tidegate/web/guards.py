"""Guards before every handler: no other site may act with a visitor's cookie, and nobody asks without measure.

They are a middleware, which stands before each handler as guards of Litestar do: those are given a copy of the handler each, at a
tenth of the time that a list takes.
"""

from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.types import ASGIApp, Receive, Scope, Send

from tidegate.domain.refusals import Refusal
from tidegate.web.connection import Connection
from tidegate.web.limits import GENERAL, Limits, address_of
from tidegate.web.who import bearer_of, services_of, session_of

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
UNLIMITED = "unlimited"
"""Key in a handler's `opt`: not counted (health checks, static files)."""


class CrossSite(Refusal):
    """The request comes from another site's page."""

    status = 403

    def __init__(self) -> None:
        super().__init__("cross_site_request", "This request comes from another site, so it was not carried out.")


def guarded(app: ASGIApp) -> ASGIApp:
    """Return the application with the guards before it."""

    async def checked(scope: Scope, receive: Receive, send: Send) -> None:
        connection: Connection = ASGIConnection(scope)
        if not scope["route_handler"].opt.get(UNLIMITED):
            within_limits(connection)
        same_origin(connection)
        await app(scope, receive, send)

    return checked


def same_origin(connection: Connection) -> None:
    """Refuse unsafe requests of other sites' pages: by Sec-Fetch-Site, by Origin where a browser lacks that.

    Bearer tokens are exempt: no page can make a browser send one. Without a cookie, a client that sends neither header
    is no browser. Raises CrossSite.
    """
    if connection.scope.get("method") in SAFE_METHODS or bearer_of(connection) is not None:
        return
    site, origin = connection.headers.get("sec-fetch-site"), connection.headers.get("origin")
    if site is not None:
        allowed = site in ("same-origin", "none")
    elif origin is not None:
        allowed = origin in own_origins(connection)
    else:
        allowed = session_of(connection) is None and not (connection.app.state.sign_in and connection.cookies)
    if not allowed:
        raise CrossSite


def within_limits(connection: Connection) -> None:
    """Count the request against its address. Raises TooMany."""
    limits: Limits = connection.app.state.limits
    limits.spend(GENERAL, address_of(connection))


def own_origins(connection: Connection) -> frozenset[str]:
    """Return the origins that our own pages have: the public address, and the one that this request was sent to."""
    public = urlsplit(services_of(connection).settings.base_url)
    return frozenset({f"{public.scheme}://{public.netloc}", f"{connection.url.scheme}://{connection.headers.get('host', '')}"})
