"""Both clients in one way: what they do is asked of each by the same words."""

import asyncio
import contextlib
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tests import story, visitors
from tests.acceptance.conftest import LiveServer
from tidegate.client import AsyncClient, Client
from tidegate.domain.actor import Role


class Way:
    """One client of either kind, asked in one way: `await way.do("get", id)`."""

    def __init__(self, client: Client | AsyncClient) -> None:
        self.client = client

    async def do(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """Call a method that comes to one result."""
        method = getattr(self.client, name)
        if isinstance(self.client, Client):
            return await asyncio.to_thread(method, *args, **kwargs)
        return await method(*args, **kwargs)

    async def each(self, name: str, id: object, /) -> list[Any]:
        """Return what a method about one thing gives one after another."""
        return await self.all(name, None, id)

    async def all(self, name: str, count: int | None = None, /, *args: Any, **kwargs: Any) -> list[Any]:
        """Return what a method gives one after another, `count` of it at most."""
        each = getattr(self.client, name)(*args, **kwargs)
        if isinstance(self.client, Client):
            with contextlib.closing(each):
                return await asyncio.to_thread(lambda: list(islice(each, count)))
        found = []
        async for value in each:
            found.append(value)
            if len(found) == count:
                break
        await each.aclose()
        return found


@dataclass(frozen=True)
class Reach:
    """How to get a client for a role."""

    server: LiveServer
    kind: type[Client] | type[AsyncClient]
    stack: contextlib.AsyncExitStack

    async def by(self, role: Role) -> Way:
        """Return a client with a token of a new person of this role."""
        return await self.of(await visitors.token(self.server.services, await story.person(self.server.services, role)))

    async def of(self, token: str) -> Way:
        """Return a client with this token."""
        client = self.kind(self.server.url, token)
        self.stack.push_async_callback(client.aclose) if isinstance(client, AsyncClient) else self.stack.callback(client.close)
        return Way(client)
