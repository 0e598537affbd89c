"""The system account that the server runs as.

PostgreSQL refuses to run as root. So root hands it to an account of its own; everybody else runs it as themselves.
"""

import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tidegate.embedded.errors import EmbeddedDatabaseError

SERVICE_ACCOUNT = "tidegate"
ROOT = 0
TRIES = 20


@dataclass(frozen=True)
class Account:
    """A system account: whom the server's processes and files belong to."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether commands must be handed over to it, because this process is root."""
        return self.uid != os.geteuid()

    def run(
        self, *command: str | Path, output: IO[bytes] | None = None, pass_fds: tuple[int, ...] = (), new_session: bool = False
    ) -> int:
        """Run a command as this account, with nothing of our environment, and return its exit status.

        `output` takes what it prints; without one it is dropped. A new session is out of reach of the terminal's Ctrl-C.
        """
        return subprocess.run(
            [str(part) for part in command],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output or subprocess.DEVNULL,
            stderr=output or subprocess.DEVNULL,
            pass_fds=pass_fds,
            start_new_session=new_session,
            user=self.uid if self.is_other else None,
            group=self.gid if self.is_other else None,
            extra_groups=[] if self.is_other else None,
            umask=0o077,
            cwd="/",
            env=ENVIRONMENT,
        ).returncode

    def can(self, *paths: Path) -> bool:
        """Tell whether this account may enter or execute all of these paths; the kernel is asked, modes are not guessed from."""
        if not self.is_other:
            return all(os.access(path, os.X_OK) for path in paths)
        return all(self.run("/bin/sh", "-c", 'test -x "$1"', "sh", path) == 0 for path in paths)

    def own(self, folder: Path) -> None:
        """Make a private folder of this account; the parent must be ours, so that nobody can swap it for a link."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.is_other:
            os.chown(folder, self.uid, self.gid, follow_symlinks=False)


ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"}
"""All that a server's process sees of the environment: no secret of ours, no PG* variable that would redirect it."""


def account_for(data: Path) -> Account:
    """Return the account for the cluster in `data`. Raises EmbeddedDatabaseError when the cluster is somebody else's."""
    account = _service_account() if os.geteuid() == ROOT else _own_account()
    if data.exists() and data.stat().st_uid != account.uid:
        raise EmbeddedDatabaseError(
            f"The database in {data.parent} belongs to another user (id {data.stat().st_uid}). "
            "Run as that user, or set TIDEGATE_HOME."
        )
    return account


def own_name() -> str:
    """Return the login name of this process, by which the server knows it. Raises EmbeddedDatabaseError when it has none."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError as error:
        raise EmbeddedDatabaseError(
            f"User id {os.geteuid()} has no entry in /etc/passwd, which PostgreSQL needs. Add one, or set TIDEGATE_DATABASE_URL."
        ) from error


def _own_account() -> Account:
    return Account(own_name(), os.geteuid(), os.getegid())


def _service_account() -> Account:
    """Find the account that serves root, or make it: no password, no shell, no home."""
    for _ in range(TRIES):
        try:
            entry = pwd.getpwnam(SERVICE_ACCOUNT)
        except KeyError:
            if not _create_service_account():
                time.sleep(0.1)  # another process may be making it: /etc/passwd is locked meanwhile
        else:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedDatabaseError(
        "PostgreSQL does not run as root, and the account for it could not be made. "
        f"Run `useradd --system --user-group {SERVICE_ACCOUNT}`, or set TIDEGATE_DATABASE_URL."
    )


def _create_service_account() -> bool:
    program = shutil.which("useradd", path=ENVIRONMENT["PATH"])
    if program is None:
        return False
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    made = subprocess.run([program, *options, SERVICE_ACCOUNT], check=False, capture_output=True, env=ENVIRONMENT)
    return made.returncode == 0
