"""One person's account, for administrators: the role and those before it, sessions and tokens."""

from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from tidegate.console.shown import accounts as shown
from tidegate.console.shown.sentences import role_word
from tidegate.console.viewing import WithViewer
from tidegate.operations import accounts, reading
from tidegate.web.parameters import WithServices


async def show(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Show an account whole."""
    detail = await accounts.get_account(services, viewer.actor, id)
    sessions = await accounts.list_sessions_of(services, viewer.actor, id)
    tokens = await reading.list_tokens_of(services, viewer.actor, id)
    person, clock = detail.account, viewer.clock
    return viewer.page(
        "person.html",
        person=person,
        id=str(id),
        role=role_word(person.role),
        added=clock.at(person.created_at),
        closed=clock.at(person.disabled_at) if person.disabled_at else None,
        sessions=shown.sessions(sessions, clock, viewer.actor.credential_id),
        tokens=shown.tokens(tokens, clock),
        roles=shown.roles(detail.roles, clock),
        identities=detail.identities,
    )
