"""An attempt's own folder, made when a step first asks for it: most never do, and a folder costs the disk its time."""

import asyncio
import shutil
import tempfile
from pathlib import Path


class Scratch:
    """A folder that is there from the first `folder()` until `remove()`."""

    def __init__(self) -> None:
        self._made: Path | None = None

    def folder(self) -> Path:
        """Return the folder, which is made now if it was not yet."""
        if self._made is None:
            self._made = Path(tempfile.mkdtemp(prefix="tidegate-"))
        return self._made

    async def remove(self) -> None:
        """Remove the folder with all that is in it, even when the caller is cancelled meanwhile."""
        if self._made is not None:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, self._made, ignore_errors=True))
