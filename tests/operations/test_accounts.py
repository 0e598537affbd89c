"""What administrators see of accounts and do to what is others', and how a forgotten password is replaced."""

from datetime import timedelta

import pytest

from tests import story
from tidegate.access import people as stored
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.domain.actor import ANONYMOUS, Actor, Role
from tidegate.domain.ids import new_id
from tidegate.domain.refusals import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from tidegate.operations import accounts, reading
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.passwords import LINK_PROVES_SECONDS, Proof, SetOwnPassword
from tidegate.operations.people import AddPerson, ChangeRole, DisablePerson, IssueLink, SetContentRight
from tidegate.operations.sessions import RevokeSession, Signed, SignInWithLink, SignInWithPassword
from tidegate.operations.tokens import CreateToken, RevokeToken

NOBODY = Asking(ANONYMOUS)
FORGOTTEN = "the tide comes at six"
NEW = "another tide comes at noon"


async def holder(services: Services, signed: Signed) -> Asking:
    """Return who holds a session, as the web finds them."""
    async with services.pool.connection() as connection:
        actor = await stored.actor_of_session(connection, signed.secret, idle_seconds=60)
    assert actor is not None
    return Asking(actor)


async def by_link(services: Services) -> tuple[Actor, Asking]:
    """Add eve, who has a password, and sign her in by a link that ada made for her."""
    admin = await story.person(services, Role.ADMIN, "ada")
    eve = await perform(services, admin, AddPerson("eve", "Eve", Role.VIEWER, FORGOTTEN))
    issued = await perform(services, admin, IssueLink(eve.id, "forgot her password"))
    return admin.actor, await holder(services, await perform(services, NOBODY, SignInWithLink(issued.secret)))


async def test_a_link_replaces_a_forgotten_password_once(services: Services) -> None:
    _, eve = await by_link(services)
    assert not (await accounts.get_password_standing(services, eve.actor)).must_be_given
    await perform(services, eve, SetOwnPassword(NEW))
    assert (await accounts.get_password_standing(services, eve.actor)).must_be_given
    with pytest.raises(Unauthenticated, match="wrong_credentials"):
        await perform(services, eve, SetOwnPassword(FORGOTTEN))
    assert (await perform(services, NOBODY, SignInWithPassword("eve", NEW))).person.login == "eve"
    denied, done = await story.events(services, action=AuditAction.PASSWORD_SET)
    assert denied.body.outcome is AuditOutcome.DENIED
    assert done.body.after == {"proof": Proof.LINK, "sessions_ended": 0}


async def test_a_link_proves_nothing_after_a_while(services: Services) -> None:
    _, eve = await by_link(services)
    async with services.pool.connection() as connection:
        await connection.execute(
            "UPDATE session SET created_at = created_at - %s WHERE id = %s",
            (timedelta(seconds=LINK_PROVES_SECONDS), eve.actor.credential_id),
        )
    assert (await accounts.get_password_standing(services, eve.actor)).must_be_given
    with pytest.raises(Unauthenticated):
        await perform(services, eve, SetOwnPassword(NEW))
    await perform(services, eve, SetOwnPassword(NEW, FORGOTTEN))


async def test_another_session_of_the_same_person_needs_the_present_password(services: Services) -> None:
    await by_link(services)
    other = await holder(services, await perform(services, NOBODY, SignInWithPassword("eve", FORGOTTEN)))
    for guess in ("", "a wrong one"):
        with pytest.raises(Unauthenticated):
            await perform(services, other, SetOwnPassword(NEW, guess))


async def test_a_wrong_present_password_is_not_saved_by_the_link(services: Services) -> None:
    _, eve = await by_link(services)
    with pytest.raises(Unauthenticated):
        await perform(services, eve, SetOwnPassword(NEW, "a wrong one"))


async def test_of_several_links_the_newest_holds_and_none_outlives_a_new_password(services: Services) -> None:
    eve = await perform(services, story.OPERATOR, AddPerson("eve", "Eve", Role.VIEWER))
    first, second = [await perform(services, story.OPERATOR, IssueLink(eve.id)) for _ in range(2)]
    for spent in (eve.link_secret or "", first.secret):
        with pytest.raises(Unauthenticated, match="link_spent"):
            await perform(services, NOBODY, SignInWithLink(spent))
    asking = await holder(services, await perform(services, NOBODY, SignInWithLink(second.secret)))
    third = await perform(services, story.OPERATOR, IssueLink(eve.id))
    await perform(services, asking, SetOwnPassword(NEW))
    with pytest.raises(Unauthenticated, match="link_spent"):
        await perform(services, NOBODY, SignInWithLink(third.secret))


async def test_a_closed_account_gets_no_link_and_an_old_one_holds_no_more_when_it_is_open_again(services: Services) -> None:
    await story.person(services, Role.ADMIN)
    eve = await perform(services, story.OPERATOR, AddPerson("eve", "Eve", Role.VIEWER))
    await perform(services, story.OPERATOR, DisablePerson(eve.id))
    with pytest.raises(Conflict, match="account_closed"):
        await perform(services, story.OPERATOR, IssueLink(eve.id))
    await perform(services, story.OPERATOR, DisablePerson(eve.id, disabled=False))
    with pytest.raises(Unauthenticated, match="link_spent"):
        await perform(services, NOBODY, SignInWithLink(eve.link_secret or ""))


async def test_an_administrator_ends_what_is_others_on_record_with_the_owner_and_a_reason(services: Services) -> None:
    ada, eve = await by_link(services)
    token = await perform(services, eve, CreateToken("nightly"))
    assert eve.actor.credential_id is not None
    assert eve.actor.id is not None
    admin = Asking(ada)
    [session] = await accounts.list_sessions_of(services, ada, eve.actor.id)
    await perform(services, admin, RevokeSession(session.id, "a lost telephone"))
    await perform(services, admin, RevokeToken(token.id, "a lost telephone"))
    assert await accounts.list_sessions_of(services, ada, eve.actor.id) == []
    assert await reading.list_tokens_of(services, ada, eve.actor.id) == []
    for action, name in ((AuditAction.SESSION_REVOKE, {}), (AuditAction.TOKEN_REVOKE, {"name": "nightly"})):
        [event] = await story.events(services, action=action)
        assert (event.body.actor.name, event.body.reason) == ("ada", "a lost telephone")
        assert event.body.before == {"person": str(eve.actor.id), "login": "eve", **name}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.POWER_USER])
async def test_accounts_of_others_are_seen_by_administrators_only(services: Services, role: Role) -> None:
    actor, other = (await story.person(services, role)).actor, (await story.person(services, Role.ADMIN)).actor.id
    assert other is not None
    for ask in (accounts.get_account, accounts.list_sessions_of, reading.list_tokens_of):
        with pytest.raises(Forbidden):
            await ask(services, actor, other)
    with pytest.raises(Forbidden):
        await accounts.list_members(services, actor)
    assert actor.id is not None
    assert await accounts.list_sessions_of(services, actor, actor.id) == []


async def test_an_account_tells_every_role_with_its_reason_and_event(services: Services) -> None:
    admin = await story.person(services, Role.ADMIN, "ada")
    eve = await perform(services, admin, AddPerson("eve", "Eve", Role.VIEWER))
    changed = await perform(services, admin, ChangeRole(eve.id, Role.POWER_USER, "on call from today"))
    with pytest.raises(Conflict, match="nothing_to_change"):
        await perform(services, admin, ChangeRole(eve.id, Role.POWER_USER))
    told = await accounts.get_account(services, admin.actor, eve.id)
    assert (told.account.login, told.account.has_password, told.identities) == ("eve", False, [])
    now, before = told.roles
    assert (now.role, now.revoked_at, now.granted_by, now.reason) == (Role.POWER_USER, None, "ada", "on call from today")
    assert (now.audit_event_id, before.audit_event_id) == (changed.audit_event_id, eve.audit_event_id)
    assert (before.role, before.revoked_at) == (Role.VIEWER, now.granted_at)
    with pytest.raises(NotFound):
        await accounts.get_account(services, admin.actor, new_id())


async def test_the_right_to_read_content_is_given_and_taken_on_record(services: Services) -> None:
    admin, eve = await story.person(services, Role.ADMIN), await story.person(services, Role.VIEWER, "eve")
    assert eve.actor.id is not None
    event = (
        await perform(services, admin, SetContentRight(eve.actor.id, reads_content=False, reason="works elsewhere now"))
    ).audit_event_id
    with pytest.raises(Conflict, match="nothing_to_change"):
        await perform(services, admin, SetContentRight(eve.actor.id, reads_content=False))
    with pytest.raises(NotFound):
        await perform(services, admin, SetContentRight(new_id(), reads_content=True))
    with pytest.raises(Forbidden):
        await perform(services, eve, SetContentRight(eve.actor.id, reads_content=True))
    told = await reading.get_audit_event(services, admin.actor, event)
    assert (told.body.before, told.body.after) == ({"reads_content": True}, {"reads_content": False})
    assert told.body.reason == "works elsewhere now"
    assert not (await accounts.get_account(services, admin.actor, eve.actor.id)).account.reads_content


async def test_members_come_in_pages_with_their_ways_in(services: Services) -> None:
    _, eve = await by_link(services)
    await perform(services, eve, CreateToken("nightly"))
    first = await accounts.list_members(services, story.OPERATOR.actor, limit=1)
    second = await accounts.list_members(services, story.OPERATOR.actor, after=first.next_after, limit=1)
    assert [person.login for person in first.people + second.people] == ["ada", "eve"]
    assert (first.next_after, second.next_after) == ("ada", None)
    [told] = second.people
    assert (told.sessions, told.tokens, told.seen_at is not None) == (1, 1, True)


async def test_a_session_that_idled_out_is_not_listed_as_open(services: Services) -> None:
    ada, eve = await by_link(services)
    idle = timedelta(seconds=services.settings.session_idle_seconds)
    async with services.pool.connection() as connection:
        await connection.execute("UPDATE session SET seen_at = now() - %s WHERE id = %s", (idle, eve.actor.credential_id))
    assert eve.actor.id is not None
    assert await accounts.list_sessions_of(services, ada, eve.actor.id) == []
    assert await reading.list_own_sessions(services, eve.actor) == []


async def test_every_act_on_an_account_takes_a_reason_of_a_sentence_or_two(services: Services) -> None:
    admin, eve = await story.person(services, Role.ADMIN), (await story.person(services, Role.VIEWER)).actor.id
    assert eve is not None
    long = "r" * 501
    for act in (IssueLink(eve, long), SetContentRight(eve, False, long), RevokeSession(eve, long), RevokeToken(eve, long)):
        with pytest.raises(Invalid, match="reason_too_long"):
            await perform(services, admin, act)
