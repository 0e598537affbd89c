"""A real PgBouncer in transaction mode before a test's database."""

import asyncio
import os
import shutil
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from tidegate.embedded.account import account_for

ROLE = "tidegate_app"
SERVER_CONNECTIONS = 4
"""Few, so that clients do share them."""
START_SECONDS = 20.0


@asynccontextmanager
async def pooling(url: str, role: str | None = ROLE) -> AsyncIterator[str]:
    """Give the address of a database by way of a pooler; skips the test where there is none. No role: as `url` has it."""
    program = os.environ.get("PGBOUNCER_PATH") or shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if not program:
        pytest.skip("PgBouncer is not installed")
    account, port = account_for(Path("/nowhere")), _free_port()
    with TemporaryDirectory(prefix="tidegate-pooler-", dir="/tmp") as name:
        folder = Path(name)
        configuration = _configuration(url, folder, port)
        for path in (folder, *folder.iterdir()):
            os.chown(path, account.uid, account.gid)
        process = await asyncio.create_subprocess_exec(
            program, str(configuration), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL, start_new_session=True, user=account.uid, group=account.gid, extra_groups=[],
        )  # fmt: skip
        pooled = f"postgresql://{role or urlsplit(url).username}@127.0.0.1:{port}{urlsplit(url).path}"
        try:
            await _answers(pooled, process, folder)
            yield pooled
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


def _configuration(url: str, folder: Path, port: int) -> Path:
    parts, database = urlsplit(url), urlsplit(url).path[1:]
    if parts.password:
        pytest.skip("the tests' server wants a password, which the pooler does not know")
    host = parse_qs(parts.query).get("host", [parts.hostname or "127.0.0.1"])[0]
    server_port = parse_qs(parts.query).get("port", [str(parts.port or 5432)])[0]
    (folder / "users.txt").write_text(f'"{ROLE}" ""\n"{parts.username}" ""\n')
    path = folder / "pgbouncer.ini"
    path.write_text(
        f"[databases]\n{database} = host={host} port={server_port} dbname={database}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = trust\n"
        f"auth_file = {folder / 'users.txt'}\npool_mode = transaction\ndefault_pool_size = {SERVER_CONNECTIONS}\n"
        f"max_client_conn = 200\nlogfile = {folder / 'log'}\n"
    )
    return path


async def _answers(url: str, process: asyncio.subprocess.Process, folder: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            await (await psycopg.AsyncConnection.connect(url, connect_timeout=2)).close()
        except psycopg.OperationalError:
            if process.returncode is not None or time.monotonic() > end:
                raise RuntimeError((folder / "log").read_text()) from None
            await asyncio.sleep(0.05)
        else:
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
