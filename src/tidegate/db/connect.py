"""Connections: autocommit outside of `transaction`, UTC, JSON by msgspec, and the role that owns nothing."""

import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from psycopg import AsyncConnection, Error, OperationalError
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from tidegate.db.queries import Connection

APPLICATION_ROLE = "tidegate_app"

NOTICING = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 12_000,
}
"""So that a server that vanished without a word is noticed within 14 s, under a lease (seconds, the last in milliseconds).

Source: libpq's connection parameters. An address that sets one of them keeps its own value; sockets of the host have no need.
"""

NOTICED = {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "3", "tcp_keepalives_count": "3", "tcp_user_timeout": "12000"}
"""The same for the server's side, so that the row locks of a client that vanished within a transaction end in that time.

Source: PostgreSQL's settings of connections. By itself the server would keep such a transaction open for two hours.
"""

set_json_loads(msgspec.json.decode)
set_json_dumps(msgspec.json.encode)

Pool = AsyncConnectionPool[Connection]

AWAY = (OperationalError, PoolTimeout)
"""What is raised when the database does not answer: callers wait and try again, or say so."""


class PooledLogin(Exception):
    """The address leads through a pooler, where a login cannot take another role; the message names the role to sign in as."""


async def open_pool(url: str, *, name: str, size: int = 16, planned_once: bool = False) -> Pool:
    """Open a pool of application connections; `name` shows in pg_stat_activity.

    `planned_once` is for statements that find their rows by key: a connection plans each one time, whatever its parameters. By
    itself PostgreSQL would plan them each time, for it counts every partition into the price of a plan that is kept.

    The first connection is tried apart, so that a refusal is told by its cause and not by the pool's time-out.
    Raises psycopg.Error, PooledLogin, PoolTimeout after 10 s.
    """
    await (await connect(url, name=name)).close()
    pool: Pool = AsyncConnectionPool(
        noticing(url),
        min_size=1,
        max_size=size,
        timeout=4.0,  # seconds that a request waits before it says that the database is away
        reconnect_timeout=2.0,
        reconnect_failed=AsyncConnectionPool.check,  # begin again at once: by itself the pool tries ever more seldom
        open=False,
        configure=_configure_planned_once if planned_once else _configure,
        check=_check,
        kwargs={"autocommit": True, "application_name": name},
    )
    await pool.open(wait=True, timeout=10.0)
    return pool


async def connect(url: str, *, name: str, role: str = APPLICATION_ROLE) -> Connection:
    """Open one connection outside of any pool: for LISTEN, for the engine, and for the sealer in a role of its own.

    Raises psycopg.Error, PooledLogin.
    """
    connection: Connection = await AsyncConnection.connect(noticing(url), autocommit=True, application_name=name)
    try:
        await _configure(connection, role)
    except BaseException:
        await connection.close()
        raise
    return connection


def noticing(url: str) -> str:
    """Return the address as a connection string that notices a silent network; what it sets itself stays."""
    return make_conninfo("", **{**NOTICING, **conninfo_to_dict(url)})


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """Take a connection and open a transaction: committed at the end, rolled back by any exception."""
    async with pool.connection() as connection, connection.transaction():
        yield connection


@asynccontextmanager
async def statement(pool: Pool) -> AsyncIterator[Connection]:
    """Take a connection for one statement that writes: it is a transaction by itself, and one round trip instead of three."""
    async with pool.connection() as connection:
        yield connection


async def is_pooled(connection: Connection) -> bool:
    """Tell whether a pooler stands before the server: the process that greeted us is not the one that answers.

    Behind one, consecutive transactions may run in different sessions, so nothing may be left in a session.
    """
    row = await (await connection.execute("SELECT pg_backend_pid()")).fetchone()
    return row is None or row[0] != connection.info.backend_pid


async def be_noticed(connection: Connection) -> None:
    """Have the server notice when this client vanishes without a word."""
    await connection.execute(
        "SELECT set_config(name, value, false) FROM unnest(%s::text[], %s::text[]) AS s (name, value)",
        (list(NOTICED), list(NOTICED.values())),
    )


async def _check(connection: Connection) -> None:
    """Ask the server whether a pooled connection still holds, but only when it has said something since the last answer.

    A server that ends a connection says so, and a socket with nothing to read shows that it did not; a round trip for each use of
    a connection would cost as much as a short statement. A server that vanished without a word is noticed by NOTICING either way.
    """
    watched = select.poll()
    watched.register(connection.fileno(), select.POLLIN)
    if watched.poll(0):
        await AsyncConnectionPool.check_connection(connection)


async def _configure(connection: Connection, role: str = APPLICATION_ROLE) -> None:
    """Prepare a new connection, and put it into its role when its login is another (one address for all).

    The time zone is the one setting that poolers keep for each client.
    """
    await connection.execute("SET TIME ZONE 'UTC'")
    if await is_pooled(connection):
        connection.prepare_threshold = None
        if connection.info.user != role:
            raise PooledLogin(role)
        return
    await be_noticed(connection)
    if connection.info.user != role:
        await connection.execute("SELECT set_config('role', %s, false)", (role,))


async def _configure_planned_once(connection: Connection) -> None:
    await _configure(connection)
    if connection.prepare_threshold is not None:  # behind a pooler nothing is kept
        await connection.execute("SELECT set_config('plan_cache_mode', 'force_generic_plan', false)")


def sqlstate(error: Error) -> str:
    """Return the five-character SQLSTATE of a database error, '' where there is none: safe to log."""
    return error.sqlstate or ""
