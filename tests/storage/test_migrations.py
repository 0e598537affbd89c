"""Migrations: ordered, once, by one process at a time, and never edited."""

import asyncio

import psycopg
import pytest

from tests.databases import address, fresh_database
from tidegate.db import migrate as migrations
from tidegate.db.connect import open_pool
from tidegate.db.migrate import Migration, MigrationChanged, migrate
from tidegate.domain.ids import new_id
from tools.dump_schema import SCHEMA, dumped


async def test_the_schema_file_is_the_replay_of_the_migrations(cluster: str) -> None:
    async with fresh_database(cluster) as url:
        await migrate(url)
        replay = await asyncio.to_thread(dumped, url)
    assert replay == SCHEMA.read_text(encoding="utf-8")


async def test_processes_that_start_together_apply_each_migration_once(cluster: str) -> None:
    async with fresh_database(cluster) as url:
        applied = await asyncio.gather(*(migrate(url) for _ in range(5)))
    assert sorted(name for names in applied for name in names) == [migration.name for migration in migrations.migrations()]


async def test_an_edited_migration_is_refused(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with fresh_database(cluster) as url:
        await migrate(url)
        edited = [Migration(m.version, m.name, m.text + "\n-- edited") for m in migrations.migrations()]
        monkeypatch.setattr(migrations, "migrations", lambda: edited)
        with pytest.raises(MigrationChanged):
            await migrate(url)


async def test_a_failing_migration_leaves_nothing(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with fresh_database(cluster) as url:
        shipped = migrations.migrations()
        bad = Migration(9999, "9999_bad.sql", "CREATE TABLE half_done (id int); SELECT 1/0;")
        monkeypatch.setattr(migrations, "migrations", lambda: [*shipped, bad])
        with pytest.raises(psycopg.errors.DivisionByZero):
            await migrate(url)
        async with await psycopg.AsyncConnection.connect(url) as connection:
            row = await (await connection.execute("SELECT to_regclass('half_done'), count(*) FROM schema_migration")).fetchone()
    assert row == (None, len(shipped))


async def test_an_older_program_leaves_a_newer_schema_alone(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with fresh_database(cluster) as url:
        await migrate(url)
        monkeypatch.setattr(migrations, "migrations", list)
        assert await migrate(url) == []


async def test_a_complete_schema_needs_no_owner(cluster: str) -> None:
    async with fresh_database(cluster) as url:
        await migrate(url)
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute("ALTER ROLE tidegate_app LOGIN")
        assert await migrate(address(url, role="tidegate_app")) == []


async def test_a_login_that_may_not_act_for_the_application_is_told_at_once(cluster: str) -> None:
    async with fresh_database(cluster) as url:
        await migrate(url)
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute("DROP ROLE IF EXISTS tidegate_stranger")
            await connection.execute("CREATE ROLE tidegate_stranger LOGIN")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await open_pool(address(url, role="tidegate_stranger"), name="stranger")


async def test_jobs_of_before_are_counted_into_their_batches(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with fresh_database(cluster) as url:
        shipped = migrations.migrations()
        monkeypatch.setattr(migrations, "migrations", lambda: [m for m in shipped if m.version < 9])
        await migrate(url)
        batch_id = new_id()
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute("SET session_replication_role = replica")
            await connection.execute(
                "INSERT INTO job (id, batch_id, pipeline, name, source_kind, source_locator, submitter_name, audit_event_id) "
                "SELECT unnest(%s::uuid[]), %s, 'documents', 'a', 'folder', '/a', 'ada', %s",
                ([new_id(), new_id()], batch_id, new_id()),
            )
        monkeypatch.setattr(migrations, "migrations", lambda: shipped)
        assert "0009_batch_count.sql" in await migrate(url)
        async with await psycopg.AsyncConnection.connect(url) as connection:
            rows = await (await connection.execute("SELECT batch_id, state, n FROM batch_count")).fetchall()
    assert rows == [(batch_id, "queued", 2)]
