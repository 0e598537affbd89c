"""Landlock: the process may read its own program and libraries, and nothing else; it may write, run and connect nowhere.

Needs no rights and Linux 5.13 or newer; what an older kernel does not know is left out. The document itself is read by the
descriptor that the parent opened, which Landlock leaves alone. Source: linux/Documentation/userspace-api/landlock.rst.
"""

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
RULE_PATH_BENEATH, CREATE_RULESET_VERSION = 1, 1
READ_FILE, READ_DIR = 1 << 2, 1 << 3
FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""All rights on files that each version of the interface knows, from `execute` to `ioctl_dev`."""

NET_RIGHTS, NET_SINCE = 0b11, 4
SCOPES, SCOPES_SINCE = 0b11, 6
"""No binding or connecting of TCP; no abstract Unix sockets and no signals to processes outside."""

SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/dev/null",
    "/dev/urandom",
    "/proc/self",
    "/proc/meminfo",
    "/proc/cpuinfo",
    "/sys/fs/cgroup",
    "/sys/devices/system/cpu",
)


class RulesetAttribute(ctypes.Structure):
    """`struct landlock_ruleset_attr`."""

    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class PathAttribute(ctypes.Structure):
    """`struct landlock_path_beneath_attr`."""

    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def restrict(libc: ctypes.CDLL) -> bool:
    """Shut the file system for this process and all that it starts; return whether the kernel could."""
    version = libc.syscall(CREATE_RULESET, None, 0, CREATE_RULESET_VERSION)
    if version < 1:
        return False
    attribute = RulesetAttribute(
        files=FILE_RIGHTS[max(known for known in FILE_RIGHTS if known <= version)],
        net=NET_RIGHTS if version >= NET_SINCE else 0,
        scoped=SCOPES if version >= SCOPES_SINCE else 0,
    )
    size = 8 if version < NET_SINCE else 16 if version < SCOPES_SINCE else 24
    ruleset = libc.syscall(CREATE_RULESET, ctypes.byref(attribute), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    try:
        for place in _readable():
            _allow(libc, ruleset, place)
        return bool(libc.syscall(RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _readable() -> Iterable[str]:
    """The interpreter, its packages, ours, the system's libraries, and Tesseract's language data."""
    told = os.environ.get("TESSDATA_PREFIX")
    return {*SYSTEM, sys.prefix, sys.base_prefix, *sys.path, *([told] if told else [])}


def _allow(libc: ctypes.CDLL, ruleset: int, place: str) -> None:
    try:
        fd = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights = READ_FILE | READ_DIR if Path(place).is_dir() else READ_FILE
        libc.syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, ctypes.byref(PathAttribute(allowed=rights, parent_fd=fd)), 0)
    finally:
        os.close(fd)
