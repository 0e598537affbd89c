"""Signing in and out, the same for the API and the console: limited, recorded, and with a new secret each time."""

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from litestar.datastructures import Cookie

from tidegate.access.journeys import Answer
from tidegate.domain.actor import ANONYMOUS, Actor, ActorKind
from tidegate.domain.refusals import Invalid, NotFound
from tidegate.operations import single_sign_on
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.sessions import Revoked, Signed, SignInWithLink, SignInWithPassword, SignOut
from tidegate.operations.single_sign_on import SignInWithIdentity
from tidegate.settings import Settings
from tidegate.web.connection import Connection
from tidegate.web.limits import SIGN_IN, Limits, address_of
from tidegate.web.who import expired_cookie, is_local, request_id_of, session_cookie

Entrance = SignInWithPassword | SignInWithLink | SignInWithIdentity


@dataclass(frozen=True)
class Opened:
    """A new session and the cookie to send."""

    signed: Signed
    cookie: Cookie


async def sign_in(services: Services, connection: Connection, limits: Limits, actor: Actor, login: str, password: str) -> Opened:
    """Open a session by name and password; the one that the browser had before ends. Raises Unauthenticated, TooMany."""
    limits.spend_sign_in(connection, login)
    return await _open(services, connection, actor, SignInWithPassword(login, password, _agent_of(connection)))


async def sign_in_with_link(services: Services, connection: Connection, limits: Limits, actor: Actor, secret: str) -> Opened:
    """Open a session by a one-time link. Raises Unauthenticated, TooMany."""
    limits.spend_sign_in(connection, secret)
    return await _open(services, connection, actor, SignInWithLink(secret, _agent_of(connection)))


async def begin_with_provider(services: Services, connection: Connection, limits: Limits, path: str) -> single_sign_on.Begun:
    """Begin a sign-in at the identity provider that goes on to `path`. Raises Unauthenticated, NotFound, TooMany."""
    limits.spend(SIGN_IN, "leaving", address_of(connection))
    _check_cookie_is_kept(services.settings, connection)
    return await single_sign_on.begin(services, Asking(ANONYMOUS, request_id_of(connection.scope)), path)


async def sign_in_with_provider(
    services: Services, connection: Connection, limits: Limits, actor: Actor, secret: str, answer: Answer
) -> tuple[Opened, str]:
    """Open a session for whom the identity provider proved; also return the path to go on to. Raises as `begin_with_provider`."""
    limits.spend_sign_in(connection, secret)
    asking = Asking(ANONYMOUS, request_id_of(connection.scope))
    proof, path = await single_sign_on.prove(services, asking, secret, answer)
    return await _open(services, connection, actor, SignInWithIdentity(proof, _agent_of(connection))), path


async def sign_out(services: Services, asking: Asking) -> tuple[Revoked, Cookie]:
    """End the session that the request came with. Raises NotFound when it came with none."""
    session_id = asking.actor.credential_id
    if asking.actor.kind is not ActorKind.PERSON or session_id is None:
        raise NotFound("session_not_found", "You are not signed in with a session.")
    revoked = await perform(services, replace(asking, idempotency_key=None), SignOut(session_id))
    return revoked, expired_cookie(services.settings)


async def _open(services: Services, connection: Connection, actor: Actor, command: Entrance) -> Opened:
    _check_cookie_is_kept(services.settings, connection)
    request_id = request_id_of(connection.scope)
    signed = await perform(services, Asking(ANONYMOUS, request_id), command)
    if actor.kind is ActorKind.PERSON:
        await sign_out(services, Asking(actor, request_id))
    return Opened(signed, session_cookie(services.settings, signed.secret))


def _check_cookie_is_kept(settings: Settings, connection: Connection) -> None:
    """Refuse where a browser would drop the secure cookie without a word: plain http from another machine. Raises Invalid."""
    here = f"http://{connection.headers.get('host', '')}"
    if urlsplit(settings.base_url).scheme != "https" and not is_local(settings.base_url) and not is_local(here):
        raise Invalid("needs_https", "Signing in from another machine needs https: set TIDEGATE_PUBLIC_URL to its https address.")


def _agent_of(connection: Connection) -> str:
    """Return the browser's own name: shown to its owner in the list of sessions."""
    return "".join(letter for letter in connection.headers.get("user-agent", "") if letter.isprintable())
