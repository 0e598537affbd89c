"""The bundled PostgreSQL, for real: shared by processes and killed without mercy."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from tests.storage.embedded_users import AS_ROOT, ask, line, lives, neighbour, postmaster, started_at, temporary_home
from tidegate.embedded import EmbeddedDatabase, EmbeddedDatabaseError, running


@pytest.fixture
def home() -> Iterator[Path]:
    with temporary_home() as folder:
        yield folder


async def test_roles_have_no_more_than_they_need(home: Path) -> None:
    async with running(home) as addresses:
        assert await ask(addresses.owner_url, b"SELECT count(*) FROM pg_roles WHERE rolsuper AND rolname <> 'postgres'") == 0
        assert await ask(addresses.owner_url, b"SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'tidegate'") == (
            "tidegate_owner"
        )
        assert await ask(addresses.owner_url, b"SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'") == 1
        await ask(addresses.owner_url, b"CREATE TABLE kept (n integer)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await ask(addresses.app_url, b"CREATE TABLE mine (n integer)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await ask(addresses.app_url, b"SELECT * FROM kept")


async def test_settings_are_safe(home: Path) -> None:
    async with running(home) as addresses:
        for name, value in {b"fsync": "on", b"data_checksums": "on", b"server_encoding": "UTF8", b"TimeZone": "UTC"}.items():
            assert await ask(addresses.app_url, b"SHOW " + name) == value
        assert await ask(addresses.app_url, b"SHOW listen_addresses") == ""
        with pytest.raises(psycopg.errors.UndefinedTable):
            await ask(addresses.app_url, b"SELECT 'canary' FROM nowhere")
    assert "canary" not in (home / "database" / "postgresql.log").read_text()


async def test_what_was_written_is_there_after_a_restart(home: Path) -> None:
    async with running(home) as addresses:
        await ask(addresses.owner_url, b"CREATE TABLE kept AS SELECT 42 AS n")
    assert not lives(home)
    async with running(home) as addresses:
        assert await ask(addresses.owner_url, b"SELECT n FROM kept") == 42


async def test_two_first_starts_at_once_share_one_server_and_the_last_to_leave_stops_it(home: Path) -> None:
    one, two = neighbour(home), neighbour(home)
    with one, two:
        assert line(one) == line(two) != ""
        one.communicate("\n", timeout=20)
        assert one.returncode == 0
        assert lives(home)
        two.communicate("\n", timeout=20)
    assert not lives(home)


async def test_two_users_in_one_process_count_as_two(home: Path) -> None:
    first, second = EmbeddedDatabase(home), EmbeddedDatabase(home)
    one, other = await asyncio.gather(first.start(), second.start())
    assert one == other == await first.start()
    await first.stop()
    await first.stop()
    assert lives(home)
    await second.stop()
    assert not lives(home)


async def test_a_killed_user_is_not_counted_and_its_server_is_joined(home: Path) -> None:
    with neighbour(home) as killed:
        assert line(killed)
        killed.kill()
    assert lives(home)
    before = postmaster(home)
    async with running(home):
        assert postmaster(home) == before
    assert not lives(home)


async def test_a_killed_server_is_started_again_and_loses_nothing(home: Path) -> None:
    async with running(home) as addresses:
        await ask(addresses.owner_url, b"CREATE TABLE kept AS SELECT 42 AS n")
        os.kill(postmaster(home), signal.SIGKILL)
        async with running(home) as again:
            assert await ask(again.owner_url, b"SELECT n FROM kept") == 42
        assert lives(home), "the first user is still here"
    assert not lives(home)


async def test_a_server_that_does_not_start_again_is_tried_ever_more_seldom(home: Path) -> None:
    async with running(home) as addresses:
        nonsense = home / "database" / "local.conf"
        nonsense.write_text("shared_buffers = 'nonsense'\n")
        nonsense.chmod(0o644)
        with capture_logs() as logs:
            os.kill(postmaster(home), signal.SIGKILL)
            async with asyncio.timeout(40):
                while len(failures := [log for log in logs if log["event"] == "database_does_not_start"]) < 2:
                    await asyncio.sleep(0.05)
                nonsense.unlink()
                while not [log for log in logs if log["event"] == "database_restarted"]:
                    await asyncio.sleep(0.05)
        assert [log["again_in_seconds"] for log in failures[:2]] == [0.5, 1.0]
        assert await started_at(addresses)


async def test_a_process_id_in_use_by_another_does_not_stand_in_the_way(home: Path) -> None:
    async with running(home):
        pass
    stale = home / "database" / "data" / "postmaster.pid"
    # Our own id would be taken for the server's parent, which PostgreSQL overlooks by itself.
    with subprocess.Popen(["sleep", "60"], user="tidegate" if AS_ROOT else None) as stranger:
        stale.write_text(f"{stranger.pid}\n{stale.parent}\n1\n5432\n/tmp\n\n  0 0\nready   \n")
        async with running(home) as addresses:
            assert await started_at(addresses)
        assert stranger.poll() is None, "a stranger was signalled"
        stranger.kill()


async def test_ctrl_c_reaches_us_and_not_the_server(home: Path) -> None:
    with neighbour(home, start_new_session=True) as user:
        assert line(user)
        before = postmaster(home)
        os.killpg(user.pid, signal.SIGINT)
        assert line(user) == "interrupted"
        time.sleep(0.3)
        assert lives(home)
        assert postmaster(home) == before
        user.communicate("\n", timeout=20)
    assert not lives(home)


async def test_a_creation_that_was_cut_short_begins_anew(home: Path) -> None:
    draft = home / "database" / "data.new" / "base"
    draft.mkdir(parents=True)
    async with running(home) as addresses:
        assert await started_at(addresses)


async def test_a_setting_that_stops_the_server_is_told_at_once(home: Path) -> None:
    (home / "database").mkdir()
    (home / "database" / "local.conf").write_text("shared_buffers = 'nonsense'\n")
    begun = time.monotonic()
    with pytest.raises(EmbeddedDatabaseError, match=r"postgresql\.log"):
        await EmbeddedDatabase(home).start()
    assert time.monotonic() - begun < 10


async def test_a_cluster_of_another_version_is_not_touched(home: Path) -> None:
    async with running(home):
        pass
    (home / "database" / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedDatabaseError, match="made by PostgreSQL 9"):
        await EmbeddedDatabase(home).start()
    assert not lives(home)


async def test_a_cancelled_start_leaves_nothing_running(home: Path) -> None:
    start = asyncio.create_task(EmbeddedDatabase(home).start())
    await asyncio.sleep(0.2)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert not lives(home)
