"""Stores that are one server whose host people choose: `scheme://host:port/folder`, the folder written as it is called."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tidegate.domain.failures import FailureCode
from tidegate.pipeline.fetching.objects import PAGE
from tidegate.pipeline.step import StepFailed

WAIT_SECONDS = 15.0
"""Longest wait for one answer: bounds how long a thread outlives what was given up."""

DEPTH = 100
"""Folders within folders that are gone into: more is a circle."""

_HOST = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{1,5}))?")

Page = list[tuple[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class Place:
    """Where a folder is: `host` as it is resolved, `port` None for the usual one, `folder` without a slash at its end."""

    host: str
    port: int | None
    folder: str


@dataclass(frozen=True)
class Entry:
    """What is in a folder; `told` is what the server tells of it, as `version_of` reads it."""

    name: str
    is_folder: bool
    told: Mapping[str, Any]


def place_of(address: str) -> Place:
    """Return where an address leads. Raises ValueError when it is none: neither user nor password has its place there."""
    authority, _, folder = address.partition("://")[2].partition("/")
    found = _HOST.fullmatch(authority)
    if found is None or (port := int(found[2] or 0)) > 65_535:
        raise ValueError("no host")
    return Place(found[1].strip("[]"), port or None, f"/{folder}".rstrip("/"))


def walked(inside: Callable[[str], Iterable[Entry]], *, recursive: bool) -> Iterator[Page]:
    """Yield (path, what is told) of the files below a place in pieces; `inside` tells what is in a folder, '' the place itself.

    What begins with a dot is left out, and so is a name that could lead elsewhere. Raises StepFailed, and what `inside` raises.
    """
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        if folder.count("/") > DEPTH:
            raise StepFailed(FailureCode.SOURCE_UNREACHABLE, f"folders within folders, {DEPTH} deep")
        entries = iter(inside(folder))
        while here := list(islice(entries, PAGE)):
            taken = [(f"{folder}{entry.name}", entry) for entry in here if _is_name(entry.name)]
            waiting += [f"{path}/" for path, entry in taken if entry.is_folder and recursive]
            yield [(path, entry.told) for path, entry in taken if not entry.is_folder]


def _is_name(name: str) -> bool:
    return not name.startswith(".") and name != "" and "/" not in name
