"""Workers on hosts of their own, and the one PostgreSQL that they reach over the network, by password."""

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from faults import network as networks
from faults.network import HUB_ADDRESS, NETWORK, Network
from faults.place import migrated
from tidegate.db.queries import named_sql
from tidegate.embedded.configuration import HBA, PORT
from tidegate.embedded.database import EmbeddedDatabase
from tidegate.settings import Settings, variable

SQL = named_sql(__file__.replace("fleet.py", "hosts.sql"))
TOP = Path(__file__).resolve().parents[1]
ROLE = "tidegate_app"
INHERITED = ("PATH", "LANG", "LC_ALL", "TESSDATA_PREFIX", "LD_LIBRARY_PATH", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")
STOP_SECONDS = 15.0

Process = asyncio.subprocess.Process


@dataclass
class Fleet:
    """The hosts, each with one worker. `admin_url` is the superuser's way in, by the server's socket."""

    network: Network
    settings: Settings
    admin_url: str
    workers: dict[int, Process] = field(default_factory=dict)

    async def grow(self, size: int) -> None:
        """Add hosts with their workers until there are so many."""
        for number in range(len(self.workers) + 1, size + 1):
            await asyncio.to_thread(self.network.add_host, number)
            self.workers[number] = await self.start(number, "-m", "tidegate", "work", "--parent", str(os.getpid()))

    async def start(self, number: int, *words: str) -> Process:
        """Run Python on a host, out of reach of the terminal's Ctrl-C; what it prints can be read."""
        return await asyncio.create_subprocess_exec(
            "ip", "netns", "exec", self.network.host(number), sys.executable, *words, cwd=TOP, start_new_session=True,
            env=self._environment(), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip

    async def stop(self) -> None:
        """Stop every worker, by force where it takes too long."""
        for number in self.workers:
            with contextlib.suppress(networks.NoNetwork):
                self.network.restore(number)
        for process in self.workers.values():
            send(process, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(process.wait() for process in self.workers.values())), STOP_SECONDS)
        for process in self.workers.values():
            send(process, signal.SIGKILL)
            await process.wait()

    def _environment(self) -> dict[str, str]:
        shown = {
            "home": self.settings.home, "database_url": self.settings.database_url,
            "pipelines": ",".join(self.settings.pipelines),
            "lease_seconds": self.settings.lease_seconds, "renew_seconds": self.settings.renew_seconds, "log_level": "error",
            "concurrency": self.settings.concurrency,
        }  # fmt: skip
        kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
        return {**kept, "HOME": str(self.settings.home), **{variable(name): str(value) for name, value in shown.items()}}


@asynccontextmanager
async def fleet(home: Path, settings: Settings) -> AsyncIterator[Fleet]:
    """Give a fleet without hosts over a migrated database. At the end all of it is gone. Raises NoNetwork."""
    with networks.made() as network, networks.inside(network.hub) as hub:
        _open_to_hosts(home / "database")
        embedded = EmbeddedDatabase(home)
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(hub, embedded.join)
        try:
            async with migrated(found.url("postgres", "postgres")) as admin_url:
                url = await _with_password(admin_url)
                hosts = Fleet(network, replace(settings, home=home, database_url=url), admin_url)
                try:
                    yield hosts
                finally:
                    await asyncio.shield(hosts.stop())
        finally:
            embedded.leave()


def _open_to_hosts(folder: Path) -> None:
    """Have the server that is not started yet listen on the bridge, for the one role, by password."""
    folder.mkdir(mode=0o700, parents=True)
    access = folder / "hosts.conf"
    access.write_text(f"{HBA}host all {ROLE} {NETWORK} scram-sha-256\n")
    (folder / "local.conf").write_text(f"listen_addresses = '{HUB_ADDRESS}'\nhba_file = '{access}'\n")
    for path in (access, folder / "local.conf"):
        path.chmod(0o644)


async def _with_password(admin_url: str) -> str:
    """Give the application's role a password, and return its address over the network."""
    password = secrets.token_urlsafe()
    async with await psycopg.AsyncConnection.connect(admin_url, autocommit=True) as connection:
        await connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(ROLE), password))
    return f"postgresql://{ROLE}:{password}@{HUB_ADDRESS}:{PORT}{urlsplit(admin_url).path}"


def send(process: Process, number: signal.Signals) -> None:
    """Signal a process that still runs."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
