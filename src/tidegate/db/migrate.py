"""Migrations: ordered `.sql` files, each in a transaction of its own, one process at a time."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from psycopg import AsyncConnection

from tidegate.db.queries import Connection

LOCK = 7_432_001
"""The advisory lock of migrations; any constant that nobody else uses."""


class MigrationChanged(Exception):
    """A migration that was applied has other text now. Migrations are never edited, only added."""


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

    A version that this code does not know is left alone: an older worker may run on a newer schema.
    Raises MigrationChanged, psycopg.Error.
    """
    connection: Connection = await AsyncConnection.connect(owner_url, autocommit=True, application_name="tidegate migrate")
    async with connection:
        await connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        applied = await _applied(connection)
        fresh = [migration for migration in migrations() if _is_missing(migration, applied)]
        for migration in fresh:
            async with connection.transaction():
                await connection.execute(migration.text.encode())
                await connection.execute(
                    "INSERT INTO schema_migration (version, name, digest) VALUES (%s, %s, %s)",
                    (migration.version, migration.name, migration.digest),
                )
        await connection.execute("SELECT ensure_partitions(now() - interval '1 month', now() + interval '2 months')")
        return [migration.name for migration in fresh]


async def _applied(connection: Connection) -> dict[int, str]:
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migration (version integer PRIMARY KEY, name text NOT NULL, "
        "digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    rows = await (await connection.execute("SELECT version, digest FROM schema_migration")).fetchall()
    return dict(rows)


def _is_missing(migration: Migration, applied: dict[int, str]) -> bool:
    if migration.version not in applied:
        return True
    if applied[migration.version] != migration.digest:
        raise MigrationChanged(migration.name)
    return False
