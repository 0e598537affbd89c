"""Who holds a session or an API token, asked of the database at each request, of all requests that come at one moment at once.

Nothing is remembered: a statement is sent after the last of those it answers has asked, so what was revoked before a request came
opens nothing to it. One that finds nobody decides nothing: whoever it leaves out is asked about alone, see `Gathering`.
"""

from collections.abc import Mapping

from tidegate.access import people
from tidegate.access.credentials import API_TOKEN_PREFIX
from tidegate.domain.actor import Actor
from tidegate.operations.door import Services
from tidegate.operations.gathering import Gathering


class Known:
    """Tells whose a secret is; one object for an application."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._sessions: Gathering[str, Actor | None] = Gathering(self._by_sessions, self._by_session)
        self._tokens: Gathering[str, Actor | None] = Gathering(self._by_tokens, self._by_token)

    async def by_session(self, secret: str) -> Actor | None:
        """Return who holds an open session, or None. Raises psycopg.Error, PoolTimeout."""
        return await self._sessions(secret)

    async def by_token(self, secret: str) -> Actor | None:
        """Return whom an API token speaks for, or None. Raises psycopg.Error, PoolTimeout."""
        return await self._tokens(secret) if secret.startswith(API_TOKEN_PREFIX) else None

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        await self._sessions.settle()
        await self._tokens.settle()

    @property
    def _idle(self) -> float:
        return self._services.settings.session_idle_seconds

    async def _by_sessions(self, secrets: list[str]) -> Mapping[int, Actor | None]:
        async with self._services.pool.connection() as connection:
            return await people.actors_of_sessions(connection, secrets, idle_seconds=self._idle)

    async def _by_session(self, secret: str) -> Actor | None:
        async with self._services.pool.connection() as connection:
            return await people.actor_of_session(connection, secret, idle_seconds=self._idle)

    async def _by_tokens(self, secrets: list[str]) -> Mapping[int, Actor | None]:
        async with self._services.pool.connection() as connection:
            return await people.actors_of_tokens(connection, secrets)

    async def _by_token(self, secret: str) -> Actor | None:
        async with self._services.pool.connection() as connection:
            return await people.actor_of_token(connection, secret)
