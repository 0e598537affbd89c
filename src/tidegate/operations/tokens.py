"""API tokens: made and ended by the person whom they speak for, or by an operator."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import msgspec

from tidegate.access import credentials, people
from tidegate.audit.record import Facts, Target
from tidegate.audit.vocabulary import AuditAction, TargetKind
from tidegate.domain.actor import Actor, ActorKind, Permission
from tidegate.domain.ids import new_id
from tidegate.domain.refusals import Conflict, Invalid, NotFound
from tidegate.operations.door import Door
from tidegate.operations.jobs import check_reason
from tidegate.operations.sessions import Revoked, facts_of, reach

TOKEN_DAYS_MAX = 365


class TokenCreated(msgspec.Struct, frozen=True):
    """A new API token; `secret` is shown this once."""

    id: UUID
    secret: str
    audit_event_id: UUID


@dataclass(frozen=True)
class CreateToken:
    """Make an API token for the actor (or, by an operator, for another). Raises Invalid, NotFound."""

    permission: ClassVar[Permission] = Permission.TOKEN_MANAGE
    action: ClassVar[AuditAction] = AuditAction.TOKEN_CREATE

    name: str
    days: int = 90
    scopes: tuple[Permission, ...] | None = None
    person_id: UUID | None = None

    @property
    def target(self) -> Target:
        """A token that does not exist yet."""
        return Target(TargetKind.TOKEN)

    async def carry_out(self, door: Door) -> TokenCreated:
        """See `Command.carry_out`."""
        owner = self._owner(door.actor)
        if not 1 <= self.days <= TOKEN_DAYS_MAX or not self.name.strip() or len(self.name) > 100:
            raise Invalid(
                "bad_token", "A token has a name of up to 100 characters and lasts 1 to {days} days.", days=TOKEN_DAYS_MAX
            )
        id, secret = new_id(), credentials.new_secret(credentials.API_TOKEN_PREFIX)
        scopes = None if self.scopes is None else [scope.value for scope in self.scopes]
        await people.SQL.run(
            door.connection, "add_token", id=id, token_hash=credentials.secret_hash(secret), person_id=owner,
            name=self.name.strip(), scopes=scopes, days=self.days,
        )  # fmt: skip
        after: Facts = {"name": self.name.strip(), "days": self.days, "scopes": " ".join(scopes) if scopes is not None else None}
        return TokenCreated(id, secret, await door.record(Target(TargetKind.TOKEN, id), after=after))

    def _owner(self, actor: Actor) -> UUID:
        if actor.kind is ActorKind.TOKEN:
            raise Conflict("token_by_token", "A token cannot make tokens: sign in for that.")
        owner = self.person_id if actor.kind is ActorKind.OPERATOR else actor.id
        if owner is None:
            raise NotFound("person_not_found", "Name the person whom the token speaks for.")
        return owner


@dataclass(frozen=True)
class RevokeToken:
    """End one of the actor's own API tokens; who manages people may end anybody's. Raises NotFound, Invalid."""

    permission: ClassVar[Permission] = Permission.TOKEN_MANAGE
    action: ClassVar[AuditAction] = AuditAction.TOKEN_REVOKE

    token_id: UUID
    reason: str | None = None

    @property
    def target(self) -> Target:
        """The token."""
        return Target(TargetKind.TOKEN, self.token_id)

    async def carry_out(self, door: Door) -> Revoked:
        """See `Command.carry_out`."""
        check_reason(self.reason)
        ended = await people.end_token(door.connection, self.token_id, of=reach(door.actor))
        if ended is None:
            raise NotFound("token_not_found", "There is no such token, or it is not yours to end.")
        return Revoked(self.token_id, await door.record(self.target, reason=self.reason, before=facts_of(ended)))
