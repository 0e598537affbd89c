"""Migrations: ordered `.sql` files, each in a transaction of its own, one process at a time."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from psycopg import AsyncConnection
from psycopg.errors import InsufficientPrivilege

from tidegate.db.connect import be_noticed, is_pooled, noticing
from tidegate.db.queries import Connection

LOCK = 7_432_001
"""The advisory lock of migrations; any constant that nobody else uses."""

IS_THERE = "SELECT EXISTS (SELECT FROM pg_class WHERE relname = 'schema_migration' AND pg_table_is_visible(oid))"
"""Looks the table up as rows are. By its name (`to_regclass`) a session may still miss it that waited for who was making it: it
had looked before, and hears of what has changed since only when it locks a table."""


class MigrationChanged(Exception):
    """A migration that was applied has other text now. Migrations are never edited, only added."""


class SchemaBehind(Exception):
    """The schema lacks a migration, and this login may not apply it; the message names the first that is missing."""


@dataclass(frozen=True)
class Migration:
    """One file: `0001_ledger.sql` has version 1."""

    version: int
    name: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text, hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations() -> list[Migration]:
    """Return the shipped migrations in order."""
    folder = files("tidegate.db") / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [Migration(int(name[:4]), name, (folder / name).read_text(encoding="utf-8")) for name in names]


async def migrate(owner_url: str) -> list[str]:
    """Apply what is missing and make this and the next months' partitions; return the names applied.

    Only what is missing needs the owner's rights: over a complete schema the application's login will do. A version that
    this code does not know is left alone: an older worker may run on a newer schema. Nothing is left in a session, so a
    pooler may stand between. Raises MigrationChanged, SchemaBehind, psycopg.Error.
    """
    connection: Connection = await AsyncConnection.connect(
        noticing(owner_url), autocommit=True, application_name="tidegate migrate", prepare_threshold=None
    )
    async with connection:
        if not await is_pooled(connection):
            await be_noticed(connection)
        fresh = []
        for migration in await _missing(connection):
            try:
                fresh += [migration] if await _apply(connection, migration) else []
            except InsufficientPrivilege:
                if migration.version == 1:
                    raise  # an empty database: what the owner lacks is another matter
                raise SchemaBehind(migration.name) from None
        await connection.execute("SELECT ensure_partitions(now() - interval '1 month', now() + interval '2 months')")
        return [migration.name for migration in fresh]


async def make_meaning(owner_url: str) -> bool:
    """Make the place for passages' vectors if it is missing, and tell whether there is one. Raises psycopg.Error.

    Only making it needs the owner's rights, and pgvector's an administrator's: to a lesser login the place is missing.
    """
    connection: Connection = await AsyncConnection.connect(
        owner_url, autocommit=True, application_name="tidegate migrate", prepare_threshold=None
    )
    async with connection:
        cursor = await connection.execute("SELECT to_regclass('chunk_meaning') IS NOT NULL")
        if await cursor.fetchone() == (True,):
            return True
        try:
            cursor = await connection.execute("SELECT make_meaning()")
        except InsufficientPrivilege:
            return False
        return await cursor.fetchone() == (True,)


async def _apply(connection: Connection, migration: Migration) -> bool:
    """Apply a migration, and return whether it was this process: one at a time, the lock ends with the transaction."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        if migration not in await _missing(connection):
            return False
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migration (version integer PRIMARY KEY, name text NOT NULL, "
            "digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        await connection.execute(migration.text.encode())
        await connection.execute(
            "INSERT INTO schema_migration (version, name, digest) VALUES (%s, %s, %s)",
            (migration.version, migration.name, migration.digest),
        )
        return True


async def _missing(connection: Connection) -> list[Migration]:
    """Return the migrations that are not applied yet. Raises MigrationChanged."""
    there = await (await connection.execute(IS_THERE)).fetchone()
    applied: dict[int, str] = {}
    if there == (True,):
        applied = dict(await (await connection.execute("SELECT version, digest FROM schema_migration")).fetchall())
    return [migration for migration in migrations() if _is_missing(migration, applied)]


def _is_missing(migration: Migration, applied: dict[int, str]) -> bool:
    if migration.version not in applied:
        return True
    if applied[migration.version] != migration.digest:
        raise MigrationChanged(migration.name)
    return False
