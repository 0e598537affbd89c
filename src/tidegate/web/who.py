"""Who asks: the actor of a request, and what else of the request an operation is told.

A bearer token comes first and alone: a request that carries one is judged by it, whatever its cookies say.
"""

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit
from uuid import uuid4

from litestar.datastructures import Cookie
from litestar.di import NamedDependency, Provide
from litestar.params import HeaderParameter
from litestar.types import Scope

from tidegate.domain.actor import ANONYMOUS, Actor
from tidegate.domain.refusals import Invalid
from tidegate.operations.door import Asking, Services
from tidegate.operations.hosted import SignIn, actor_for
from tidegate.operations.knowing import Known
from tidegate.settings import Settings
from tidegate.web.connection import Connection
from tidegate.web.limits import NOBODY, Limits, address_of
from tidegate.web.prefix import HOST_SCOPE

HOST_COOKIE = "__Host-tidegate"
LOCAL_COOKIE = "tidegate-dev"
"""On plain http to this very machine. Chromium and Firefox would take the other there too; Safari refuses it."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


def services_of(connection: Connection) -> Services:
    """Return what the application was built with."""
    services: Services = connection.app.state.services
    return services


def header_of(scope: Scope, name: bytes) -> str:
    """Return a header as it was sent, the first of its name (in lower case), '' without one."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def bearer_of(connection: Connection) -> str | None:
    """Return the bearer token that was sent, '' when the header names none, or None without such a header."""
    scheme, _, token = header_of(connection.scope, b"authorization").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def session_of(connection: Connection) -> str | None:
    """Return the session secret in the cookie, or None."""
    return cookie_of(connection.scope, cookie_name(services_of(connection).settings))


def cookie_of(scope: Scope, name: str) -> str | None:
    """Return what a cookie holds as it was sent, or None; of several of that name, the last."""
    pairs = (pair.partition("=") for pair in header_of(scope, b"cookie").split(";"))
    return {key.strip(): value.strip() for key, _, value in pairs}.get(name) or None


async def find_actor(connection: Connection) -> Actor:
    """Return who asks, as the database knows them now; ANONYMOUS without a credential that holds.

    Under a host with a sign-in of its own, it is asked, and our sessions hold nothing; API tokens hold everywhere.
    """
    services, token, secret = services_of(connection), bearer_of(connection), session_of(connection)
    sign_in: SignIn | None = connection.app.state.sign_in
    if token is None and sign_in is not None:
        guest = await sign_in(connection.scope[HOST_SCOPE])  # type: ignore[literal-required]
        return ANONYMOUS if guest is None else await actor_for(services, guest)
    if token is None and secret is None:
        return ANONYMOUS
    known: Known = connection.app.state.known
    return await (known.by_session(secret or "") if token is None else known.by_token(token)) or ANONYMOUS


def request_id_of(scope: Scope) -> str:
    """Return the id of a request: the caller's X-Request-Id when it is harmless, else a new one; the same all along."""
    state = scope.setdefault("state", {})
    if "request_id" not in state:
        given = header_of(scope, b"x-request-id")
        state["request_id"] = given if _REQUEST_ID.fullmatch(given) else str(uuid4())
    return str(state["request_id"])


def cookie_name(settings: Settings) -> str:
    """Return the name of the session cookie; `__Host-` ties it to this host, to https and to the whole site."""
    return LOCAL_COOKIE if is_local(settings.base_url) else HOST_COOKIE


def session_cookie(settings: Settings, secret: str) -> Cookie:
    """Return the cookie of an opened session."""
    return _cookie(settings, secret, int(settings.session_max_seconds))


def expired_cookie(settings: Settings) -> Cookie:
    """Return the cookie that makes a browser forget its session."""
    return _cookie(settings, "", 0)


@lru_cache(100)
def is_local(url: str) -> bool:
    """Tell whether an address is plain http on this machine, where browsers speak to nobody else."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        return parts.scheme == "http" and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:
        return False


def _cookie(settings: Settings, value: str, seconds: int) -> Cookie:
    secure = not is_local(settings.base_url)
    return Cookie(key=cookie_name(settings), value=value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax")


# What handlers take as parameters, by name. ------------------------------------------------------------------------


async def provide_actor(request: Connection, services: NamedDependency[Services]) -> Actor:  # noqa: ARG001 - see below
    """`actor`: who asks. It takes `services` to come after it: what is provided side by side costs a task each."""
    return await find_actor(request)


async def provide_asking(
    request: Connection,
    actor: NamedDependency[Actor],
    limits: NamedDependency[Limits],
    idempotency_key: Annotated[
        str | None, HeaderParameter(name="Idempotency-Key", description="Makes repeating the request harmless for a day.")
    ] = None,
) -> Asking:
    """`asking`: who asks and under which request. Raises Invalid for a key that cannot be kept, TooMany."""
    if actor == ANONYMOUS:
        limits.spend(NOBODY, address_of(request))
    if idempotency_key is not None and not _KEY.fullmatch(idempotency_key):
        raise Invalid("bad_idempotency_key", "An Idempotency-Key has 1 to 200 visible ASCII characters.", limit=200)
    return Asking(actor, request_id_of(request.scope), idempotency_key)


PROVIDERS = {
    "actor": Provide(provide_actor),
    "asking": Provide(provide_asking),
}
