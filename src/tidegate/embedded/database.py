"""The bundled PostgreSQL as its users see it: joined by the first, shared by all, stopped by the last."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import structlog

from tidegate.embedded.account import Account, account_for
from tidegate.embedded.binaries import binaries_for
from tidegate.embedded.bootstrap import lay_down
from tidegate.embedded.errors import EmbeddedDatabaseError
from tidegate.embedded.locks import FileLock, alone
from tidegate.embedded.server import Addresses, Server

LOOK_SECONDS = 0.5
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
"""After a server was started again, or could not be: doubled each time, for one that cannot live only fills its log."""

STEADY_SECONDS = 60.0
"""A server that lived so long was well."""

Result = TypeVar("Result")

log = structlog.get_logger("tidegate.embedded")


class EmbeddedDatabase:
    """One user's hold on the server of a home folder. Any number of them, in any number of processes, share one server."""

    def __init__(self, home: Path) -> None:
        self._home = home.expanduser().resolve()
        self._folder = self._home / "database"
        self._hold: FileLock | None = None
        self._server: Server | None = None

    async def start(self) -> Addresses:
        """Join the server, starting it if need be. Raises EmbeddedDatabaseError. If cancelled, everything is undone first."""
        try:
            return await _in_thread(self.join)
        except asyncio.CancelledError:
            await _in_thread(self.leave)
            raise

    async def stop(self) -> None:
        """Leave the server; the last one stops it. Harmless when not started."""
        await _in_thread(self.leave)

    def join(self) -> Addresses:
        """As `start`, for callers without an event loop."""
        if self._server is not None:
            return self._server.addresses
        try:
            account = account_for(self._folder / "data")
            _prepare(self._home, self._folder, account)
        except PermissionError as error:
            raise EmbeddedDatabaseError(
                f"{error.filename} is closed to this user. Set TIDEGATE_HOME to a folder of yours."
            ) from error
        with alone(self._folder / "turn.lock"):
            hold = FileLock(self._folder / "users.lock")
            hold.share()
            server = Server(self._folder, account, binaries_for(account))
            try:
                _bring_up(server)
            except BaseException:
                _let_go(hold, server)
                raise
        self._hold, self._server = hold, server
        return server.addresses

    def revive(self) -> bool:
        """Start the server again if it has ended by itself, and tell whether it had. Raises EmbeddedDatabaseError."""
        if self._server is None or self._server.lives():
            return False
        with alone(self._folder / "turn.lock"):
            if self._server.lives():
                return False
            self._server.ensure_running().close()
        return True

    async def keep_alive(self) -> None:
        """Look until cancelled whether the server lives, and start it again, ever more patiently while that does not help."""
        pause, revived_at = FIRST_PAUSE_SECONDS, time.monotonic()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                if not await _in_thread(self.revive):
                    continue
                log.warning("database_restarted")
            except (EmbeddedDatabaseError, OSError):
                log.error("database_does_not_start", again_in_seconds=pause)  # noqa: TRY400 - it tells where to look, at length
            pause = (
                FIRST_PAUSE_SECONDS if time.monotonic() - revived_at > STEADY_SECONDS else min(2 * pause, LONGEST_PAUSE_SECONDS)
            )
            revived_at = time.monotonic()
            await asyncio.sleep(pause)

    def leave(self) -> None:
        """As `stop`, for callers without an event loop."""
        if self._server is None or self._hold is None:
            return
        with alone(self._folder / "turn.lock"):
            _let_go(self._hold, self._server)
        self._server = self._hold = None


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[Addresses]:
    """Hold the server of a home folder for the length of a block; if it crashes, it is started again."""
    database = EmbeddedDatabase(home)
    addresses = await database.start()
    keeping = asyncio.create_task(database.keep_alive())
    try:
        yield addresses
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping
        await database.stop()


async def _in_thread(work: Callable[[], Result]) -> Result:
    """Run blocking work to its end even if the caller is cancelled, so that nothing is left half done."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _bring_up(server: Server) -> None:
    server.create()
    with server.ensure_running() as connection:
        lay_down(server, connection)


def _let_go(hold: FileLock, server: Server) -> None:
    """Give up a hold, and stop the server if nobody else has one."""
    try:
        if hold.try_alone():
            server.stop()
    finally:
        hold.release()


def _prepare(home: Path, folder: Path, account: Account) -> None:
    """Make the folders, closed to everybody but us and the server. Raises EmbeddedDatabaseError."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if not account.is_other:
        return
    for ours in (folder, home):
        if not account.can(ours):
            _let_pass(ours, account)
    if not account.can(folder):
        closed = next(parent for parent in reversed(folder.parents) if not account.can(parent))
        raise EmbeddedDatabaseError(
            f"PostgreSQL does not run as root, and the account {account.name} that it runs as cannot enter {closed}. "
            "Set TIDEGATE_HOME to a folder elsewhere, such as /var/lib/tidegate."
        )


def _let_pass(folder: Path, account: Account) -> None:
    """Let the server's account through a folder of ours, without letting it look around or touching any parent."""
    os.chown(folder, -1, account.gid)
    folder.chmod(folder.stat().st_mode & 0o7707 | 0o010)
