"""The child's side: confine itself, load the handlers, then read one document after the other until the parent hangs up.

Started by `cage.process`; it inherits one socket, no environment of Tidegate's and no other descriptor.
"""

import importlib
import mmap
import os
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from tidegate.domain.failures import FailureCode
from tidegate.pipeline.cage.confine import confine
from tidegate.pipeline.cage.frames import Closed, receive_request, send_reply
from tidegate.pipeline.step import StepFailed, Unit

Report = Callable[[int, int | None, Unit], None]

DIAGNOSTIC_CHARACTERS = 8000


@dataclass(frozen=True)
class Document:
    """The bytes to read, by an open descriptor: the child needs no right to open the file itself."""

    fd: int

    @property
    def size(self) -> int:
        """Size in bytes."""
        return os.fstat(self.fd).st_size

    def open(self) -> BinaryIO:
        """Return the content as a file of its own position."""
        os.lseek(self.fd, 0, os.SEEK_SET)
        return os.fdopen(os.dup(self.fd), "rb")

    def head(self, count: int) -> bytes:
        """Return the first bytes."""
        return os.pread(self.fd, count, 0)

    def bytes(self) -> bytes:
        """Return all of it."""
        if self.size == 0:
            return b""
        with mmap.mmap(self.fd, 0, prot=mmap.PROT_READ) as mapped:
            return mapped[:]


Handler = Callable[[Document, Mapping[str, Any], Report], Any]


def main(fd: int, parent: int, memory_bytes: int, handlers: str) -> None:
    """Serve requests on the socket `fd` with `HANDLERS` (task → Handler) of the module `handlers`."""
    walls = confine(parent, memory_bytes)
    sock = socket.socket(fileno=fd)
    known: Mapping[str, Handler] = importlib.import_module(handlers).HANDLERS
    send_reply(sock, "ready", walls.no_network, walls.no_files, walls.alone)
    try:
        while True:
            task, arguments, document = receive_request(sock)
            try:
                _serve(sock, known[task], Document(document), arguments)
            finally:
                os.close(document)
    except (Closed, ConnectionError):
        return


def _serve(sock: socket.socket, handler: Handler, document: Document, arguments: Mapping[str, Any]) -> None:
    def report(done: int, total: int | None, unit: Unit) -> None:
        send_reply(sock, "progress", done, total, unit.value)

    try:
        reply: tuple[Any, ...] = ("result", handler(document, arguments, report))
    except StepFailed as failure:
        reply = ("failed", str(failure.failure.code), dict(failure.failure.params), failure.diagnostic)
    except MemoryError:
        reply = ("failed", FailureCode.OUT_OF_MEMORY.value, {}, traceback.format_exc()[-DIAGNOSTIC_CHARACTERS:])
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - the parent decides what it means
        reply = _as_error(error)
    send_reply(sock, *reply)


def _as_error(error: BaseException) -> tuple[Any, ...]:
    """A panic of native code arrives as a BaseException: the document broke the parser, as a crash would have."""
    detail = traceback.format_exc()[-DIAGNOSTIC_CHARACTERS:]
    if not isinstance(error, Exception):
        return ("failed", FailureCode.DOCUMENT_CORRUPT.value, {}, detail)
    return ("error", type(error).__name__, detail)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
