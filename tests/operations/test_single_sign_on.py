"""Signing in by way of a real provider process: the honest way works, and whatever it gets wrong is refused and on record."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from tests import oidc_provider, story
from tests.oidc_provider import CANARY, CLIENT_ID, CLIENT_SECRET, RunningProvider, running_provider
from tidegate.access import provider_answers
from tidegate.access.journeys import Answer
from tidegate.access.oidc import Provider
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.domain.actor import ANONYMOUS, Role
from tidegate.domain.ids import new_id
from tidegate.domain.refusals import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.people import DisablePerson
from tidegate.operations.sessions import Signed
from tidegate.operations.single_sign_on import LinkIdentity, SignInWithIdentity, begin, logins_for, prove
from tidegate.settings import Settings

NOBODY = Asking(ANONYMOUS, "the-request")


@pytest.fixture(scope="module")
async def process() -> AsyncIterator[RunningProvider]:
    """The provider's process, one for all of these tests."""
    async with running_provider() as running:
        yield running


@pytest.fixture
async def provider(process: RunningProvider) -> RunningProvider:
    """The provider, honest."""
    await process.behave(mode=oidc_provider.HONEST, algorithm="RS256", claims={})
    return process


@pytest.fixture
def settings(settings: Settings, provider: RunningProvider) -> Settings:
    return replace(
        settings, oidc_issuer=provider.issuer, oidc_client_id=CLIENT_ID, oidc_client_secret=CLIENT_SECRET,
        oidc_default_role="viewer", public_url="https://tidegate.test",
    )  # fmt: skip


async def brought_back(services: Services, provider: RunningProvider, path: str = "/ingestion") -> tuple[str, Answer]:
    """Go to the provider and return the browser's secret and what it came back with."""
    begun = await begin(services, NOBODY, path)
    given = {name: found[0] for name, found in parse_qs(urlsplit(await provider.visited(begun.address)).query).items()}
    return begun.secret, Answer(given.get("state", ""), given.get("code", ""), given.get("error", ""), given.get("iss", ""))


async def signed_in(services: Services, provider: RunningProvider) -> Signed:
    secret, answer = await brought_back(services, provider)
    proof, _ = await prove(services, NOBODY, secret, answer)
    return await perform(services, NOBODY, SignInWithIdentity(proof, "tests"))


async def refusal(services: Services, provider: RunningProvider) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as refused:
        await signed_in(services, provider)
    return refused.value


def with_role(services: Services, role: str) -> Services:
    return replace(services, settings=replace(services.settings, oidc_default_role=role))


async def test_the_first_sign_in_adds_the_person_and_the_next_one_finds_them(
    services: Services, provider: RunningProvider
) -> None:
    first, second = await signed_in(services, provider), await signed_in(services, provider)
    assert (first.person.login, first.person.display_name, first.person.role) == ("ada", "Ada L.", Role.VIEWER)
    assert first.person.id == second.person.id
    assert first.secret != second.secret
    [added] = await story.events(services, action=AuditAction.PERSON_ADD)
    assert (added.body.actor.kind, added.body.target.id) == ("anonymous", first.person.id)
    assert added.body.after is not None
    assert (added.body.after["issuer"], added.body.after["subject"]) == (provider.issuer, "4711")
    signs = await story.events(services, action=AuditAction.SIGN_IN)
    assert [(event.body.outcome, event.body.actor.id) for event in signs] == [(AuditOutcome.ALLOWED, first.person.id)] * 2


async def test_the_browser_carries_nothing_that_redeems_the_code(services: Services, provider: RunningProvider) -> None:
    begun = await begin(services, NOBODY, "/ingestion")
    asked = {name: found[0] for name, found in parse_qs(urlsplit(begun.address).query).items()}
    assert (asked["response_type"], asked["code_challenge_method"], asked["client_id"]) == ("code", "S256", CLIENT_ID)
    assert asked["redirect_uri"] == "https://tidegate.test/sign-in/provider/return"
    assert begun.secret not in begun.address
    assert CLIENT_SECRET not in begun.address
    async with services.pool.connection() as connection:
        rows = await (await connection.execute("SELECT * FROM pending_sign_in")).fetchall()
    assert len(rows) == 1
    assert not any(part in str(rows) for part in (begun.secret, asked["state"], asked["nonce"]))


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("wrong_issuer", "id_token_issuer"),
        ("wrong_audience", "id_token_audience"),
        ("wrong_party", "id_token_audience"),
        ("no_party", "id_token_audience"),
        ("expired", "id_token_time"),
        ("from_the_future", "id_token_time"),
        ("old", "id_token_time"),
        ("alg_none", "id_token_algorithm"),
        ("hs256", "id_token_algorithm"),
        ("own_key", "id_token_signature"),
        ("unknown_kid", "id_token_key_unknown"),
        ("bad_nonce", "id_token_nonce"),
        ("no_nonce", "id_token_nonce"),
        ("no_subject", "id_token_subject"),
        ("no_token", "id_token_malformed"),
        ("huge", "provider_answer_unusable"),
        ("redirected", "provider_answer_unusable"),
        ("broken", "provider_away"),
        ("denied", "provider_refused"),
        ("mixed_up", "provider_issuer_mismatch"),
        ("no_issuer", "provider_issuer_mismatch"),
        ("other_state", "sign_in_not_begun_here"),
        ("other_discovery", "provider_issuer_mismatch"),
        ("unsafe_endpoint", "provider_answer_unusable"),
    ],
)
async def test_what_the_provider_gets_wrong_is_refused_in_our_words(
    services: Services, provider: RunningProvider, mode: str, code: str
) -> None:
    await provider.behave(mode=mode)
    refused = await refusal(services, provider)
    assert refused.code == code
    assert CANARY not in refused.message
    [event] = await story.events(services, action=AuditAction.SIGN_IN)
    assert (event.body.outcome, event.body.after) == (AuditOutcome.DENIED, {"refusal": code})
    assert (event.body.actor.kind, event.body.request_id) == ("anonymous", "the-request")
    assert CANARY not in str(event.body)
    await provider.behave(mode=oidc_provider.HONEST)
    assert (await signed_in(services, provider)).person.login == "ada"


async def test_a_slow_provider_holds_nobody_for_long_and_no_connection(
    services: Services, provider: RunningProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_answers, "PIECE_SECONDS", 0.3)
    await provider.behave(mode="slow")
    secret, answer = await brought_back(services, provider)
    begun = time.monotonic()
    waiting = asyncio.create_task(prove(services, NOBODY, secret, answer))
    await asyncio.sleep(0.15)
    stats = services.pool.get_stats()
    assert stats["pool_available"] == stats["pool_size"]
    proof, _ = await waiting
    assert str(proof) == "provider_away"
    assert time.monotonic() - begun < oidc_provider.SLOW_SECONDS / 2


async def test_a_provider_that_is_not_there_is_told(services: Services, provider: RunningProvider) -> None:
    gone = replace(services, identity_provider=Provider("http://127.0.0.1:9", CLIENT_ID, ""))
    with pytest.raises(Unauthenticated, match="provider_away"):
        await begin(gone, NOBODY, "/ingestion")
    with pytest.raises(NotFound, match="no_identity_provider"):
        await begin(replace(services, identity_provider=None), NOBODY, "/ingestion")


async def test_rotated_keys_are_fetched_and_old_ones_forgotten(services: Services, provider: RunningProvider) -> None:
    await signed_in(services, provider)
    await provider.behave(rotate=True)
    assert (await signed_in(services, provider)).person.login == "ada"
    await provider.behave(rotate=True, algorithm="ES256")
    assert (await signed_in(services, provider)).person.login == "ada"


async def test_a_code_is_good_once_and_only_in_the_browser_that_asked(services: Services, provider: RunningProvider) -> None:
    secret, answer = await brought_back(services, provider, "/search")
    other_secret, other = await brought_back(services, provider)
    with pytest.raises(Unauthenticated, match="sign_in_not_begun_here"):
        await prove(services, NOBODY, other_secret, answer)
    injected = Answer(other.state, answer.code, "", other.issuer)
    assert (await prove(services, NOBODY, other_secret, injected))[0] == "provider_code_refused"
    secret, answer = await brought_back(services, provider, "/search")
    proof, path = await prove(services, NOBODY, secret, answer)
    assert (path, getattr(proof, "subject", None)) == ("/search", "4711")
    for again in (secret, "", "invented"):
        with pytest.raises(Unauthenticated, match="sign_in_not_begun_here"):
            await prove(services, NOBODY, again, answer)


async def test_who_comes_back_too_late_begins_again_and_is_forgotten(services: Services, provider: RunningProvider) -> None:
    secret, answer = await brought_back(services, provider)
    async with services.pool.connection() as connection:
        await connection.execute("RESET ROLE")
        await connection.execute("UPDATE pending_sign_in SET expires_at = now()")
        await connection.execute("SET ROLE tidegate_app")
    with pytest.raises(Unauthenticated, match="sign_in_not_begun_here"):
        await prove(services, NOBODY, secret, answer)
    await begin(services, NOBODY, "/ingestion")
    async with services.pool.connection() as connection:
        row = await (await connection.execute("SELECT count(*) FROM pending_sign_in")).fetchone()
    assert row == (1,)


async def test_unknown_people_are_refused_until_an_administrator_links_them(
    services: Services, provider: RunningProvider
) -> None:
    closed = with_role(services, "")
    grace = await story.person(services, Role.POWER_USER, "grace")
    assert grace.actor.id is not None
    refused = await refusal(closed, provider)
    assert (refused.code, "4711" in refused.message) == ("identity_unknown", False)
    [event] = await story.events(services, action=AuditAction.SIGN_IN, outcome=AuditOutcome.DENIED)
    assert event.body.reason == "identity 4711"
    admin = await story.person(services, Role.ADMIN)
    linked = await perform(services, admin, LinkIdentity(grace.actor.id, "4711", "asked for it"))
    signed = await signed_in(closed, provider)
    assert (signed.person.login, signed.person.role) == ("grace", Role.POWER_USER)
    [event] = await story.events(services, action=AuditAction.IDENTITY_LINK)
    assert (event.id, event.body.target.id, event.body.reason) == (linked.audit_event_id, grace.actor.id, "asked for it")


async def test_linking_is_for_administrators_and_moves_an_identity_on_record(
    services: Services, provider: RunningProvider
) -> None:
    admin = await story.person(services, Role.ADMIN)
    first, second = await story.person(services, Role.VIEWER), await story.person(services, Role.VIEWER)
    assert first.actor.id is not None
    assert second.actor.id is not None
    with pytest.raises(Forbidden):
        await perform(services, first, LinkIdentity(first.actor.id, "4711"))
    await perform(services, admin, LinkIdentity(first.actor.id, "4711"))
    with pytest.raises(Conflict, match="identity_linked"):
        await perform(services, admin, LinkIdentity(first.actor.id, "4711"))
    await perform(services, admin, LinkIdentity(second.actor.id, "4711"))
    assert (await signed_in(services, provider)).person.id == second.actor.id
    moved = (await story.events(services, action=AuditAction.IDENTITY_LINK, outcome=AuditOutcome.ALLOWED))[0].body
    assert (moved.before, moved.after and moved.after["person"]) == ({"person": str(first.actor.id)}, str(second.actor.id))
    for person_id, subject, kind in ((new_id(), "x", NotFound), (first.actor.id, "", Invalid), (first.actor.id, "ä", Invalid)):
        with pytest.raises(kind):
            await perform(services, admin, LinkIdentity(person_id, subject))


async def test_the_key_is_issuer_and_subject_never_the_address_or_the_name(services: Services, provider: RunningProvider) -> None:
    ada = (await signed_in(services, provider)).person
    await provider.behave(claims={"sub": "4712"})
    another = (await signed_in(services, provider)).person
    assert (another.login, another.id == ada.id) == ("ada-2", False)
    await provider.behave(claims={"preferred_username": "renamed", "email": "new@example.org"})
    assert (await signed_in(services, provider)).person.id == ada.id
    await story.person(services, Role.ADMIN, "root")
    await provider.behave(claims={"sub": "evil", "preferred_username": "root", "email": "root@example.org"})
    evil = (await signed_in(services, provider)).person
    assert (evil.login, evil.role) == ("root-2", Role.VIEWER)


async def test_a_closed_account_does_not_open_at_the_provider(services: Services, provider: RunningProvider) -> None:
    await story.person(services, Role.ADMIN)
    ada = (await signed_in(services, provider)).person
    await perform(services, story.OPERATOR, DisablePerson(ada.id))
    assert (await refusal(services, provider)).code == "account_inactive"


async def test_two_first_sign_ins_at_once_add_one_person(services: Services, provider: RunningProvider) -> None:
    signed = await asyncio.gather(*(signed_in(services, provider) for _ in range(4)))
    assert len({one.person.id for one in signed}) == 1
    assert len(await story.events(services, action=AuditAction.PERSON_ADD)) == 1


@pytest.mark.parametrize(
    ("wish", "login"),
    [
        ("Ada.Lovelace", "ada.lovelace"),
        ("Jürgen Groß", "jurgen-gro"),
        ("ada@example.org", "ada@example.org"),
        ("  ../..//etc", "etc"),
        ("李", "person"),
        ("", "person"),
        ("x" * 500, "x" * 100),
    ],
)
def test_a_wish_becomes_a_sign_in_name(wish: str, login: str) -> None:
    names = logins_for(wish)
    assert [next(names), next(names)] == [login, f"{login}-2"]
