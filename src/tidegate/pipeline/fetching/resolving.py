"""A resolver for clients over aiohttp: gives the one address that was checked, so that nothing else is connected to."""

import asyncio
import socket
from typing import Any

from aiohttp.abc import AbstractResolver
from requests_hardened.ip_filter import InvalidIPAddress

from tidegate.outbound.address import Allowed, checked_address


class BlockedAddress(OSError):
    """The host leads to an address that may not be connected to."""


class GuardedResolver(AbstractResolver):
    """Resolves once, checks, and gives that very address; aiohttp connects to nothing else."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[Any]:  # noqa: ARG002
        """See AbstractResolver. Raises BlockedAddress, OSError."""
        try:
            address = await asyncio.to_thread(checked_address, self._allowed, host, port)
        except InvalidIPAddress as error:
            raise BlockedAddress from error
        version = socket.AF_INET6 if ":" in address else socket.AF_INET
        known = {"proto": socket.IPPROTO_TCP, "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV}
        return [{"hostname": host, "host": address, "port": port, "family": version, **known}]

    async def close(self) -> None:
        """Nothing is held open."""
