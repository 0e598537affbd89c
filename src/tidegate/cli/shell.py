"""What a command works with: the running services, and the actor on whose behalf the shell asks."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from tidegate import settings as configuration
from tidegate import wiring
from tidegate.access import people
from tidegate.cli.at import SERVER_VARIABLE, named
from tidegate.cli.errors import WrongUse
from tidegate.cli.logs import start_logging
from tidegate.domain.actor import Actor
from tidegate.domain.refusals import Unauthenticated
from tidegate.operations.door import Asking, Command, Services, perform

TOKEN_VARIABLE = "TIDEGATE_TOKEN"
POOL_SIZE = 4
"""Connections of a command that asks a few questions and ends."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Shell:
    """Services and actor of one command."""

    services: Services
    actor: Actor

    async def perform(self, command: Command[Result]) -> Result:
        """Carry out a command as the actor. Raises Refusal."""
        return await perform(self.services, Asking(self.actor), command)


@asynccontextmanager
async def opened(*, pool_size: int = POOL_SIZE) -> AsyncIterator[Shell]:
    """Open the services: the embedded database is started or joined. Raises SettingError, Refusal, and what `wiring` raises.

    Raises WrongUse where a server is named: a command that cannot ask one must not act on a database instead.
    """
    if named():
        raise WrongUse(f"this works on the database, not on a server; unset {SERVER_VARIABLE} where the database is")
    settings = configuration.load()
    start_logging(settings, at_least="warning")
    async with wiring.running(settings, name="tidegate cli", pool_size=pool_size) as services:
        yield Shell(services, await acting(services))


async def acting(services: Services) -> Actor:
    """Return the person of TIDEGATE_TOKEN, or the operator where it is not set. Raises Unauthenticated."""
    token = os.environ.get(TOKEN_VARIABLE)
    if not token:
        return wiring.operator()
    async with services.pool.connection() as connection:
        actor = await people.actor_of_token(connection, token)
    if actor is None:
        raise Unauthenticated("bad_token", "{variable} holds no valid token.", variable=TOKEN_VARIABLE)
    return actor
