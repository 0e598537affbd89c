"""Who uses the server and whether it lives, told by kernel locks on files and not by process ids.

A flock belongs to an open file and goes away with the last process that has it open, however that process ends. So
neither kill -9 nor a reused process id leaves a wrong count behind.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FileLock:
    """One file, opened for locking. Not shared with programs that we start, unless passed on purpose."""

    def __init__(self, path: Path) -> None:
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    def share(self) -> None:
        """Be one of many holders; waits for an exclusive holder to go."""
        fcntl.flock(self.fd, fcntl.LOCK_SH)

    def try_alone(self) -> bool:
        """Become the only holder at once, or tell that there are others; a share of our own is traded in."""
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Give up the lock for every process that inherited it, and close the file."""
        fcntl.flock(self.fd, fcntl.LOCK_UN)
        os.close(self.fd)

    def close(self) -> None:
        """Close the file; a process that inherited it keeps the lock."""
        os.close(self.fd)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Wait until no other process is in here for this path, then hold the others off."""
    lock = FileLock(path)
    try:
        fcntl.flock(lock.fd, fcntl.LOCK_EX)
        yield
    finally:
        lock.release()


def is_held(path: Path) -> bool:
    """Tell whether any process holds the lock of this path."""
    lock = FileLock(path)
    try:
        return not lock.try_alone()
    finally:
        lock.release()
