"""What opens for somebody, and when it no longer does: each condition of the stored credentials by itself."""

from dataclasses import replace
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from tests import story
from tests.storage.test_repair import run
from tidegate.access import people
from tidegate.access.people import PersonSecret
from tidegate.domain.actor import ANONYMOUS, Actor, ActorKind, Role
from tidegate.domain.ids import new_id
from tidegate.domain.refusals import Unauthenticated
from tidegate.operations.door import Asking, Services, current_actor, perform
from tidegate.operations.jobs import Retry
from tidegate.operations.people import AddPerson, ChangeRole
from tidegate.operations.sessions import SignInWithLink
from tidegate.operations.tokens import CreateToken

IDLE = 3600.0
REVOKED = """WITH a AS (UPDATE session SET revoked_at = now())
             UPDATE api_token SET revoked_at = now() WHERE person_id = %s"""


class Ways:
    """A person with an open session and an API token."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.id = self.session_id = self.token_id = new_id()
        self.session = self.token = ""

    async def open(self) -> None:
        """Make them all."""
        added = await perform(self.services, story.OPERATOR, AddPerson(f"a{new_id().hex[-8:]}", "A", Role.ADMIN))
        self.id = added.id
        asking = Asking(Actor(ActorKind.PERSON, added.id, added.login, added.role, reads_content=True))
        signed = await perform(self.services, Asking(ANONYMOUS), SignInWithLink(added.link_secret or ""))
        self.session, self.session_id = signed.secret, signed.session_id
        made = await perform(self.services, asking, CreateToken("t"))
        self.token, self.token_id = made.secret, made.id

    async def holding(self) -> tuple[bool, bool]:
        """Whether the session and the token open; asked for with others they do as they do alone."""
        async with self.services.pool.connection() as connection:
            session = await people.actor_of_session(connection, self.session, idle_seconds=IDLE)
            token = await people.actor_of_token(connection, self.token)
            sessions = await people.actors_of_sessions(connection, ["another", self.session], idle_seconds=IDLE)
            tokens = await people.actors_of_tokens(connection, ["another", self.token])
        assert sessions == ({1: session} if session else {})
        assert tokens == ({1: token} if token else {})
        return session is not None, token is not None

    async def listed(self) -> tuple[int, int]:
        """How many sessions and tokens are told to be open."""
        async with self.services.pool.connection() as connection:
            sessions = await people.list_sessions(connection, self.id, idle_seconds=IDLE)
            return len(sessions), len(await people.list_tokens(connection, self.id))


@pytest.fixture
async def ways(services: Services) -> Ways:
    made = Ways(services)
    await made.open()
    return made


async def sql_touches(services: Services, name: str, **given: object) -> int:
    async with services.pool.connection() as connection:
        return await people.SQL.run(connection, name, **given)


@pytest.mark.parametrize(
    ("what", "change", "listed"),
    [
        ("an account is closed", "UPDATE person SET disabled_at = now() WHERE id = %s", (1, 1)),
        ("a role is taken away", "UPDATE role_grant SET revoked_at = now() WHERE person_id = %s", (1, 1)),
        ("all is revoked", REVOKED, (0, 0)),
        ("all is too old", REVOKED.replace("revoked_at", "expires_at"), (0, 0)),
    ],
)  # fmt: skip
async def test_credentials_end(ways: Ways, what: str, change: str, listed: tuple[int, int]) -> None:
    assert (await ways.holding(), await ways.listed()) == ((True, True), (1, 1))
    await run(ways.services, change, ways.id)
    assert (await ways.holding(), await ways.listed()) == ((False, False), listed)


async def test_a_link_ends_with_its_time(services: Services) -> None:
    added = await perform(services, story.OPERATOR, AddPerson("eve", "Eve", Role.VIEWER))
    await run(services, "UPDATE signin_link SET expires_at = now()")
    with pytest.raises(Unauthenticated):
        await perform(services, Asking(ANONYMOUS), SignInWithLink(added.link_secret or ""))


async def test_what_has_ended_does_not_end_again(ways: Ways) -> None:
    of, at = {"person_id": ways.id}, {"id": ways.session_id}
    for expected in (1, 0):
        assert await sql_touches(ways.services, "revoke_session", **of, **at) == expected
        assert await sql_touches(ways.services, "revoke_token", **of, id=ways.token_id) == expected
        assert await sql_touches(ways.services, "spend_link_proof", **at) == expected
    await ways.open()
    of = {"person_id": ways.id}
    for expected in (1, 0):
        assert await sql_touches(ways.services, "revoke_other_sessions", **of, kept=None) == expected
        assert await sql_touches(ways.services, "revoke_all_tokens", **of) == expected
        assert await sql_touches(ways.services, "revoke_role", **of) == expected


async def test_what_is_others_is_left_alone(services: Services, ways: Ways) -> None:
    nobody = {"person_id": new_id()}
    await perform(services, story.OPERATOR, AddPerson("eve", "Eve", Role.VIEWER))
    for name in ("revoke_all_tokens", "revoke_role", "end_links"):
        assert await sql_touches(services, name, **nobody) == 0
    assert await sql_touches(services, "revoke_other_sessions", **nobody, kept=None) == 0


@pytest.mark.parametrize("change", ["UPDATE signin_link SET used_at = now()", "UPDATE signin_link SET expires_at = now()"])
async def test_only_links_that_hold_are_ended(services: Services, change: str) -> None:
    added = await perform(services, story.OPERATOR, AddPerson("eve", "Eve", Role.VIEWER))
    await run(services, change)
    assert await sql_touches(services, "end_links", person_id=added.id) == 0


async def test_a_person_has_one_role_whatever_they_had(services: Services) -> None:
    added = await perform(services, story.OPERATOR, AddPerson("eve", "Eve", Role.VIEWER))
    for role in (Role.POWER_USER, Role.VIEWER):
        await perform(services, story.OPERATOR, ChangeRole(added.id, role))
    async with services.pool.connection() as connection:
        found = await people.SQL.all(connection, PersonSecret, "person_by_login", login="eve")
    assert [person.role for person in found] == [Role.VIEWER]


async def test_somebody_unknown_is_refused_and_on_record(services: Services) -> None:
    stranger = Asking(Actor(ActorKind.PERSON, new_id(), "nobody", Role.ADMIN))
    with pytest.raises(Unauthenticated):
        await perform(services, stranger, Retry(UUID(int=1)))
    [event] = await story.events(services, actor_id=stranger.actor.id)
    assert event.body.outcome == "denied"


async def test_the_right_to_read_content_is_as_it_stands_now(services: Services) -> None:
    asking = await story.person(services, Role.VIEWER)
    await run(services, "UPDATE person SET reads_content = false")
    async with services.pool.connection() as connection:
        assert not (await current_actor(connection, replace(asking.actor, reads_content=True))).reads_content


@pytest.mark.parametrize("name", ["get_standing", "lock_person"])
async def test_who_acts_and_whom_one_acts_on_stay_as_they_are_meanwhile(services: Services, owner_url: str, name: str) -> None:
    asking = await story.person(services, Role.VIEWER)
    async with services.pool.connection() as connection, connection.transaction():
        await people.SQL.run(connection, name, id=asking.actor.id)
        async with await psycopg.AsyncConnection.connect(owner_url) as other:
            with pytest.raises(errors.LockNotAvailable):
                await other.execute("SELECT FROM person WHERE id = %s FOR UPDATE NOWAIT", (asking.actor.id,))
