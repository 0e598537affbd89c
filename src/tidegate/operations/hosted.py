"""People whom a host site has signed in: known by the host's own word for them, with the role that the host gives them.

They are people like others, so that what they do has a name in the audit log. The host is believed at each request: who is new is
added, who has another role now gets it, both on record. An administrator can close such an account here; then it stays closed.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from uuid import UUID

from tidegate.access import identities, people
from tidegate.access.journeys import SUBJECT_CHARACTERS, Identity
from tidegate.audit.record import Target
from tidegate.audit.vocabulary import AuditAction, TargetKind
from tidegate.domain.actor import ANONYMOUS, Actor, ActorKind, Role
from tidegate.domain.ids import new_id
from tidegate.domain.refusals import Unauthenticated
from tidegate.operations.door import Asking, Door, Services, perform
from tidegate.operations.single_sign_on import add_for

ISSUER = "urn:tidegate:host"
NEW, CHANGED = "signed in by the host site", "the host site says so"


@dataclass(frozen=True)
class Guest:
    """Somebody whom the host has signed in. `subject` is the host's own unchanging word for them, such as the key of their row.

    `login` is the name that they are to have here, if it is free. Raises ValueError for a subject that cannot be kept.
    """

    subject: str
    login: str
    role: Role
    display_name: str = ""
    reads_content: bool = True

    def __post_init__(self) -> None:
        if not 0 < len(self.subject) <= SUBJECT_CHARACTERS or not (self.subject.isascii() and self.subject.isprintable()):
            raise ValueError(f"a guest's subject has 1 to {SUBJECT_CHARACTERS} visible ASCII characters")

    @property
    def identity(self) -> Identity:
        """The same as a provider's identity."""
        return Identity(ISSUER, self.subject, self.login, self.display_name)


SignIn = Callable[[MutableMapping[str, Any]], Awaitable[Guest | None]]
"""A host's own sign-in: given the ASGI scope of a request as the host has it, returns whom it is from, None for nobody."""


async def actor_for(services: Services, guest: Guest) -> Actor:
    """Return the actor of a guest, added or changed first where need be; ANONYMOUS for one whose account is closed here."""
    async with services.pool.connection() as connection:
        person = await identities.whose(connection, guest.identity)
    if person is None or (person.role is not guest.role and not person.disabled):
        await perform(services, Asking(ANONYMOUS), Welcome(guest))
        async with services.pool.connection() as connection:
            person = await identities.whose(connection, guest.identity)
    if person is None or person.disabled:
        return ANONYMOUS
    return Actor(ActorKind.PERSON, person.id, person.login, person.role, reads_content=person.reads_content)


@dataclass(frozen=True)
class Welcome:
    """Make a guest known, or give them the role that they have now. By nobody of ours: the host's rule acts, on its word."""

    permission: ClassVar[None] = None
    action: ClassVar[AuditAction] = AuditAction.ROLE_CHANGE

    guest: Guest

    @property
    def target(self) -> Target:
        """A person, unknown until looked up."""
        return Target(TargetKind.PERSON)

    async def carry_out(self, door: Door) -> UUID:
        """See `Command.carry_out`. Raises Unauthenticated for a closed account, Conflict without a free name."""
        found = await identities.person_of(door.connection, self.guest.identity)
        if found is None:
            role, reads = self.guest.role, self.guest.reads_content
            return await add_for(door, self.guest.identity, role, reason=NEW, reads_content=reads)
        person = await people.standing(door.connection, found)
        if person is None or person.disabled:
            raise Unauthenticated("account_inactive", "This account is no longer active.")
        if person.role is not self.guest.role:
            before, after = {"role": person.role.value if person.role else None}, {"role": self.guest.role.value}
            changing = replace(door, action=AuditAction.ROLE_CHANGE)
            event = await changing.record(Target(TargetKind.PERSON, found), reason=CHANGED, before=before, after=after)
            await people.SQL.run(door.connection, "revoke_role", person_id=found)
            granted = {"person_id": found, "role": self.guest.role.value, "audit_event_id": event}
            await people.SQL.run(door.connection, "grant_role", id=new_id(), **granted)
        return found
