"""Where the harness works: a database of its own, in a PostgreSQL of its own or in yours."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tidegate.db.migrate import migrate
from tidegate.domain.ids import new_id
from tidegate.embedded.database import EmbeddedDatabase


@dataclass
class Place:
    """A migrated database. `stop_server` is for a PostgreSQL of our own only."""

    admin_url: str
    home: Path
    embedded: EmbeddedDatabase | None

    @property
    def may_stop(self) -> bool:
        """Whether the server is ours to stop."""
        return self.embedded is not None

    async def stop_server(self) -> None:
        """Stop PostgreSQL at once, as a crash would: no checkpoint, every connection gone."""
        pid = int((self.home / "database" / "data" / "postmaster.pid").read_text().partition("\n")[0])
        os.kill(pid, signal.SIGQUIT)
        while Path(f"/proc/{pid}").exists():
            await asyncio.sleep(0.02)

    async def start_server(self) -> None:
        """Start it again; it replays its log."""
        assert self.embedded is not None
        await asyncio.to_thread(_rejoin, self.home)


@asynccontextmanager
async def prepared(home: Path, database_url: str) -> AsyncIterator[Place]:
    """Give a place with a fresh, migrated database, and drop it at the end."""
    if database_url:
        async with migrated(database_url) as url:
            yield Place(url, home, None)
        return
    embedded = EmbeddedDatabase(home)
    found = await embedded.start()
    try:
        async with migrated(found.url("postgres", "postgres")) as url:
            yield Place(url, home, embedded)
    finally:
        await embedded.stop()


@asynccontextmanager
async def migrated(server_url: str) -> AsyncIterator[str]:
    """Give the address of a fresh, migrated database of a server, and drop it at the end."""
    name = f"tidegate_faults_{new_id().hex[-12:]}"
    url = urlsplit(server_url)._replace(path=f"/{name}").geturl()
    async with await psycopg.AsyncConnection.connect(server_url, autocommit=True) as connection:
        await connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    try:
        await migrate(url)
        yield url
    finally:
        with contextlib.suppress(psycopg.Error):
            async with await psycopg.AsyncConnection.connect(server_url, autocommit=True) as connection:
                await connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _rejoin(home: Path) -> None:
    """Start the server by joining it once more, and leave again: the first hold keeps it running."""
    again = EmbeddedDatabase(home)
    again.join()
    again.leave()
