"""Where the server's socket is: private to us, and short enough for the kernel."""

import os
import re
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from tidegate.embedded.account import Account
from tidegate.embedded.configuration import PORT

LONGEST = 107
"""Bytes that an address of a Unix socket may have (sockaddr_un, less the closing zero)."""

SOCKET = f".s.PGSQL.{PORT}"
_PLAIN = re.compile(r"[\w/.+ =-]+", re.ASCII)


class SocketFolder:
    """The folder of the socket; its path is noted in a file, so that who joins a running server finds it."""

    def __init__(self, folder: Path) -> None:
        self._near = folder / "socket"
        self._note = folder / "socket.path"

    @property
    def path(self) -> Path:
        """The folder that was last chosen."""
        return Path(self._note.read_text(encoding="utf-8")) if self._note.exists() else self._near

    @property
    def is_there(self) -> bool:
        """Whether a server has put its socket here."""
        return (self.path / SOCKET).exists()

    def choose(self, account: Account) -> Path:
        """Make the folder for the next start: beside the data, or in /tmp under a new name when that path cannot serve.

        After a crash it is the same folder, so that whoever uses the server finds it again.
        """
        if self.path != self._near and _is_private(self.path, account):
            self._remove_socket()
            return self.path
        self.discard()
        if _is_usable(self._near):
            account.own(self._near)
            chosen = self._near
        else:
            chosen = Path(tempfile.mkdtemp(prefix="tidegate-", dir="/tmp"))  # short; mkdtemp makes it private
            account.own(chosen)
        self._note.write_text(str(chosen), encoding="utf-8")
        return chosen

    def discard(self) -> None:
        """Remove what a server that is gone left: its socket with the lock file on it, and a folder in /tmp."""
        self._remove_socket()
        if self.path != self._near:
            with suppress(OSError):
                self.path.rmdir()

    def _remove_socket(self) -> None:
        for name in (SOCKET, f"{SOCKET}.lock"):
            (self.path / name).unlink(missing_ok=True)


def _is_private(folder: Path, account: Account) -> bool:
    """A folder of the account's own, and no link to one, that nobody else may enter."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == account.uid and not found.st_mode & 0o077


def _is_usable(folder: Path) -> bool:
    """Short enough, and free of characters that mean something in an address or a list of folders."""
    return len(os.fsencode(folder / SOCKET)) <= LONGEST and _PLAIN.fullmatch(str(folder)) is not None
