"""Checkpoints kept elsewhere: the newest one in a file that is not in the database.

It is what truncation and rollback are found by, so it is never replaced by one that does not continue it.
"""

import os
from pathlib import Path
from uuid import uuid4

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem


class CheckpointFile:
    """A file under an fsspec URL (`file:///mnt/elsewhere/tidegate.checkpoint`, `s3://bucket/key`). Its methods block."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._fs, self._path = url_to_fs(url)

    def read(self) -> str | None:
        """Return what was published last, None when nothing was. Raises OSError and what the file system raises."""
        try:
            return str(self._fs.cat_file(self._path).decode())
        except FileNotFoundError:
            return None

    def write(self, note: str) -> None:
        """Replace the file whole. Raises OSError and what the file system raises."""
        if not isinstance(self._fs, LocalFileSystem):
            self._fs.pipe_file(self._path, note.encode())
            return
        path = Path(self._path)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{uuid4().hex}")
        with part.open("wb") as file:
            file.write(note.encode())
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
