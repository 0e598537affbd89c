"""People, sessions and tokens: who may make them, what they hold, and when they end."""

import asyncio

import pytest

from tests import story
from tidegate.access import people as stored
from tidegate.access.credentials import hash_password, password_holds
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.domain.actor import ANONYMOUS, Actor, ActorKind, Permission, Role
from tidegate.domain.ids import new_id
from tidegate.domain.refusals import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.passwords import SetOwnPassword
from tidegate.operations.people import AddPerson, ChangeRole, DisablePerson, IssueLink
from tidegate.operations.sessions import RevokeSession, SignInWithLink, SignInWithPassword, SignOut
from tidegate.operations.tokens import CreateToken, RevokeToken

NOBODY = Asking(ANONYMOUS)
PASSWORD = "the tide comes at six"


async def ada(services: Services, role: Role = Role.POWER_USER) -> str:
    await perform(services, story.OPERATOR, AddPerson("Ada", "Ada L.", role, PASSWORD))
    return "ada"


async def test_a_password_opens_a_session_and_the_session_speaks_for_the_person(services: Services) -> None:
    signed = await perform(services, NOBODY, SignInWithPassword(await ada(services), PASSWORD))
    async with services.pool.connection() as connection:
        actor = await stored.actor_of_session(connection, signed.secret, idle_seconds=60)
        row = await (await connection.execute("SELECT token_hash FROM session")).fetchone()
    assert actor is not None
    assert (actor.kind, actor.name, actor.role, actor.credential_id) == (
        ActorKind.PERSON,
        "ada",
        Role.POWER_USER,
        signed.session_id,
    )
    assert row is not None
    assert signed.secret.encode() not in bytes(row[0])
    [event] = await story.events(services, action=AuditAction.SIGN_IN)
    assert (event.body.outcome, event.body.target.id, event.body.actor.name) == (AuditOutcome.ALLOWED, actor.id, "ada")


@pytest.mark.parametrize(("login", "password"), [("ada", "wrong password"), ("bob", PASSWORD), ("ada", ""), ("", "")])
async def test_every_wrong_sign_in_is_refused_alike_and_on_record_without_the_password(
    services: Services, login: str, password: str
) -> None:
    await ada(services)
    with pytest.raises(Unauthenticated, match="wrong_credentials"):
        await perform(services, NOBODY, SignInWithPassword(login, password))
    [event] = await story.events(services, action=AuditAction.SIGN_IN)
    assert event.body.outcome is AuditOutcome.DENIED
    assert not password or password not in str(event.body)


async def test_a_link_signs_in_once(services: Services) -> None:
    added = await perform(services, story.OPERATOR, AddPerson("eve", "Eve", Role.VIEWER))
    assert added.link_secret is not None
    assert (await perform(services, NOBODY, SignInWithLink(added.link_secret))).person.login == "eve"
    for secret in (added.link_secret, "invented"):
        with pytest.raises(Unauthenticated, match="link_spent"):
            await perform(services, NOBODY, SignInWithLink(secret))
    again = await perform(services, story.OPERATOR, IssueLink(added.id))
    assert (await perform(services, NOBODY, SignInWithLink(again.secret))).person.id == added.id


async def test_a_session_ends_by_signing_out_by_age_and_by_idling(services: Services) -> None:
    login = await ada(services)
    kinds = ["signed out", "expired", "idle", "open"]
    signed = {kind: await perform(services, NOBODY, SignInWithPassword(login, PASSWORD)) for kind in kinds}
    async with services.pool.connection() as connection:
        actor = await stored.actor_of_session(connection, signed["open"].secret, idle_seconds=60)
        assert actor is not None
        await perform(services, Asking(actor), SignOut(signed["signed out"].session_id))
        await connection.execute("UPDATE session SET expires_at = now() WHERE id = %s", (signed["expired"].session_id,))
        await connection.execute(
            "UPDATE session SET seen_at = now() - interval '61 s' WHERE id = %s", (signed["idle"].session_id,)
        )
        found = {kind: await stored.actor_of_session(connection, signed[kind].secret, idle_seconds=60) for kind in kinds}
    assert [kind for kind in kinds if found[kind] is not None] == ["open"]


async def test_sessions_and_tokens_of_others_are_out_of_reach(services: Services) -> None:
    signed = await perform(services, NOBODY, SignInWithPassword(await ada(services), PASSWORD))
    mine = await perform(services, await story.person(services, Role.VIEWER), CreateToken("script"))
    other = await story.person(services, Role.POWER_USER)
    with pytest.raises(NotFound):
        await perform(services, other, RevokeSession(signed.session_id))
    with pytest.raises(NotFound):
        await perform(services, other, RevokeToken(mine.id))


async def test_a_token_speaks_for_its_person_until_it_is_revoked(services: Services) -> None:
    asking = await story.person(services, Role.POWER_USER)
    made = await perform(services, asking, CreateToken("script", scopes=(Permission.JOB_READ,)))
    async with services.pool.connection() as connection:
        actor = await stored.actor_of_token(connection, made.secret)
        assert actor is not None
        assert (actor.kind, actor.id, actor.scopes) == (ActorKind.TOKEN, asking.actor.id, frozenset({Permission.JOB_READ}))
        with pytest.raises(Forbidden):
            await perform(services, Asking(actor), CreateToken("another"))
        await perform(services, asking, RevokeToken(made.id))
        assert await stored.actor_of_token(connection, made.secret) is None
        assert await stored.actor_of_token(connection, "tdg_invented") is None


@pytest.mark.parametrize("role", [Role.VIEWER, Role.POWER_USER])
async def test_only_administrators_manage_people(services: Services, role: Role) -> None:
    asking = await story.person(services, role)
    assert asking.actor.id is not None
    for command in (AddPerson("x", "X", Role.ADMIN), ChangeRole(asking.actor.id, Role.ADMIN), IssueLink(asking.actor.id)):
        with pytest.raises(Forbidden):
            await perform(services, asking, command)
    denied = [event for event in await story.events(services) if event.body.outcome is AuditOutcome.DENIED]
    assert len(denied) == 3


async def test_names_passwords_and_the_last_administrator(services: Services) -> None:
    admin = await story.person(services, Role.ADMIN, "root")
    assert admin.actor.id is not None
    with pytest.raises(Conflict, match="login_taken"):
        await perform(services, admin, AddPerson("ROOT", "again", Role.VIEWER))
    for login, password in (("a b", None), ("", None), ("ok", "too short")):
        with pytest.raises(Invalid):
            await perform(services, admin, AddPerson(login, "x", Role.VIEWER, password))
    with pytest.raises(Conflict, match="last_admin"):
        await perform(services, admin, ChangeRole(admin.actor.id, Role.VIEWER))
    with pytest.raises(NotFound):
        await perform(services, admin, ChangeRole(new_id(), Role.VIEWER))
    await story.person(services, Role.ADMIN)
    assert (await perform(services, admin, ChangeRole(admin.actor.id, Role.VIEWER))).role is Role.VIEWER


def test_passwords_are_argon2id_and_no_hash_holds_for_nobody() -> None:
    kept = hash_password(PASSWORD)
    assert kept.startswith("$argon2id$")
    assert password_holds(kept, PASSWORD)
    assert not password_holds(kept, PASSWORD + " ")
    assert not password_holds(None, PASSWORD)
    assert not password_holds("no hash", PASSWORD)


async def test_a_person_chooses_a_password_and_their_other_sessions_end(services: Services) -> None:
    added = await perform(services, story.OPERATOR, AddPerson("eve", "Eve", Role.VIEWER))
    assert added.link_secret is not None
    first = await perform(services, NOBODY, SignInWithLink(added.link_secret))
    async with services.pool.connection() as connection:
        actor = await stored.actor_of_session(connection, first.secret, idle_seconds=60)
        assert actor is not None
        await perform(services, Asking(actor), SetOwnPassword(PASSWORD))
        second = await perform(services, NOBODY, SignInWithPassword("eve", PASSWORD))
        with pytest.raises(Unauthenticated, match="wrong_credentials"):
            await perform(services, Asking(actor), SetOwnPassword("another tide tomorrow", "a guess"))
        assert (await perform(services, Asking(actor), SetOwnPassword("another tide tomorrow", PASSWORD))).sessions_ended == 1
        assert await stored.actor_of_session(connection, second.secret, idle_seconds=60) is None
        assert await stored.actor_of_session(connection, first.secret, idle_seconds=60) is not None
    with pytest.raises(Unauthenticated):
        await perform(services, NOBODY, SignInWithPassword("eve", PASSWORD))
    told = await story.events(services, action=AuditAction.PASSWORD_SET)
    assert [event.body.outcome for event in told] == [AuditOutcome.ALLOWED, AuditOutcome.DENIED, AuditOutcome.ALLOWED]
    assert not any(secret in str(told) for secret in (PASSWORD, "another tide", "a guess"))


async def test_a_closed_account_is_out_at_once_with_sessions_and_tokens(services: Services) -> None:
    admin = await story.person(services, Role.ADMIN)
    signed = await perform(services, NOBODY, SignInWithPassword(await ada(services), PASSWORD))
    ada_asks = Asking(Actor(ActorKind.PERSON, signed.person.id, "ada", Role.POWER_USER, signed.session_id))
    token = await perform(services, ada_asks, CreateToken("script"))
    await perform(services, admin, DisablePerson(signed.person.id, reason="left"))
    with pytest.raises(Unauthenticated):
        await perform(services, ada_asks, CreateToken("another"))
    for _ in range(2):
        async with services.pool.connection() as connection:
            assert await stored.actor_of_session(connection, signed.secret, idle_seconds=60) is None
            assert await stored.actor_of_token(connection, token.secret) is None
        if (await stored_person(services, "ada")).disabled:
            with pytest.raises(Conflict, match="nothing_to_change"):
                await perform(services, admin, DisablePerson(signed.person.id))
            await perform(services, admin, DisablePerson(signed.person.id, disabled=False))
    assert (await perform(services, NOBODY, SignInWithPassword("ada", PASSWORD))).person.login == "ada"


async def test_the_last_administrator_cannot_be_closed_out(services: Services) -> None:
    admin = await story.person(services, Role.ADMIN)
    assert admin.actor.id is not None
    with pytest.raises(Conflict, match="last_admin"):
        await perform(services, admin, DisablePerson(admin.actor.id))
    assert not (await stored_person(services, admin.actor.name)).disabled


async def stored_person(services: Services, login: str) -> stored.Person:
    async with services.pool.connection() as connection:
        found = await stored.person_by_login(connection, login)
    assert found is not None
    return found


@pytest.mark.parametrize("how", ["by themselves", "by each other", "by the operator"])
@pytest.mark.parametrize("what", ["another role", "closed"])
async def test_of_two_administrators_who_go_at_once_one_stays(services: Services, how: str, what: str) -> None:
    both = [await story.person(services, Role.ADMIN) for _ in range(2)]
    ids = [asking.actor.id or new_id() for asking in both]
    acts = [ChangeRole(id, Role.VIEWER) if what == "another role" else DisablePerson(id) for id in ids]
    who = {"by themselves": both, "by each other": both[::-1], "by the operator": [story.OPERATOR] * 2}[how]
    async with services.pool.connection(), services.pool.connection():
        pass  # both are open now: neither act waits for a connection while the other is carried out
    done = await asyncio.gather(*(perform(services, *pair) for pair in zip(who, acts, strict=True)), return_exceptions=True)
    refused = [error for error in done if isinstance(error, BaseException)]
    assert [type(error) for error in refused] in ([Conflict], [Forbidden], [Unauthenticated])
    async with services.pool.connection() as connection:
        assert await stored.has_admin(connection)
