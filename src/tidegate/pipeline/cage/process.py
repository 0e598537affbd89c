"""One caged child, seen from its parent: start it, give it a document, watch it, kill it."""

import asyncio
import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidegate.pipeline.cage.confine import Walls
from tidegate.pipeline.cage.frames import receive_reply, send_request

WATCH_SECONDS = 0.05
STDERR_BYTES = 8192
READY_BYTES = 1024
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

_START = (
    "import sys; sys.path[:] = sys.argv.pop().split('\\n'); from tidegate.pipeline.cage.child import main; "
    "main(*map(int, sys.argv[1:4]), sys.argv[4])"
)
_OUT_OF_MEMORY = (b"memory allocation of", b"MemoryError", b"bad_alloc", b"Cannot allocate memory", b"out of memory")


@dataclass(frozen=True)
class Ending:
    """How a child ended: exit code (negative: the signal), peak bytes of memory (0: not known), the end of what it printed."""

    code: int
    peak_bytes: int
    printed: bytes

    def told_of_memory(self) -> bool:
        """Whether the child printed that it could not get memory."""
        return any(sign in self.printed for sign in _OUT_OF_MEMORY)


class Caged:
    """A running child. Not shared: whoever took it from the pool talks to it alone."""

    def __init__(self, handlers: str, memory_bytes: int) -> None:
        """Start the child; it is ready after `ready()`. The thread that calls this must outlive the child."""
        self.walls = Walls(no_network=False, no_files=False, alone=False)
        self.served = 0
        self.over_memory = False
        self._memory_bytes = memory_bytes
        self._inherited_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self._printed = bytearray()
        self._ending: asyncio.Future[Ending] | None = None
        self._socket, theirs = socket.socketpair()
        self._socket.setblocking(False)
        self._output, written = os.pipe()
        os.set_blocking(self._output, False)
        try:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-I",
                    "-X",
                    "utf8",
                    "-c",
                    _START,
                    str(theirs.fileno()),
                    str(os.getpid()),
                    str(memory_bytes),
                    handlers,
                    "\n".join(path for path in sys.path if path),
                ],
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                pass_fds=(theirs.fileno(),),
                env=_environment(),
                cwd="/",
                start_new_session=True,
            )
        finally:
            theirs.close()
            os.close(written)
        asyncio.get_running_loop().add_reader(self._output, self._take_output)

    async def ready(self) -> None:
        """Wait until the child is up. Raises Closed when it ended instead."""
        reply = await receive_reply(self._socket, READY_BYTES)
        self.walls = Walls(*(built is True for built in reply[1:4]))

    async def send(self, task: str, arguments: Mapping[str, Any], fd: int) -> None:
        """Give it a document. Raises Closed."""
        self.served += 1
        await send_request(self._socket, task, arguments, fd)

    async def reply(self, limit: int) -> list[Any]:
        """Wait for its next reply. Raises Closed, Oversize, msgspec.DecodeError."""
        return await receive_reply(self._socket, limit)

    async def watch_memory(self) -> None:
        """Kill the child as soon as it holds more memory of its own than its limit; runs until cancelled."""
        while self.resident_bytes() <= self._memory_bytes:  # noqa: ASYNC110 - the kernel tells nobody
            await asyncio.sleep(WATCH_SECONDS)
        self.over_memory = True
        self.kill()

    def resident_bytes(self) -> int:
        """Return the private memory that the child holds now; 0 when it is gone or this is not Linux."""
        try:
            fields = Path(f"/proc/{self._process.pid}/statm").read_bytes().split()
        except OSError:
            return 0
        return (int(fields[1]) - int(fields[2])) * PAGE_BYTES

    def is_alive(self) -> bool:
        """Tell whether it still runs, without reaping it."""
        if self._ending is not None:
            return False
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def kill(self) -> asyncio.Future[Ending]:
        """Kill it and all that it may have started, at once and without waiting; return the end to come."""
        if self._ending is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)
            self._ending = asyncio.get_running_loop().run_in_executor(None, self._reap)
        return self._ending

    async def end(self) -> Ending:
        """Kill it if it still runs, free what it held and tell how it ended."""
        ending = await asyncio.shield(self.kill())
        self._release()
        return Ending(ending.code, ending.peak_bytes, bytes(self._printed))

    def _reap(self) -> Ending:
        """Collect the child. Linux counts our own size at its start into its peak, so only what is above that is its own."""
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        peak = usage.ru_maxrss * 1024 if usage.ru_maxrss > self._inherited_kib else 0
        return Ending(self._process.returncode, peak, b"")

    def _take_output(self) -> None:
        with contextlib.suppress(BlockingIOError):
            block = os.read(self._output, 65536)
            if block:
                self._printed = (self._printed + block)[-STDERR_BYTES:]
            else:
                asyncio.get_running_loop().remove_reader(self._output)

    def _release(self) -> None:
        if self._output >= 0:
            asyncio.get_running_loop().remove_reader(self._output)
            with contextlib.suppress(OSError):
                while block := os.read(self._output, 65536):
                    self._printed = (self._printed + block)[-STDERR_BYTES:]
            os.close(self._output)
            self._output = -1
            self._socket.close()


def _environment() -> dict[str, str]:
    """What the child may know: nothing of ours. The variables keep its native code to one thread and few arenas.

    No folder can be made below the null device, not even by root: xberg would keep the text of scans in one.
    """
    kept = {name: os.environ[name] for name in ("TESSDATA_PREFIX", "SYSTEMROOT") if name in os.environ}
    fixed = {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": os.devnull,
        "XDG_CACHE_HOME": os.devnull,
        "TMPDIR": os.devnull,
        "OMP_THREAD_LIMIT": "1",
        "MALLOC_ARENA_MAX": "2",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return {**fixed, **kept}
