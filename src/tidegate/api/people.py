"""People, their sessions and their tokens."""

from typing import Any
from uuid import UUID

from litestar import Request, Response
from litestar.params import FromPath, JSONBody

from tidegate.access import policy
from tidegate.domain.refusals import Unauthenticated
from tidegate.operations import people, reading
from tidegate.operations.door import perform
from tidegate.operations.passwords import PasswordSet, SetOwnPassword
from tidegate.operations.sessions import Revoked, RevokeSession
from tidegate.operations.tokens import CreateToken, RevokeToken, TokenCreated
from tidegate.web import sessions
from tidegate.web.parameters import WithActor, WithAsking, WithLimits, WithServices

from . import bodies, shapes


async def get_me(actor: WithActor) -> shapes.Me:
    """Tell who you are and what you may do."""
    if actor.role is None:
        raise Unauthenticated("not_signed_in", "Sign in first.")
    return shapes.Me(
        kind=actor.kind, id=actor.id, name=actor.name, role=actor.role, permissions=sorted(policy.permissions_of(actor))
    )


async def set_own_password(services: WithServices, asking: WithAsking, data: JSONBody[bodies.Password]) -> PasswordSet:
    """Choose a password, or another one. Your other sessions end.

    The present one must be given, unless you signed in by a one-time link in the last 15 minutes.
    """
    return await perform(services, asking, SetOwnPassword(data.new, data.current))


async def sign_in(
    services: WithServices, request: Request[Any, Any, Any], actor: WithActor, limits: WithLimits, data: JSONBody[bodies.SignIn]
) -> Response[shapes.SignedIn]:
    """Open a session. The cookie that comes with the answer is the session."""
    opened = await sessions.sign_in(services, request, limits, actor, data.login, data.password)
    return Response(shapes.SignedIn(opened.signed.session_id, opened.signed.person), cookies=[opened.cookie])


async def sign_out(services: WithServices, asking: WithAsking) -> Response[Revoked]:
    """End the session that this request came with."""
    revoked, cookie = await sessions.sign_out(services, asking)
    return Response(revoked, cookies=[cookie])


async def list_sessions(services: WithServices, actor: WithActor) -> shapes.Sessions:
    """List your open sessions."""
    return shapes.Sessions(await reading.list_own_sessions(services, actor))


async def revoke_session(services: WithServices, asking: WithAsking, id: FromPath[UUID], reason: bodies.Reason = None) -> Revoked:
    """End one of your sessions; who manages people may end anybody's."""
    return await perform(services, asking, RevokeSession(id, reason or None))


async def list_tokens(services: WithServices, actor: WithActor) -> shapes.Tokens:
    """List your API tokens."""
    return shapes.Tokens(await reading.list_own_tokens(services, actor))


async def create_token(services: WithServices, asking: WithAsking, data: JSONBody[bodies.NewToken]) -> TokenCreated:
    """Make an API token. Its secret is shown this once."""
    scopes = None if data.scopes is None else tuple(data.scopes)
    return await perform(services, asking, CreateToken(data.name, data.days, scopes))


async def revoke_token(services: WithServices, asking: WithAsking, id: FromPath[UUID], reason: bodies.Reason = None) -> Revoked:
    """End one of your API tokens; who manages people may end anybody's."""
    return await perform(services, asking, RevokeToken(id, reason or None))


async def add_person(services: WithServices, asking: WithAsking, data: JSONBody[bodies.NewPerson]) -> people.PersonAdded:
    """Give somebody an account."""
    command = people.AddPerson(data.login, data.display_name, data.role, data.password, data.reads_content)
    return await perform(services, asking, command)


async def change_role(
    services: WithServices, asking: WithAsking, id: FromPath[UUID], data: JSONBody[bodies.NewRole]
) -> people.RoleChanged:
    """Give a person another role. It holds at once."""
    return await perform(services, asking, people.ChangeRole(id, data.role, data.reason or None))


async def disable_person(
    services: WithServices, asking: WithAsking, id: FromPath[UUID], data: JSONBody[bodies.Disabling]
) -> shapes.PersonDisabled:
    """Close an account with its sessions and tokens, or open it again."""
    changed = await perform(services, asking, people.DisablePerson(id, data.disabled, data.reason or None))
    return shapes.PersonDisabled(id, data.disabled, changed.audit_event_id)


async def set_content_right(
    services: WithServices, asking: WithAsking, id: FromPath[UUID], data: JSONBody[bodies.ContentRight]
) -> shapes.ContentGiven:
    """Let a person read what documents say, or no longer. It holds at once."""
    changed = await perform(services, asking, people.SetContentRight(id, data.reads_content, data.reason or None))
    return shapes.ContentGiven(id, data.reads_content, changed.audit_event_id)


async def issue_link(
    services: WithServices, asking: WithAsking, id: FromPath[UUID], data: JSONBody[bodies.Why]
) -> shapes.SignInLink:
    """Make a one-time sign-in link, valid for a day. It is shown this once; one made before and not used ends."""
    issued = await perform(services, asking, people.IssueLink(id, data.reason or None))
    return shapes.SignInLink(id, people.link_address(services.settings.base_url, issued.secret), issued.audit_event_id)
