"""Which server a command asks: none by default, for commands act as the operator on the database (decision 9)."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cyclopts import Group, Parameter

from tidegate.cli.errors import WrongUse

if TYPE_CHECKING:
    from tidegate.client import AsyncClient

SERVER_VARIABLE = "TIDEGATE_SERVER"


@Parameter(name="*", group=Group("Which server", sort_key=20))
@dataclass(frozen=True, kw_only=True)
class At:
    """Which server.

    Args:
        server: Ask the server at this address, not the database; TIDEGATE_SERVER otherwise.
        token: API token for it; better in TIDEGATE_TOKEN, where others on this machine do not see it.
    """

    server: str | None = None
    token: str | None = None

    @property
    def is_remote(self) -> bool:
        """Whether a server is named. Raises WrongUse for a token without one."""
        if self.token and not named(self.server):
            raise WrongUse(f"--token is for a server: name one with --server or {SERVER_VARIABLE}")
        return bool(named(self.server))

    def client(self) -> "AsyncClient":
        """Return a client of the server. Raises WrongUse."""
        from tidegate.client import AsyncClient  # noqa: PLC0415 - a command on the database needs none

        try:
            return AsyncClient(named(self.server), self.token)
        except ValueError as error:
            raise WrongUse(f"--server and {SERVER_VARIABLE} take an address that begins with http:// or https://") from error


HERE = At()
"""No server named on the command line."""


def named(server: str | None = None) -> str | None:
    """Return the server that is named on the command line or in the environment, if any."""
    return server or os.environ.get(SERVER_VARIABLE) or None
