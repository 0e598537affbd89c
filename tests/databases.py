"""Databases for tests: one real cluster for each test process, one database for each test, cloned from a migrated one."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tidegate import embedded
from tidegate.db.migrate import migrate
from tidegate.domain.ids import new_id
from tidegate.embedded.account import account_for, own_name

TEMPLATE = f"tidegate_template_{os.getpid()}"


@asynccontextmanager
async def running_cluster(home: Path) -> AsyncIterator[str]:
    """Give a superuser's address: of TIDEGATE_TEST_DATABASE_URL where set, else of an embedded cluster in `home`."""
    given = os.environ.get("TIDEGATE_TEST_DATABASE_URL")
    if given:
        yield given
        return
    _let_its_account_in(home / "database")
    async with embedded.running(home) as found:
        await _hurry(found.url("postgres", "postgres"))
        yield found.url("postgres", "postgres")


async def _hurry(url: str) -> None:
    """Do not wait for the disk: tests kill processes, never the machine, and each makes a database."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("ALTER SYSTEM SET fsync = off")
        await connection.execute("SELECT pg_reload_conf()")


def address(url: str, *, database: str | None = None, role: str | None = None) -> str:
    """Return the address with another database or role."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(
        parts._replace(netloc=f"{quote(role)}@{place}" if role else parts.netloc, path=f"/{database}" if database else parts.path)
    )


@asynccontextmanager
async def fresh_database(cluster: str, template: str = "template0") -> AsyncIterator[str]:
    """Give the address of a new database, dropped at the end whoever is still connected."""
    name = f"tidegate_test_{new_id().hex}"
    await _administer(cluster, "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)
    try:
        yield address(cluster, database=name)
    finally:
        await _administer(cluster, "DROP DATABASE {} WITH (FORCE)", name)


@asynccontextmanager
async def away(cluster: str, url: str) -> AsyncIterator[None]:
    """Take one database away for the length of a block: every connection is cut, and no new one is let in."""
    name = urlsplit(url).path[1:]
    async with await psycopg.AsyncConnection.connect(cluster, autocommit=True) as connection:
        await connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
        await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        try:
            yield
        finally:
            await connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(name)))


async def make_template(cluster: str) -> str:
    """Make the migrated database that the tests' own are cloned from, and return its name."""
    await _administer(cluster, "DROP DATABASE IF EXISTS {} WITH (FORCE)", TEMPLATE)
    await _administer(cluster, "CREATE DATABASE {} TEMPLATE {}", TEMPLATE, "template0")
    await migrate(address(cluster, database=TEMPLATE))
    return TEMPLATE


def _let_its_account_in(folder: Path) -> None:
    """Let the account that the server runs as sign in too: a pooler cannot run as root, which the tests may."""
    folder.mkdir(mode=0o700)
    people = folder / "tests.conf"
    people.write_text("".join(f'tidegate "{name}" all\n' for name in sorted({own_name(), account_for(folder / "data").name})))
    (folder / "local.conf").write_text(f"ident_file = '{people}'\n")
    for path in (people, folder / "local.conf"):
        path.chmod(0o644)


async def _administer(cluster: str, statement: str, *names: str) -> None:
    async with await psycopg.AsyncConnection.connect(cluster, autocommit=True) as connection:
        await connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
