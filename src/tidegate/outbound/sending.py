"""Sending a signed webhook: one POST to a checked address, no redirect, time capped, of the answer nothing but its status."""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import requests
import urllib3.exceptions
from requests_hardened.ip_filter import InvalidIPAddress

from tidegate.outbound import signing
from tidegate.outbound.address import Allowed, session

SECONDS = 15.0
"""Longest wait for an answer: the standard asks for 15 to 30."""

BACKOFF_SECONDS = (5, 30, 120, 600, 1800, 3600, 7200, 21600)
"""Waits after the first, second, … try that failed; after the last one it is given up, about ten hours after the first."""

_NOT_AN_ADDRESS = (
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidURL,
    UnicodeError,
)


class Delivery(StrEnum):
    """What became of a call: a closed word, safe to show."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    BLOCKED_ADDRESS = "blocked_address"


@dataclass(frozen=True)
class Sent:
    """One try; `status` is the answer's, None when there was none."""

    delivery: Delivery
    status: int | None = None

    @property
    def is_final(self) -> bool:
        """Whether another try would be pointless: delivered, or gone for good (410)."""
        return self.delivery is Delivery.DELIVERED or self.status == 410


class Sender:
    """Posts to public addresses and to those in `allowed_hosts` (names or CIDR)."""

    def __init__(self, allowed_hosts: Sequence[str], seconds: float = SECONDS) -> None:
        self._allowed = Allowed(allowed_hosts)
        self._seconds = seconds

    async def send(self, url: str, keys: Sequence[bytes], id: str, body: bytes) -> Sent:
        """Sign `body` (JSON) with each key and post it; `id` stays the same for every try of one message. Raises nothing."""
        return await self.post(url, body, signing.headers(keys, id, int(time.time()), body))

    async def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Sent:
        """Post `body` (JSON) as it is, for receivers that know the sender by the address. Raises nothing."""
        head = {"Content-Type": "application/json", "Accept": "*/*", **(headers or {})}
        with contextlib.closing(session(self._allowed, self._seconds)) as client:
            try:
                async with asyncio.timeout(self._seconds):
                    status = await asyncio.to_thread(_post, client, url, head, body)
            except InvalidIPAddress:
                return Sent(Delivery.BLOCKED_ADDRESS)
            except _NOT_AN_ADDRESS:
                return Sent(Delivery.BLOCKED_ADDRESS)
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
                return Sent(Delivery.UNREACHABLE)
        return Sent(Delivery.DELIVERED if 200 <= status < 300 else Delivery.REFUSED, status)


def next_wait(tries: int) -> float | None:
    """Return the seconds to wait after `tries` tries, one or more, that failed; None: give it up."""
    return BACKOFF_SECONDS[tries - 1] if tries <= len(BACKOFF_SECONDS) else None


def _post(client: requests.Session, url: str, head: dict[str, str], body: bytes) -> int:
    """Return the status; the body of the answer is left unread."""
    with client.post(url, data=body, headers=head, stream=True, allow_redirects=False) as response:
        return response.status_code
