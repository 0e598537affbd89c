"""Rate limits, by sliding windows in this process's memory: several web processes each count for themselves."""

import hashlib
import math
import time
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from tidegate.domain.refusals import TooMany
from tidegate.web.connection import Connection

MINUTE = 60.0


@dataclass(frozen=True)
class Limit:
    """So many a minute; each name counts for itself."""

    name: str
    a_minute: int


GENERAL = Limit("general", 6000)
"""A team behind one address, with live screens that fetch up to four times a second each."""

SIGN_IN = Limit("sign_in", 10)
"""Tries by one address, and for one name: far more than a person needs, far fewer than guessing takes."""

NOBODY = Limit("nobody", 60)
"""Changes asked for by nobody who is known, by address: each one is refused and written to the audit log."""


@dataclass
class _Counted:
    """What was counted in the minute `number`, and in the one before it; older counts are forgotten."""

    number: int = 0
    now: dict[tuple[str, ...], int] = field(default_factory=dict)
    before: dict[tuple[str, ...], int] = field(default_factory=dict)

    def turn_to(self, number: int) -> None:
        if number != self.number:
            self.before, self.now = (self.now if number == self.number + 1 else {}), {}
            self.number = number


class Limits:
    """Counts requests; one object for an application."""

    def __init__(self) -> None:
        self._counted: dict[str, _Counted] = defaultdict(_Counted)

    def spend(self, limit: Limit, *of: str) -> None:
        """Count one request, of the last sixty seconds: of the minute before as much as its end is in them.

        Raises TooMany once the limit is used up; what is refused is not counted.
        """
        number, into = divmod(time.monotonic(), MINUTE)
        counted = self._counted[limit.name]
        counted.turn_to(int(number))
        now, before = counted.now.get(of, 0), counted.before.get(of, 0)
        if now + 1 + before * (1 - into / MINUTE) > limit.a_minute:
            seconds = math.ceil(_until_one_may(limit.a_minute - 1, now, before, into))
            raise TooMany(
                "too_many_requests", "Too many requests: try again in {retry_after} seconds.", retry_after=max(1, seconds)
            )
        counted.now[of] = now + 1

    def spend_sign_in(self, connection: Connection, login: str) -> None:
        """Count one try to sign in, against the address and against the name. Raises TooMany."""
        self.spend(SIGN_IN, "address", address_of(connection))
        self.spend(SIGN_IN, "login", hashlib.sha256(login.strip().lower().encode(errors="replace")).hexdigest())


def _until_one_may(most: int, now: int, before: int, into: float) -> float:
    """Return the seconds until no more than `most` are counted, `into` seconds of this minute being over."""
    if now <= most:
        return MINUTE * (1 - (most - now) / before) - into
    return MINUTE - into + MINUTE * (1 - most / now)


def address_of(connection: Connection) -> str:
    """Return the client's address to count by: of IPv6 the /64, which one household or server has for itself."""
    return _holder_of(connection.client.host if connection.client else "unknown")


@lru_cache(10_000)
def _holder_of(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address, 64), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)
