"""Ledgers of several sizes in one cluster, each in a database of its own, for benchmarks that compare them.

In a folder that is given the cluster stays, and a ledger that is there whole is not filled again; else all is gone at the end.
"""

import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks import seeding
from tests.databases import address
from tidegate import embedded, wiring
from tidegate.db.migrate import migrate
from tidegate.settings import Settings

BYTES_OF_A_JOB = 3_000
"""What a seeded job takes on disk with all that belongs to it."""

THROWAWAY = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off", "max_wal_size": "8GB", "checkpoint_timeout": "30min"}
"""How the cluster is set while it is filled. What is measured afterwards only reads: durability has no part in it."""


@asynccontextmanager
async def ledgers(sizes: Sequence[int], kept_in: Path | None = None) -> AsyncIterator[dict[int, str]]:
    """Give the superuser's address of a ledger of each size, filled."""
    with temporary() as folder:
        home = (kept_in or Path(folder)).absolute()
        home.mkdir(parents=True, exist_ok=True)
        async with embedded.running(home) as found:
            cluster = found.url("postgres", "postgres")
            yield {size: await _filled(cluster, size, home) for size in sizes}


def temporary() -> "tempfile.TemporaryDirectory[str]":
    """Return a folder that is gone in the end, where servers for root may read, too."""
    return tempfile.TemporaryDirectory(prefix="tidegate-bench-")


def room(folder: Path) -> int:
    """Return how many jobs at most fit on the disk, half as much again being left over."""
    return int(shutil.disk_usage(folder).free / (1.5 * BYTES_OF_A_JOB))


async def _filled(cluster: str, size: int, home: Path) -> str:
    """Return the address of the ledger of a size; one that was not filled to its end is made anew."""
    name, making = f"jobs_{size}", f"jobs_{size}_in_making"
    async with await psycopg.AsyncConnection.connect(cluster, autocommit=True) as connection:
        known = await connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,))
        if await known.fetchone() is None:
            await connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(making)))
            await connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(making)))
            await _set(connection, THROWAWAY)
            await _fill(address(cluster, database=making), size, home)
            await _set(connection, dict.fromkeys(THROWAWAY))
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(making), sql.Identifier(name))
            await connection.execute(rename)
    return address(cluster, database=name)


async def _set(connection: psycopg.AsyncConnection[object], values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        chosen = sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
        await connection.execute(chosen if value else sql.SQL("ALTER SYSTEM RESET {}").format(sql.Identifier(name)))
    await connection.execute("SELECT pg_reload_conf()")


async def _fill(url: str, size: int, home: Path) -> None:
    await migrate(url)
    async with wiring.running(Settings(home=home / f"of_{size}", database_url=url), name="tidegate seeding") as services:
        people = await seeding.hire(services)
    await seeding.fill(url, size, people)
