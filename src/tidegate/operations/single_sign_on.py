"""Signing in by way of the identity provider. The provider is asked before a transaction opens, so that a slow one holds none.

`begin` → the browser goes there and comes back → `prove` → `SignInWithIdentity`. Each refusal is on record with its doubt.
"""

import hmac
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar
from uuid import UUID

import msgspec

from tidegate.access import identities, people
from tidegate.access.doubts import Doubt, NotProven
from tidegate.access.journeys import SUBJECT_CHARACTERS, Answer, Identity, IdentityProvider, Journey
from tidegate.audit.record import Target
from tidegate.audit.vocabulary import AuditAction, TargetKind
from tidegate.domain.actor import Permission, Role
from tidegate.domain.ids import new_id
from tidegate.domain.refusals import Conflict, Invalid, NotFound, Unauthenticated
from tidegate.operations.door import Asking, Door, Services, perform
from tidegate.operations.jobs import check_reason
from tidegate.operations.people import LOGIN_FORM
from tidegate.operations.sessions import Signed, Way, open_session

LOGIN_CHARACTERS = 100
LOGIN_TRIES = 1000
"""Numbers tried behind a name that is taken."""

AWAY = "The sign-in service does not answer. Try again in a moment, or sign in with a password."
UNUSABLE = "The sign-in service and this server do not fit together. An administrator finds the reason in the audit log."
REFUSED = "The sign-in service did not let you in. Try again, or ask an administrator."
NOT_BELIEVED = "What the sign-in service sent could not be trusted, so nobody was signed in. Try again."
TEXTS = {
    Doubt.PROVIDER_AWAY: AWAY,
    Doubt.PROVIDER_UNUSABLE: UNUSABLE,
    Doubt.PROVIDER_MISMATCH: UNUSABLE,
    Doubt.PROVIDER_REFUSED: REFUSED,
    Doubt.CODE_REFUSED: REFUSED,
}
NOT_BEGUN_HERE = "This sign-in was not begun in this browser, or took too long. Try again."
UNKNOWN = "You are not known here yet. Ask an administrator to add you; the audit log tells them which identity to link."


@dataclass(frozen=True)
class Begun:
    """Where to send the browser, and the secret that its cookie keeps until it is back."""

    address: str
    secret: str


class Linked(msgspec.Struct, frozen=True):
    """An identity that signs somebody in from now on."""

    person_id: UUID
    audit_event_id: UUID


async def begin(services: Services, asking: Asking, return_to: str) -> Begun:
    """Send somebody to the provider; they go on to the local path `return_to` afterwards. Raises Unauthenticated, NotFound."""
    provider, journey = _provider(services), Journey.new()
    try:
        address: str | Doubt = await provider.address_for(journey, redirect_uri(services))
    except NotProven as error:
        address = error.doubt
    await perform(services, asking, SetOut(journey, address, return_to))
    return Begun(str(address), journey.secret)


async def prove(services: Services, asking: Asking, secret: str, answer: Answer) -> tuple[Identity | Doubt, str]:
    """Return who came back, or why nobody is believed, and the path to go on to. Raises Unauthenticated, NotFound."""
    provider, journey = _provider(services), Journey(secret)
    return_to = await perform(services, asking, ComeBack(journey, answer.state))
    try:
        return await provider.prove(journey, answer, redirect_uri(services)), return_to
    except NotProven as error:
        return error.doubt, return_to


def redirect_uri(services: Services) -> str:
    """Return the one address that the provider sends people back to: from the settings, never from a request."""
    return f"{services.settings.base_url}/sign-in/provider/return"


@dataclass(frozen=True)
class SetOut:
    """Remember that a browser is sent to the provider: no action yet, so only its refusal is recorded."""

    permission: ClassVar[None] = None
    action: ClassVar[AuditAction] = AuditAction.SIGN_IN

    journey: Journey
    address: str | Doubt
    return_to: str

    @property
    def target(self) -> Target:
        """A person, unknown until proven."""
        return Target(TargetKind.PERSON)

    async def carry_out(self, door: Door) -> None:
        """See `Command.carry_out`. Raises Unauthenticated."""
        if isinstance(self.address, Doubt):
            raise _refusal(self.address)
        await identities.keep_pending(door.connection, self.journey, self.return_to)


@dataclass(frozen=True)
class ComeBack:
    """Spend the journey of a browser that is back, once; the state must be the one that it left with."""

    permission: ClassVar[None] = None
    action: ClassVar[AuditAction] = AuditAction.SIGN_IN

    journey: Journey
    state: str

    @property
    def target(self) -> Target:
        """A person, unknown until proven."""
        return Target(TargetKind.PERSON)

    async def carry_out(self, door: Door) -> str:
        """See `Command.carry_out`; returns the path to go on to. Raises Unauthenticated."""
        same = hmac.compare_digest(self.journey.state.encode(), self.state.encode(errors="replace"))
        return_to = await identities.spend_pending(door.connection, self.journey) if same else None
        if return_to is None:
            raise Unauthenticated("sign_in_not_begun_here", NOT_BEGUN_HERE)
        return return_to


@dataclass(frozen=True)
class SignInWithIdentity:
    """Open a session for whom the provider proved. Raises Unauthenticated.

    An identity that nobody has gets an account where the settings name a role for that. Its `person.add` event is by the
    anonymous actor: no person of ours acted, a rule in the settings did, on the provider's word.
    """

    permission: ClassVar[None] = None
    action: ClassVar[AuditAction] = AuditAction.SIGN_IN

    proof: Identity | Doubt
    user_agent: str = ""

    @property
    def target(self) -> Target:
        """A person, unknown until proven."""
        return Target(TargetKind.PERSON)

    @property
    def reason(self) -> str | None:
        """Which identity was refused, so that an administrator can link it."""
        return None if isinstance(self.proof, Doubt) else f"identity {self.proof.subject}"

    async def carry_out(self, door: Door) -> Signed:
        """See `Command.carry_out`."""
        if isinstance(self.proof, Doubt):
            raise _refusal(self.proof)
        person_id = await identities.person_of(door.connection, self.proof) or await _added(door, self.proof)
        person = await people.standing(door.connection, person_id)
        if person is None or person.disabled or person.role is None:
            raise Unauthenticated("account_inactive", "This account is no longer active.")
        return await open_session(door, person, self.user_agent, Way.PROVIDER)


@dataclass(frozen=True)
class LinkIdentity:
    """Let an identity at the provider sign a person in. Raises NotFound, Invalid, Conflict where it is theirs already."""

    permission: ClassVar[Permission] = Permission.PERSON_MANAGE
    action: ClassVar[AuditAction] = AuditAction.IDENTITY_LINK

    person_id: UUID
    subject: str
    reason: str | None = None

    @property
    def target(self) -> Target:
        """The person."""
        return Target(TargetKind.PERSON, self.person_id)

    async def carry_out(self, door: Door) -> Linked:
        """See `Command.carry_out`."""
        check_reason(self.reason)
        issuer = _provider(door.services).issuer
        if not 0 < len(self.subject) <= SUBJECT_CHARACTERS or not (self.subject.isascii() and self.subject.isprintable()):
            raise Invalid("bad_subject", "An identity has 1 to {limit} visible ASCII characters.", limit=SUBJECT_CHARACTERS)
        if await people.standing(door.connection, self.person_id) is None:
            raise NotFound("person_not_found", "There is no such person.")
        identity = Identity(issuer, self.subject, "", "")
        before = await identities.person_of(door.connection, identity)
        if before == self.person_id:
            raise Conflict("identity_linked", "This identity is linked to this person already.")
        told = {"issuer": issuer, "subject": self.subject}
        event = await door.record(
            self.target, reason=self.reason, before={"person": str(before) if before else None},
            after={**told, "person": str(self.person_id)},
        )  # fmt: skip
        await identities.link(door.connection, issuer, self.subject, self.person_id, event)
        return Linked(self.person_id, event)


def _provider(services: Services) -> IdentityProvider:
    if services.identity_provider is None:
        raise NotFound("no_identity_provider", "Signing in with an identity provider is not set up here.")
    return services.identity_provider


def _refusal(doubt: Doubt) -> Unauthenticated:
    return Unauthenticated(doubt.value, TEXTS.get(doubt, NOT_BELIEVED))


async def _added(door: Door, identity: Identity) -> UUID:
    """Add the person of an identity seen for the first time, in the transaction of their sign-in. Raises Unauthenticated."""
    if not door.services.settings.oidc_default_role:
        raise Unauthenticated("identity_unknown", UNKNOWN)
    role = Role(door.services.settings.oidc_default_role)
    return await add_for(door, identity, role, reason="first sign-in at the identity provider", reads_content=True)


async def add_for(door: Door, identity: Identity, role: Role, *, reason: str, reads_content: bool) -> UUID:
    """Add a person for an identity that nobody has, and return their id. Raises Conflict where no name is free."""
    id = new_id()
    login = await _insert(door, id, identity, reads_content=reads_content)
    told = {"issuer": identity.issuer, "subject": identity.subject}
    facts = {"login": login, "role": role.value, "reads_content": reads_content, **told}
    adding = replace(door, action=AuditAction.PERSON_ADD)
    event = await adding.record(Target(TargetKind.PERSON, id), reason=reason, after=facts)
    await people.SQL.run(door.connection, "grant_role", id=new_id(), person_id=id, role=role.value, audit_event_id=event)
    await identities.link(door.connection, identity.issuer, identity.subject, id, event)
    return id


async def _insert(door: Door, id: UUID, identity: Identity, *, reads_content: bool) -> str:
    """Insert the person under the first free name and return it. Raises Conflict."""
    for login in logins_for(identity.login):
        display_name = identity.display_name or login
        if await people.SQL.run(
            door.connection, "add_person", id=id, login=login, display_name=display_name, password_hash=None,
            reads_content=reads_content,
        ):  # fmt: skip
            return login
    raise Conflict("login_taken", "No free name was found for this account. Ask an administrator.")


def logins_for(wish: str) -> Iterator[str]:
    """Yield sign-in names for a wish, best first: in our letters, then with numbers behind."""
    plain = unicodedata.normalize("NFKD", wish).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9._@+-]+", "-", plain).lstrip("._@+-").rstrip("-")[:LOGIN_CHARACTERS]
    first = name if LOGIN_FORM.match(name) else "person"
    yield first
    yield from (f"{first}-{number}" for number in range(2, LOGIN_TRIES))
