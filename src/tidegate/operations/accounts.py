"""What is read of accounts: by administrators of anybody's, and by each of their own."""

from uuid import UUID

import msgspec

from tidegate.access import accounts, people, policy
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.refusals import NotFound
from tidegate.ledger.views import JobFilter
from tidegate.operations.door import Services
from tidegate.operations.passwords import link_proves
from tidegate.operations.reading import check_filter


class MemberPage(msgspec.Struct, frozen=True, kw_only=True):
    """One keyset page of people; `next_after` is the sign-in name to go on from, None at the end."""

    people: list[accounts.Member]
    next_after: str | None


class AccountDetail(msgspec.Struct, frozen=True, kw_only=True):
    """An account whole: the roles that it held, newest first, and the identities that sign it in."""

    account: accounts.Account
    roles: list[accounts.Grant]
    identities: list[accounts.LinkedIdentity]


class PasswordStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an actor has a password, and whether it must be given to choose another one."""

    has_one: bool
    must_be_given: bool


async def list_members(services: Services, actor: Actor, *, after: str | None = None, limit: int = 50) -> MemberPage:
    """Return one page of people by sign-in name. Raises Forbidden, Unauthenticated, Invalid."""
    policy.authorise(actor, Permission.PERSON_MANAGE)
    check_filter(JobFilter(), limit)
    idle = services.settings.session_idle_seconds
    async with services.pool.connection() as connection:
        found = await accounts.list_members(connection, idle_seconds=idle, after=after, limit=limit + 1)
    return MemberPage(people=found[:limit], next_after=found[limit - 1].login if len(found) > limit else None)


async def get_account(services: Services, actor: Actor, person_id: UUID) -> AccountDetail:
    """Return everything about an account. Raises Forbidden, Unauthenticated, NotFound."""
    policy.authorise(actor, Permission.PERSON_MANAGE)
    async with services.pool.connection() as connection:
        account = await accounts.get_account(connection, person_id)
        if account is None:
            raise NotFound("person_not_found", "There is no such person.")
        roles = await accounts.list_grants(connection, person_id)
        return AccountDetail(account=account, roles=roles, identities=await accounts.list_identities(connection, person_id))


async def list_sessions_of(services: Services, actor: Actor, person_id: UUID) -> list[people.Session]:
    """Return somebody's open sessions. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.SESSION_MANAGE if person_id == actor.id else Permission.PERSON_MANAGE)
    idle = services.settings.session_idle_seconds
    async with services.pool.connection() as connection:
        return await people.list_sessions(connection, person_id, idle_seconds=idle)


async def get_password_standing(services: Services, actor: Actor) -> PasswordStanding:
    """Return how the actor may choose a password. Raises Forbidden, Unauthenticated, NotFound for whom none speaks."""
    policy.authorise(actor, Permission.SESSION_MANAGE)
    async with services.pool.connection() as connection:
        account = await accounts.get_account(connection, actor.id) if actor.id else None
        if account is None:
            raise NotFound("person_not_found", "There is no such person.")
        proven = await link_proves(connection, actor)
    return PasswordStanding(has_one=account.has_password, must_be_given=account.has_password and not proven)
