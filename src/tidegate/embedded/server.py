"""One cluster and its server: made, started, found running, stopped. The callers see to it that nobody else does so too."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from tidegate.embedded import configuration
from tidegate.embedded.account import Account
from tidegate.embedded.binaries import Binaries
from tidegate.embedded.errors import EmbeddedDatabaseError
from tidegate.embedded.locks import FileLock, is_held
from tidegate.embedded.sockets import SocketFolder

SUPERUSER = "postgres"
START_LIMIT = 300.0
"""Seconds; after a crash the server replays up to `max_wal_size` of its log before it answers."""
SOCKET_LIMIT = 20.0
"""Seconds until a living server must have its socket."""
STOP_LIMIT = 60.0
"""Seconds for a fast shutdown with its checkpoint; then at once, which the log makes good at the next start."""
LOG_LIMIT = 8 * 1024 * 1024
PAUSE = 0.01

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class Addresses:
    """How to reach the server: over its socket, by roles that the kernel vouches for."""

    socket_folder: Path

    @property
    def app_url(self) -> str:
        """For everything but migrations: the role that owns nothing."""
        return self.url("tidegate_app")

    @property
    def owner_url(self) -> str:
        """For migrations: the role that owns the database."""
        return self.url("tidegate_owner")

    def url(self, role: str, database: str = "tidegate") -> str:
        """Return the address of a database for a role; the port is named so that PGPORT cannot change it."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.socket_folder))}&port={configuration.PORT}"


class Server:
    """The cluster in `folder/data`, with its configuration, log and locks beside it."""

    def __init__(self, folder: Path, account: Account, binaries: Binaries) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._log = folder / "postgresql.log"
        self._life = folder / "server.lock"
        self._sockets = SocketFolder(folder)
        self._account = account
        self._binaries = binaries

    @property
    def addresses(self) -> Addresses:
        """Valid while the server runs."""
        return Addresses(self._sockets.path)

    def lives(self) -> bool:
        """Whether any process of it runs."""
        return is_held(self._life)

    def create(self) -> None:
        """Make the cluster unless it is there; cut short, it begins anew. Raises EmbeddedDatabaseError."""
        version = self._data / "PG_VERSION"
        if not version.exists():
            self._initialise()
        elif version.read_text().strip() != self._binaries.major:
            raise EmbeddedDatabaseError(
                f"{self._data} was made by PostgreSQL {version.read_text().strip()}, but {self._binaries.major} is installed. "
                "Dump it with the old version and load it into a new TIDEGATE_HOME."
            )

    def connect(self, database: str = SUPERUSER) -> Connection:
        """Open a connection of the superuser. Raises psycopg.OperationalError."""
        url = self.addresses.url(SUPERUSER, database)
        return psycopg.connect(url, autocommit=True, connect_timeout=10, application_name="tidegate embedded")

    def ensure_running(self) -> Connection:
        """Join the running server, or start it, and wait until it answers. Raises EmbeddedDatabaseError."""
        begun, spawned = time.monotonic(), False
        while time.monotonic() - begun < (START_LIMIT if self._sockets.is_there else SOCKET_LIMIT):
            if not self.lives():
                if spawned:
                    raise EmbeddedDatabaseError(f"PostgreSQL ended while it started; {self._log} tells why.")
                spawned = self._spawn()
            try:
                return self.connect()
            except psycopg.OperationalError:
                time.sleep(PAUSE)
        raise EmbeddedDatabaseError(f"PostgreSQL runs but does not answer; {self._log} may tell why.")

    def stop(self) -> None:
        """Stop the server and wait until it is gone: clients are sent away, nothing committed is lost."""
        for signal, limit in (("INT", STOP_LIMIT), ("QUIT", STOP_LIMIT)):
            if self.lives():
                self._signal(signal)
            end = time.monotonic() + limit
            while self.lives() and time.monotonic() < end:
                time.sleep(PAUSE)
        if not self.lives():
            self._sockets.discard()

    def _initialise(self) -> None:
        draft = self._folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        self._account.own(draft)
        options = ["--username", SUPERUSER, "--encoding=UTF8", "--auth-local=peer", "--auth-host=reject", "--no-instructions"]
        # Sorting by code point is the same on every machine and after every upgrade of the system's libraries.
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        with self._log.open("ab") as output:
            status = self._account.run(self._binaries.initdb, "-D", draft, *options, *locale, output=output)
        if status != 0:
            raise EmbeddedDatabaseError(f"The database in {self._folder} could not be made; {self._log} tells why.")
        draft.rename(self._data)

    def _spawn(self) -> bool:
        """Start the server as nobody's child; it and all its processes hold the lock that tells whether it lives.

        Return whether it was started: somebody who looks whether it lives may be in the way for a moment.
        """
        life = FileLock(self._life)
        if not life.try_alone():
            life.close()
            return False
        (self._data / "postmaster.pid").unlink(missing_ok=True)  # stale: the lock proves that nobody lives
        main = configuration.write(self._folder, self._sockets.choose(self._account), self._account)
        if self._log.exists() and self._log.stat().st_size > LOG_LIMIT:
            self._log.replace(self._log.with_suffix(".log.1"))
        command = (self._binaries.postgres, "-D", self._data, "-c", f"config_file={main}")
        with self._log.open("ab") as output:
            self._account.run("/bin/sh", "-c", '"$@" &', "sh", *command, output=output, pass_fds=(life.fd,), new_session=True)
        life.close()
        return True

    def _signal(self, name: str) -> None:
        """Signal the server as its own account, so that not even a forged pid file reaches another's process."""
        try:
            pid = int((self._data / "postmaster.pid").read_text().partition("\n")[0])
        except (OSError, ValueError):
            return
        self._account.run("/bin/sh", "-c", 'kill -s "$1" "$2"', "sh", name, str(pid))
