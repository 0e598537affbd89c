"""Files below an allowed folder, without a way out: the real path is walked from the root, no link followed."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tidegate.domain.failures import FailureCode
from tidegate.pipeline.step import StepFailed

BLOCK_BYTES = 1024 * 1024
_MISSING = (errno.ENOENT, errno.ENOTDIR)
_UNREACHABLE = (errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENOTCONN)


@contextmanager
def opened(locator: str, root: str | None, limit: int) -> Iterator[tuple[int, int]]:
    """Open the file at `locator` below `root` and yield (descriptor, size in bytes).

    Raises StepFailed: source_not_found, source_forbidden (outside the root, not a regular file, or no permission),
    source_unreachable (a network file system that fails), file_too_large.
    """
    fd = -1
    try:
        fd = _open_below(locator, root)
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise StepFailed(FailureCode.SOURCE_FORBIDDEN, "not a regular file")
        if status.st_size > limit:
            raise StepFailed(FailureCode.FILE_TOO_LARGE, f"{status.st_size} B", limit=limit)
        yield fd, status.st_size
    except OSError as error:
        raise failure(error) from error
    finally:
        if fd >= 0:
            os.close(fd)


def blocks(fd: int) -> Iterator[bytes]:
    """Yield the file's bytes. Raises StepFailed: source_changed when it was written meanwhile."""
    before, read = os.fstat(fd), 0
    try:
        while block := os.read(fd, BLOCK_BYTES):
            read += len(block)
            yield block
        after = os.fstat(fd)
    except OSError as error:
        raise failure(error) from error
    if (read, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or before.st_size != after.st_size:
        raise StepFailed(FailureCode.SOURCE_CHANGED, f"{before.st_size} B before, {read} B read, {after.st_size} B after")


def _open_below(locator: str, root: str | None) -> int:
    """Links inside the root are followed by resolving first; the walk then refuses any that were put in since."""
    if root is None or not Path(locator).is_absolute() or "\0" in locator:
        raise StepFailed(FailureCode.SOURCE_FORBIDDEN, "no root, or no absolute path")
    base = Path(os.path.realpath(root))
    if not Path(os.path.normpath(locator)).is_relative_to(os.path.normpath(root)):
        raise StepFailed(FailureCode.SOURCE_FORBIDDEN, "outside its root")
    real = Path(os.path.realpath(locator))
    if not real.is_relative_to(base) or real == base:
        raise StepFailed(FailureCode.SOURCE_FORBIDDEN, "leads outside its root")
    folder = os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in real.relative_to(base).parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(real.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    finally:
        with suppress(OSError):
            os.close(folder)


def failure(error: OSError) -> StepFailed:
    """Return what an error of the file system is to people."""
    detail = f"{type(error).__name__}: {error}"
    if error.errno in _MISSING:
        return StepFailed(FailureCode.SOURCE_NOT_FOUND, detail)
    if error.errno in _UNREACHABLE:
        return StepFailed(FailureCode.SOURCE_UNREACHABLE, detail)
    return StepFailed(FailureCode.SOURCE_FORBIDDEN, detail)
