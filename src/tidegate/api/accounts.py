"""What administrators read of people and of pipelines."""

from uuid import UUID

from litestar.params import FromPath

from tidegate.operations import accounts, pipelines, reading
from tidegate.operations.accounts import AccountDetail
from tidegate.web.parameters import WithActor, WithServices

from . import shapes
from .paging import PageSize, PageToken, name_of, token_of_name


async def list_people(
    services: WithServices, actor: WithActor, page_size: PageSize = 50, page_token: PageToken = None
) -> shapes.People:
    """List everybody who has an account, by sign-in name."""
    page = await accounts.list_members(services, actor, after=name_of(page_token), limit=page_size)
    return shapes.People(page.people, token_of_name(page.next_after))


async def get_person(services: WithServices, actor: WithActor, id: FromPath[UUID]) -> AccountDetail:
    """Show an account with every role that it held and the identities that sign it in."""
    return await accounts.get_account(services, actor, id)


async def list_sessions_of_person(services: WithServices, actor: WithActor, id: FromPath[UUID]) -> shapes.Sessions:
    """List a person's open sessions."""
    return shapes.Sessions(await accounts.list_sessions_of(services, actor, id))


async def list_tokens_of_person(services: WithServices, actor: WithActor, id: FromPath[UUID]) -> shapes.Tokens:
    """List a person's valid API tokens."""
    return shapes.Tokens(await reading.list_tokens_of(services, actor, id))


async def list_pipelines(services: WithServices, actor: WithActor) -> shapes.Pipelines:
    """List every pipeline with its steps, the limits on them, its workers and its jobs by state."""
    return shapes.Pipelines(await pipelines.list_pipelines(services, actor))
