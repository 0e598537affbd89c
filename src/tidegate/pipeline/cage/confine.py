"""What a child gives up before it sees a document, for good. Linux; elsewhere only the limits hold.

Sources: prctl(2), unshare(2), getrlimit(2), capset(2). `RLIMIT_NPROC` is left as it is: it counts all processes and
threads of the user, so it would break the parser's own threads whenever the user runs other things. `alone` filters calls
instead.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from tidegate.pipeline.cage import alone, landlock

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
CAPABILITY_VERSION_3 = 0x20080522

SLACK_BYTES = 256 * 1024 * 1024
"""Room above the watched limit for the interpreter, libraries and thread stacks, so that the watch, which counts
resident memory, speaks first and the hard limit only stops what grows faster than it looks."""

OPEN_FILES = 256


@dataclass(frozen=True)
class Walls:
    """What the kernel let us build: `no_network` (a network namespace of its own), `no_files` (Landlock), `alone` (seccomp)."""

    no_network: bool
    no_files: bool
    alone: bool


def confine(parent: int, memory_bytes: int) -> Walls:
    """Give up privileges and set hard limits, as far as the kernel lets us.

    Ends the process at once when the parent is already gone.
    """
    _die_with(parent)
    _limit(memory_bytes)
    if not sys.platform.startswith("linux"):
        return Walls(no_network=False, no_files=False, alone=False)
    libc = ctypes.CDLL(None, use_errno=True)
    isolated = libc.unshare(CLONE_NEWNET) == 0 or libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0
    libc.prctl(PR_SET_NO_NEW_PRIVS, *map(ctypes.c_ulong, (1, 0, 0, 0)))
    _drop_capabilities(libc)
    return Walls(no_network=bool(isolated), no_files=landlock.restrict(libc), alone=alone.restrict(libc))


def _die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, however it ends."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, *map(ctypes.c_ulong, (signal.SIGKILL, 0, 0, 0)))
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000")
    if os.getppid() != parent:
        os._exit(1)


def _limit(memory_bytes: int) -> None:
    """Set the hard limits: no core dumps, no writing of files, few descriptors, bounded private memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    ceiling = memory_bytes + SLACK_BYTES
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard == resource.RLIM_INFINITY or hard > ceiling:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_DATA, (ceiling, ceiling))


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    """Empty all capability sets; as root this also ends reading files of other users."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    libc.capset(header, (ctypes.c_uint32 * 6)())
