"""Connections: autocommit outside of `transaction`, UTC, JSON by msgspec, and the role that owns nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from psycopg import AsyncConnection, Error, OperationalError
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from tidegate.db.queries import Connection

APPLICATION_ROLE = "tidegate_app"

set_json_loads(msgspec.json.decode)
set_json_dumps(msgspec.json.encode)

Pool = AsyncConnectionPool[Connection]

AWAY = (OperationalError, PoolTimeout)
"""What is raised when the database does not answer: callers wait and try again, or say so."""


async def open_pool(url: str, *, name: str, size: int = 16) -> Pool:
    """Open a pool of application connections; `name` shows in pg_stat_activity. Raises PoolTimeout after 10 s."""
    pool: Pool = AsyncConnectionPool(
        url,
        min_size=1,
        max_size=size,
        timeout=10.0,
        open=False,
        configure=_configure,
        check=AsyncConnectionPool.check_connection,
        kwargs={"autocommit": True, "application_name": name},
    )
    await pool.open(wait=True, timeout=10.0)
    return pool


async def connect(url: str, *, name: str) -> Connection:
    """Open one application connection outside of any pool: for LISTEN and for the engine."""
    connection: Connection = await AsyncConnection.connect(url, autocommit=True, application_name=name)
    await _configure(connection)
    return connection


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """Take a connection and open a transaction: committed at the end, rolled back by any exception."""
    async with pool.connection() as connection, connection.transaction():
        yield connection


async def _configure(connection: Connection) -> None:
    """Put a new connection into the application's role when its login is another (one address for both)."""
    await connection.execute("SET TIME ZONE 'UTC'")
    if connection.info.user != APPLICATION_ROLE:
        await connection.execute("SET ROLE tidegate_app")


def sqlstate(error: Error) -> str:
    """Return the five-character SQLSTATE of a database error, '' where there is none: safe to log."""
    return error.sqlstate or ""
