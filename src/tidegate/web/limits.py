"""Rate limits, by sliding windows in this process's memory: several web processes each count for themselves."""

import hashlib
import math
import time
from ipaddress import IPv6Address, ip_address, ip_network

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from tidegate.domain.refusals import TooMany
from tidegate.web.connection import Connection

GENERAL = RateLimitItemPerMinute(6000, namespace="general")
"""A team behind one address, with live screens that fetch up to four times a second each."""

SIGN_IN = RateLimitItemPerMinute(10, namespace="sign_in")
"""Tries by one address, and for one name: far more than a person needs, far fewer than guessing takes."""


NOBODY = RateLimitItemPerMinute(60, namespace="nobody")
"""Changes asked for by nobody who is known, by address: each one is refused and written to the audit log."""


class Limits:
    """Counts requests; one object for an application."""

    def __init__(self) -> None:
        self._windows = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def spend(self, limit: RateLimitItem, *of: str) -> None:
        """Count one request. Raises TooMany once the limit is used up."""
        if not await self._windows.hit(limit, *of):
            stats = await self._windows.get_window_stats(limit, *of)
            seconds = max(1, math.ceil(stats.reset_time - time.time()))
            raise TooMany("too_many_requests", "Too many requests: try again in {retry_after} seconds.", retry_after=seconds)

    async def spend_sign_in(self, connection: Connection, login: str) -> None:
        """Count one try to sign in, against the address and against the name. Raises TooMany."""
        await self.spend(SIGN_IN, "address", address_of(connection))
        await self.spend(SIGN_IN, "login", hashlib.sha256(login.strip().lower().encode(errors="replace")).hexdigest())


def address_of(connection: Connection) -> str:
    """Return the client's address to count by: of IPv6 the /64, which one household or server has for itself."""
    host = connection.client.host if connection.client else "unknown"
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address, 64), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)
