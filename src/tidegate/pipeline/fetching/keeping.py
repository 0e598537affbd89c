"""Clients that are kept: one for each source as it is reached now, with its connections and what it was let in by."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeVar

from tidegate.outbound.address import Allowed
from tidegate.pipeline.step import Reach

CLIENTS = 16
"""Clients of one kind that a process keeps."""

Client = TypeVar("Client")
Make = Callable[[Reach, Mapping[str, str] | None, Allowed], Client]


def kept(make: Make[Client]) -> Make[Client]:
    """Make what `make` does give the same client for as long as nothing of what it was made of is different."""

    @lru_cache(maxsize=CLIENTS)
    def made(reach: Reach, parts: tuple[tuple[str, str], ...] | None, allowed: Allowed) -> Client:
        return make(reach, None if parts is None else dict(parts), allowed)

    return lambda reach, parts, allowed: made(reach, None if parts is None else tuple(sorted(parts.items())), allowed)
