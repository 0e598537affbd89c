"""A user's URL, fetched in a thread with bytes and time capped."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import requests
import urllib3.exceptions
from requests_hardened.ip_filter import InvalidIPAddress

from tidegate.domain.failures import FailureCode
from tidegate.outbound.address import Allowed, session
from tidegate.pipeline.step import StepFailed

BLOCK_BYTES = 64 * 1024
WAIT_SECONDS = 15.0
"""Longest wait for one piece: bounds how long a thread outlives a cancelled fetch."""

HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity"}

BY_STATUS = {
    401: FailureCode.SOURCE_AUTH_EXPIRED,
    407: FailureCode.SOURCE_AUTH_EXPIRED,
    403: FailureCode.SOURCE_FORBIDDEN,
    451: FailureCode.SOURCE_FORBIDDEN,
    404: FailureCode.SOURCE_NOT_FOUND,
    410: FailureCode.SOURCE_NOT_FOUND,
    408: FailureCode.SOURCE_UNREACHABLE,
    429: FailureCode.RATE_LIMITED,
}
_NOT_AN_ADDRESS = (
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidURL,
    UnicodeError,
)


class UrlFetcher:
    """Fetches http and https from public addresses and those in `allowed_hosts` (names or CIDR)."""

    def __init__(self, allowed_hosts: tuple[str, ...], seconds: float) -> None:
        self._allowed = Allowed(allowed_hosts)
        self._seconds = seconds

    @contextlib.asynccontextmanager
    async def opened(self, url: str) -> AsyncIterator["Download"]:
        """Send the request and yield the answer's body, within the time limit for all of it.

        Raises StepFailed: source_blocked_address, source_unreachable, source_auth_expired, source_forbidden,
        source_not_found, rate_limited, provider_unavailable (with status).
        """
        client = session(self._allowed, min(WAIT_SECONDS, self._seconds))
        try:
            async with asyncio.timeout(self._seconds):
                response = await asyncio.to_thread(_translated, lambda: client.get(url, stream=True, headers=HEADERS))
                with contextlib.closing(response):
                    _check(response)
                    yield Download(response)
        except TimeoutError:
            raise StepFailed(FailureCode.SOURCE_UNREACHABLE, f"not fetched within {self._seconds} s") from None
        finally:
            client.close()


class Download:
    """An answer's body as an async iterable of blocks; `size` in bytes when the server told it."""

    def __init__(self, response: requests.Response) -> None:
        self._response = response
        told = response.headers.get("Content-Length", "")
        plain = response.headers.get("Content-Encoding", "identity") == "identity"
        self.size = int(told) if told.isdecimal() and plain else None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield blocks as they come. Raises StepFailed: source_unreachable when it breaks off or is shorter than told."""
        received = 0
        try:
            while block := await asyncio.to_thread(
                _translated, lambda: self._response.raw.read1(BLOCK_BYTES, decode_content=True)
            ):
                received += len(block)
                yield block
        finally:
            self._response.close()
        if self.size is not None and received != self.size:
            raise StepFailed(FailureCode.SOURCE_UNREACHABLE, f"{received} of {self.size} B came")

    def _read(self) -> bytes:
        """Return what has come, without waiting for a full block: a dripping server must not hold the thread."""
        return bytes(self._response.raw.read1(BLOCK_BYTES, decode_content=True))


def _translated(work: Any) -> Any:
    """Run blocking work and turn the library's errors into the catalogue's."""
    try:
        return work()
    except InvalidIPAddress as error:
        raise StepFailed(FailureCode.SOURCE_BLOCKED_ADDRESS, f"resolves to {error}") from error
    except _NOT_AN_ADDRESS as error:
        raise StepFailed(FailureCode.SOURCE_BLOCKED_ADDRESS, f"{type(error).__name__}: {error}") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise StepFailed(FailureCode.SOURCE_UNREACHABLE, f"{type(error).__name__}: {error}") from error


def _check(response: requests.Response) -> None:
    status = response.status_code
    if 200 <= status < 300:
        return
    code = BY_STATUS.get(status)
    if code is None:
        raise StepFailed(FailureCode.PROVIDER_UNAVAILABLE, f"status {status}", status=status)
    raise StepFailed(code, f"status {status}")
