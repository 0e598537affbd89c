"""Publishing: the newest checkpoint goes elsewhere, off the sealer's path, at most once a second."""

import asyncio

import structlog

from tidegate.audit import checkpoint
from tidegate.audit.checkpoint import Forged, NotACheckpoint
from tidegate.audit.keys import Signer
from tidegate.audit.publish import CheckpointFile
from tidegate.audit.seal import continues
from tidegate.db.connect import connect

log = structlog.get_logger("tidegate.sealer")

INTERVAL_SECONDS = 1.0
TRY_SECONDS = 20.0


class Publisher:
    """Keeps the published file up with the log, and never lets it go back.

    What is found there was signed once. A log that does not continue it was truncated, rolled back or replaced: then the
    file stays as it is, for it is the evidence, and each further checkpoint is reported instead of published.
    """

    def __init__(self, url: str, signer: Signer, target: CheckpointFile) -> None:
        self._url = url
        self._signer = signer
        self._target = target
        self._newest: str | None = None
        self._written: str | None = None
        self._news = asyncio.Event()

    def offer(self, note: str) -> None:
        """Have a checkpoint published soon; a newer one may overtake it."""
        self._newest = note
        self._news.set()

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            await self.publish()
            await asyncio.sleep(INTERVAL_SECONDS)

    async def finish(self) -> None:
        """Publish what is left."""
        await self.publish()

    async def publish(self) -> None:
        """Write the newest checkpoint, if that continues what is there. A failure is logged; the next one tries again."""
        note = self._newest
        if note is None or note == self._written:
            return
        try:
            async with asyncio.timeout(TRY_SECONDS):
                found = await asyncio.to_thread(self._target.read)
                if found not in {None, self._written} and not await self._continues(found or ""):
                    log.critical(
                        "audit_log_rolled_back", published_at=self._target.url, do="run `tidegate audit verify --expect`"
                    )
                    return
                await asyncio.to_thread(self._target.write, note)
                self._written = note
        except Exception as error:  # noqa: BLE001 - each file system has errors of its own
            log.warning("checkpoint_not_published", error=type(error).__name__)

    async def _continues(self, found: str) -> bool:
        try:
            published = checkpoint.check(found, self._signer.trusted).checkpoint
        except (Forged, NotACheckpoint):
            return False
        async with await connect(self._url, name="tidegate sealer", role="tidegate_sealer") as connection:
            return await continues(connection, published)
