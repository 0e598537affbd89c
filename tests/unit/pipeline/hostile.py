"""Handlers that misbehave in every way, for a cage of the tests: nothing in `tidegate` names this module."""

import ctypes
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tidegate.domain.failures import FailureCode
from tidegate.pipeline.cage.child import Document, Handler, Report
from tidegate.pipeline.step import StepFailed, Unit

Arguments = Mapping[str, Any]


def echo(document: Document, arguments: Arguments, report: Report) -> Any:
    return [os.getpid(), document.bytes(), dict(arguments)]


def hang(document: Document, arguments: Arguments, report: Report) -> Any:
    report(os.getpid(), None, Unit.ITEMS)
    while True:
        time.sleep(60)


def balloon(document: Document, arguments: Arguments, report: Report) -> Any:
    """Grow so slowly that the watch sees it."""
    held = []
    while True:
        held.append(bytearray(os.urandom(1) * 4 * 1024 * 1024))
        time.sleep(0.01)


def burst(document: Document, arguments: Arguments, report: Report) -> Any:
    """Ask for more at once than the hard limit."""
    return len(bytearray(64 * 1024**3))


def crash(document: Document, arguments: Arguments, report: Report) -> Any:
    ctypes.string_at(0)


def abort(document: Document, arguments: Arguments, report: Report) -> Any:
    os.abort()


class Panic(BaseException):
    """Like pyo3's PanicException."""


def panic(document: Document, arguments: Arguments, report: Report) -> Any:
    raise Panic("index out of bounds")


def flood(document: Document, arguments: Arguments, report: Report) -> Any:
    return "x" * (16 * 1024 * 1024)


def chatter(document: Document, arguments: Arguments, report: Report) -> Any:
    sys.stdout.write("out" * 100_000)
    sys.stdout.flush()
    os.write(2, b"err" * 100_000)
    return "done"


def count(document: Document, arguments: Arguments, report: Report) -> Any:
    report(1, 3, Unit.PAGES)
    report(2, 3, Unit.PAGES)
    report(3, None, Unit.BYTES)
    raise StepFailed(FailureCode.DOCUMENT_EMPTY)


def fail(document: Document, arguments: Arguments, report: Report) -> Any:
    raise StepFailed(FailureCode.UNSUPPORTED_TYPE, "why", found="video/x-other")


def lie(document: Document, arguments: Arguments, report: Report) -> Any:
    """Claim a failure with a parameter that is none."""
    failure = StepFailed(FailureCode.DOCUMENT_CORRUPT)
    object.__setattr__(failure.failure, "params", {"secret": "of the document"})
    raise failure


def unknown(document: Document, arguments: Arguments, report: Report) -> Any:
    raise LookupError("never heard of")


def environment(document: Document, arguments: Arguments, report: Report) -> Any:
    return [dict(os.environ), [entry.name for entry in Path("/proc/self/fd").iterdir()]]


def network(document: Document, arguments: Arguments, report: Report) -> Any:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", arguments["port"]))


def write(document: Document, arguments: Arguments, report: Report) -> Any:
    return Path(arguments["path"]).write_bytes(b"x" * 10)


def read(document: Document, arguments: Arguments, report: Report) -> Any:
    return Path(arguments["path"]).read_bytes()


def family(document: Document, arguments: Arguments, report: Report) -> Any:
    """Leave a process behind."""
    pid = os.fork()
    if pid:
        report(pid, None, Unit.ITEMS)
    time.sleep(60)


def bomb(document: Document, arguments: Arguments, report: Report) -> Any:
    """Start processes for ever, whatever is said about it; tell how many there are."""
    started = 0
    while True:
        for start in (os.fork, lambda: os.posix_spawn("/usr/bin/true", ["true"], {})):
            try:
                started += 1 if start() else 0
            except OSError:
                time.sleep(0.01)
        report(started, None, Unit.ITEMS)


def threads(document: Document, arguments: Arguments, report: Report) -> Any:
    """Do the work of a parser that divides it."""
    made = [threading.Thread(target=time.sleep, args=(0.05,)) for _ in range(8)]
    for thread in made:
        thread.start()
    alive = threading.active_count()
    for thread in made:
        thread.join()
    return alive


def run(document: Document, arguments: Arguments, report: Report) -> Any:
    return subprocess.run(["/bin/true"], check=True).returncode


def strike(document: Document, arguments: Arguments, report: Report) -> Any:
    os.kill(os.getppid(), 0)


HANDLERS: Mapping[str, Handler] = {
    handler.__name__: handler
    for handler in (
        *(abort, balloon, bomb, burst, chatter, count, crash, echo, environment, fail, family, flood),
        *(hang, lie, network, panic, read, run, strike, threads, unknown, write),
    )
}
