"""An attempt's own folder, made when a step first asks for it: most never do, and a folder costs the disk its time."""

import asyncio
import shutil
import tempfile
from pathlib import Path

from tidegate.domain.failures import FailureCode
from tidegate.pipeline.step import StepFailed


class Scratch:
    """A folder that is there from the first `folder()` until `remove()`."""

    def __init__(self) -> None:
        self._made: Path | None = None

    def folder(self) -> Path:
        """Return the folder, which is made now if it was not yet. Raises StepFailed, on a full disk mostly."""
        if self._made is None:
            try:
                self._made = Path(tempfile.mkdtemp(prefix="tidegate-"))
            except OSError as error:
                raise StepFailed(FailureCode.STORAGE_UNAVAILABLE, f"{type(error).__name__}: {error}") from error
        return self._made

    async def remove(self) -> None:
        """Remove the folder with all that is in it, even when the caller is cancelled meanwhile."""
        if self._made is not None:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, self._made, ignore_errors=True))
