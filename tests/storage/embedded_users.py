"""Users of the bundled server in processes of their own, and looks at it from outside."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tidegate.embedded import Addresses, binaries
from tidegate.embedded.locks import is_held

AS_ROOT = os.geteuid() == 0
SITE = Path(psycopg.__file__).parents[1]
SOURCE = Path(binaries.__file__).parents[2]
NEIGHBOUR = """
import signal
import sys
from pathlib import Path
from tidegate.embedded import EmbeddedDatabase
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has what it starts in the background ignore it
database = EmbeddedDatabase(Path(sys.argv[1]))
url = database.join().app_url
try:
    print(url, flush=True)
    sys.stdin.readline()
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.stdin.readline()
database.leave()
"""
"""Another process that uses the server until it gets a line."""


@contextmanager
def temporary_home() -> Iterator[Path]:
    """A home in /tmp itself: pytest's own folders are closed to the account that serves root."""
    folder = Path(tempfile.mkdtemp(prefix="tidegate home ", dir="/tmp"))
    yield folder
    kill_all(folder)
    shutil.rmtree(folder)


def kill_all(home: Path) -> None:
    for life in home.rglob("server.lock"):
        pid = life.parent / "data" / "postmaster.pid"
        if is_held(life) and pid.exists():
            os.kill(int(pid.read_text().split()[0]), signal.SIGQUIT)
            wait_until_down(life.parent.parent)


def lives(home: Path) -> bool:
    return is_held(home / "database" / "server.lock")


def wait_until_down(home: Path) -> None:
    end = time.monotonic() + 20
    while lives(home):
        assert time.monotonic() < end, "the server did not go"
        time.sleep(0.02)


def postmaster(home: Path) -> int:
    return int((home / "database" / "data" / "postmaster.pid").read_text().split()[0])


def neighbour(home: Path, **options: Any) -> subprocess.Popen[str]:
    environment = {"PYTHONPATH": f"{SOURCE}:{SITE}", "PATH": os.environ["PATH"]}
    command = [options.pop("python", sys.executable), "-c", NEIGHBOUR, str(home)]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd="/",
        **options,
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


async def ask(url: str, statement: bytes) -> Any:
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
    async with connection:
        cursor = await connection.execute(statement)
        row = await cursor.fetchone() if cursor.description else None
    return row[0] if row else None


async def started_at(addresses: Addresses) -> Any:
    return await ask(addresses.app_url, b"SELECT pg_postmaster_start_time()")
