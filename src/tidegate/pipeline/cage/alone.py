"""A filter of system calls: the process may start threads, but no process, so that a fork bomb has nothing to go off.

Needs no rights once `PR_SET_NO_NEW_PRIVS` is set, and holds for every thread to come. `clone3` keeps its flags behind a pointer
that a filter cannot follow, so it is said not to exist; the C library then uses `clone`. Sources: seccomp(2), clone(2),
linux/include/uapi/linux/{filter,seccomp,audit}.h.
"""

import ctypes
import errno
import platform
from collections.abc import Sequence
from dataclasses import dataclass

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
CLONE_THREAD = 0x10000
LOAD, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, JUMP_IF_SET, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
"""Places in `struct seccomp_data`; the first argument's lower half on machines of this byte order."""
X32 = 0x40000000
"""From this number on, x86_64 has the same calls once more."""


@dataclass(frozen=True)
class Machine:
    """How a kind of processor names itself, and its numbers of the calls that start processes."""

    audit: int
    clone: int
    clone3: int
    forks: tuple[int, ...]


MACHINES = {"x86_64": Machine(0xC000003E, 56, 435, (57, 58)), "aarch64": Machine(0xC00000B7, 220, 435, ())}


class Instruction(ctypes.Structure):
    """`struct sock_filter`."""

    _fields_ = (("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("value", ctypes.c_uint32))


class Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_uint16), ("first", ctypes.POINTER(Instruction)))


def restrict(libc: ctypes.CDLL) -> bool:
    """Let this process start threads only; return whether the kernel could, and whether we know its calls."""
    machine = MACHINES.get(platform.machine())
    if machine is None:
        return False
    lines = [Instruction(*line) for line in filter_for(machine)]
    program = Program(len(lines), (Instruction * len(lines))(*lines))
    return bool(libc.prctl(PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), ctypes.byref(program), 0, 0) == 0)


def filter_for(machine: Machine) -> Sequence[tuple[int, int, int, int]]:
    """Return the filter: code, lines to skip if so, lines to skip if not, value."""
    no, absent = REFUSE | errno.EPERM, REFUSE | errno.ENOSYS
    return [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_IF_EQUAL, 1, 0, machine.audit),
        (RETURN, 0, 0, no),
        (LOAD, 0, 0, NUMBER),
        (JUMP_IF_AT_LEAST, 0, 1, X32),
        (RETURN, 0, 0, no),
        (JUMP_IF_EQUAL, 0, 1, machine.clone3),
        (RETURN, 0, 0, absent),
        *(line for fork in machine.forks for line in ((JUMP_IF_EQUAL, 0, 1, fork), (RETURN, 0, 0, no))),
        (JUMP_IF_EQUAL, 0, 3, machine.clone),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (JUMP_IF_SET, 1, 0, CLONE_THREAD),
        (RETURN, 0, 0, no),
        (RETURN, 0, 0, ALLOW),
    ]
