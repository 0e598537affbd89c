"""A sealer process: seals what is final a few times a second, until told to stop.

Several may run; in each moment one seals. Between two statements it can be killed: a round is one transaction.
"""

import asyncio
import contextlib

import structlog
from psycopg import Error

from tidegate.audit.keys import Signer
from tidegate.audit.publish import CheckpointFile
from tidegate.audit.seal import HEARTBEAT_SECONDS, LogAltered, Sealed, get_head, seal
from tidegate.db.connect import AWAY, connect, sqlstate
from tidegate.db.queries import Connection
from tidegate.sealer.publishing import Publisher

log = structlog.get_logger("tidegate.sealer")

SEALER_ROLE = "tidegate_sealer"

POLL_SECONDS = 0.35
"""Between two looks, a look being four small statements. An event waits for half of it on average, well below a second;
waking by NOTIFY would cost every writer a lock at its commit."""

ROUND_SECONDS = 30.0
"""A round that takes longer is stuck in the network; the connection is given up."""

AWAY_PAUSE_SECONDS = 1.0
ALTERED_PAUSE_SECONDS = 10.0


class Sealer:
    """Seals one log with one key over a connection of its own, and publishes each checkpoint."""

    def __init__(self, url: str, signer: Signer, target: CheckpointFile, *, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        self._url = url
        self._signer = signer
        self._publisher = Publisher(url, signer, target)
        self._heartbeat_seconds = heartbeat_seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Seal until `stop` is set, and once more then. While the database is away it waits."""
        publishing = asyncio.create_task(self._publisher.run())
        try:
            while not stop.is_set():
                pause = AWAY_PAUSE_SECONDS
                try:
                    async with await connect(self._url, name="tidegate sealer", role=SEALER_ROLE) as connection:
                        await self._serve(connection, stop)
                except LogAltered as error:
                    log.critical("audit_log_altered", finding=str(error), do="run `tidegate audit verify`")
                    pause = ALTERED_PAUSE_SECONDS
                except (TimeoutError, *AWAY) as error:
                    log.warning("sealer_waits", cause=type(error).__name__)
                except Error as error:
                    log.error("sealing_failed", sqlstate=sqlstate(error))  # noqa: TRY400 - no row values in logs
                    pause = ALTERED_PAUSE_SECONDS
                await _pause(stop, pause)
        finally:
            await self._publisher.finish()
            publishing.cancel()
            await asyncio.gather(publishing, return_exceptions=True)

    async def _serve(self, connection: Connection, stop: asyncio.Event) -> None:
        head = await get_head(connection)
        if head is not None:
            self._publisher.offer(head.note)
        is_last = False
        while not is_last:
            is_last = stop.is_set()
            while (sealed := await self._round(connection)) is not None and sealed.is_full:
                pass
            if not is_last:
                await _pause(stop, POLL_SECONDS)

    async def _round(self, connection: Connection) -> Sealed | None:
        async with asyncio.timeout(ROUND_SECONDS):
            async with connection.transaction():
                sealed = await seal(connection, self._signer, heartbeat_seconds=self._heartbeat_seconds)
        if sealed is not None:
            self._publisher.offer(sealed.note)
            log.debug("sealed", size=sealed.size, added=sealed.added)
        return sealed


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
