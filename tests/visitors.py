"""Who comes to the web application in tests: people with a session, programs with a token, and nobody."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from litestar import Litestar

from tests import story
from tidegate.domain.actor import ANONYMOUS, Permission, Role
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.people import IssueLink
from tidegate.operations.sessions import SignInWithLink
from tidegate.operations.tokens import CreateToken
from tidegate.web.who import cookie_name


@dataclass(frozen=True)
class Visitor:
    """Somebody with a way in: `asking` for operations, `secret` for the cookie, `http` for requests."""

    asking: Asking
    secret: str
    http: httpx.AsyncClient

    @property
    def login(self) -> str:
        """The sign-in name."""
        return self.asking.actor.name


async def session(services: Services, asking: Asking) -> str:
    """Open a session for a person, by a one-time link, and return its secret."""
    assert asking.actor.id is not None
    issued = await perform(services, story.OPERATOR, IssueLink(asking.actor.id))
    return await session_by_link(services, issued.secret)


async def session_by_link(services: Services, link: str) -> str:
    """Open a session by a one-time link and return its secret."""
    return (await perform(services, Asking(ANONYMOUS), SignInWithLink(link, "tests"))).secret


async def token(services: Services, asking: Asking, *scopes: Permission) -> str:
    """Make an API token for a person; without scopes it holds all that the person does."""
    return (await perform(services, asking, CreateToken("tests", 1, scopes or None))).secret


def cookies(services: Services, secret: str) -> dict[str, str]:
    """Return the headers of a browser that shows one of our own pages."""
    return {"Cookie": f"{cookie_name(services.settings)}={secret}", "Sec-Fetch-Site": "same-origin"}


def transport_to(application: Litestar, address: str = "192.0.2.7") -> httpx.ASGITransport:
    """Return a way into an application in this process, as from that address."""
    return httpx.ASGITransport(application, raise_app_exceptions=False, client=(address, 50000))  # type: ignore[arg-type]


@asynccontextmanager
async def visiting(services: Services, nobody: httpx.AsyncClient, role: Role, login: str | None = None) -> AsyncIterator[Visitor]:
    """Give a new person of a role, signed in, who reaches the same place as `nobody` does."""
    asking = await story.person(services, role, login)
    secret = await session(services, asking)
    async with httpx.AsyncClient(
        transport=nobody._transport, base_url=nobody.base_url, headers=cookies(services, secret), timeout=nobody.timeout
    ) as http:
        yield Visitor(asking, secret, http)
