"""Who asks is looked up for all who ask at one moment at once, and as the database has it at that moment."""

import asyncio
from dataclasses import dataclass

import psycopg
import pytest

from tests import story, visitors
from tidegate.domain.actor import ActorKind, Role
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.knowing import Known
from tidegate.operations.people import ChangeRole
from tidegate.operations.sessions import RevokeSession
from tidegate.operations.tokens import RevokeToken

LONG_AGO = """WITH s AS (UPDATE session SET seen_at = now() - interval '2 minutes' RETURNING id)
              UPDATE api_token SET used_at = %s WHERE EXISTS (SELECT FROM s)"""
FRESH = """SELECT (SELECT bool_and(seen_at > now() - interval '1 minute') FROM session),
                  (SELECT bool_and(coalesce(used_at > now() - interval '1 minute', false)) FROM api_token)"""


@dataclass(frozen=True)
class Somebody:
    """A person, and the secrets of a session and a token of theirs."""

    asking: Asking
    session: str
    token: str


async def somebody(services: Services, role: Role = Role.VIEWER) -> Somebody:
    asking = await story.person(services, role)
    return Somebody(asking, await visitors.session(services, asking), await visitors.token(services, asking))


async def checkouts(services: Services) -> int:
    return services.pool.get_stats()["requests_num"]


async def test_all_who_ask_at_one_moment_are_looked_up_at_once_and_each_is_told_of_themselves(services: Services) -> None:
    people = [await somebody(services) for _ in range(3)]
    known = Known(services)
    for one in people:
        await known.by_token(one.token)
    before = await checkouts(services)
    secrets = [one.session for one in people * 10]
    found = await asyncio.gather(*(known.by_session(secret) for secret in secrets))
    assert [actor.id if actor else None for actor in found] == [one.asking.actor.id for one in people * 10]
    assert {actor.kind for actor in found if actor} == {ActorKind.PERSON}
    spoken_for = await asyncio.gather(*(known.by_token(one.token) for one in people * 10))
    assert [actor.id if actor else None for actor in spoken_for] == [one.asking.actor.id for one in people * 10]
    assert {actor.kind for actor in spoken_for if actor} == {ActorKind.TOKEN}
    assert await checkouts(services) - before == 2


async def test_who_holds_nothing_opens_nothing_beside_somebody_who_does(services: Services) -> None:
    one, known = await somebody(services), Known(services)
    found = await asyncio.gather(*(known.by_session(secret) for secret in ("", one.token, one.session, "x" * 43)))
    assert [actor is not None for actor in found] == [False, False, True, False]
    found = await asyncio.gather(*(known.by_token(secret) for secret in ("", one.session, one.token, "tdg_invented")))
    assert [actor is not None for actor in found] == [False, False, True, False]


async def test_what_is_revoked_opens_nothing_from_then_on_however_many_ask(services: Services) -> None:
    known, other = Known(services), await somebody(services)
    stopped = asyncio.Event()

    async def ask_on() -> None:
        while not stopped.is_set():
            assert await known.by_session(other.session)
            assert await known.by_token(other.token)

    crowd = [asyncio.create_task(ask_on()) for _ in range(8)]
    for _ in range(5):
        one = await somebody(services, Role.ADMIN)
        person, token = await known.by_session(one.session), await known.by_token(one.token)
        assert person
        assert person.credential_id
        assert token
        assert token.credential_id
        await perform(services, one.asking, RevokeSession(person.credential_id))
        assert await known.by_session(one.session) is None
        await perform(services, one.asking, RevokeToken(token.credential_id))
        assert await known.by_token(one.token) is None
    stopped.set()
    await asyncio.gather(*crowd)


async def test_a_new_role_holds_for_the_next_who_asks(services: Services) -> None:
    one, known = await somebody(services, Role.VIEWER), Known(services)
    assert one.asking.actor.id
    for role in (Role.POWER_USER, Role.VIEWER, Role.ADMIN):
        await perform(services, story.OPERATOR, ChangeRole(one.asking.actor.id, role))
        actors = await asyncio.gather(known.by_session(one.session), known.by_token(one.token))
        assert [actor.role for actor in actors if actor] == [role, role]


@pytest.mark.parametrize("used_at", [None, "2020-01-01"])
async def test_that_somebody_was_there_is_written_once_a_minute(services: Services, owner_url: str, used_at: str | None) -> None:
    one, known = await somebody(services), Known(services)
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as connection:
        await connection.execute(LONG_AGO, (used_at,))
        assert await known.by_session(one.session)
        assert await known.by_token(one.token)
        assert await (await connection.execute(FRESH)).fetchone() == (True, True)


async def test_nobody_waits_for_the_row_of_another(services: Services, owner_url: str) -> None:
    known, held, free = Known(services), await somebody(services), await somebody(services)
    async with await psycopg.AsyncConnection.connect(owner_url) as connection:
        await connection.execute(LONG_AGO, (None,))
        await connection.commit()
        held_id = held.asking.actor.id
        await connection.execute("SELECT FROM session WHERE person_id = %s FOR UPDATE", (held_id,))
        await connection.execute("SELECT FROM api_token WHERE person_id = %s FOR UPDATE", (held_id,))
        waiting = [asyncio.create_task(known.by_session(held.session)), asyncio.create_task(known.by_token(held.token))]
        async with asyncio.timeout(5):
            assert await known.by_session(free.session)
            assert await known.by_token(free.token)
        assert not any(task.done() for task in waiting)
    assert all(await asyncio.gather(*waiting))
    await known.settle()
