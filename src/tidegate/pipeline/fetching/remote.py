"""Objects of stores elsewhere: listed in pieces and read, with time capped and every error told as one of the catalogue's.

What is not async blocks, and is run in threads.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from requests_hardened.ip_filter import InvalidIPAddress

from tidegate.domain.failures import FailureCode
from tidegate.outbound.address import Allowed, checked_address
from tidegate.outbound.secrets import SecretUnavailable
from tidegate.pipeline.fetching.objects import PAGE, Found, is_wanted, version_of
from tidegate.pipeline.fetching.stores import connect
from tidegate.pipeline.step import Reach, StepFailed

BLOCK_BYTES = 1024 * 1024

_AUTH = frozenset({
    "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired", "AuthFailure",
    "RequestExpired", "401",
})  # fmt: skip
_SLOWER = frozenset({"SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests", "429"})
_MISSING = frozenset({"NoSuchBucket", "NoSuchKey", "404"})


def listed(reach: Reach, pattern: str, *, recursive: bool, allowed: Allowed) -> Iterator[list[Found]]:
    """Yield the objects below an address in pieces, in the store's order.

    Raises StepFailed: source_unreachable, source_auth_expired, source_forbidden, source_not_found, source_blocked_address,
    rate_limited.
    """
    with translated():
        check_endpoint(reach, allowed)
        fs, path = connect(reach, allowed)
        base = path.rstrip("/")
        scheme = reach.address.partition("://")[0]
        pages = _pages_of_s3(fs, path, recursive=recursive) if scheme == "s3" else _pages(fs, base, recursive=recursive)
        for page in pages:
            yield [
                Found(f"{scheme}://{full}", name, version_of(info))
                for full, info in page
                if is_wanted(name := full.removeprefix(base).lstrip("/"), pattern)
            ]


def content_version(reach: Reach, locator: str, limit: int, allowed: Allowed) -> str:
    """Return the hash of an object's first `limit` bytes: for stores that tell nothing else. Raises StepFailed."""
    digest, left = hashlib.sha256(), limit
    with opened(reach, locator, allowed) as (source, _):
        while left > 0 and (block := source.read(min(BLOCK_BYTES, left))):
            digest.update(block)
            left -= len(block)
    return f"sha256:{digest.hexdigest()}"


@contextmanager
def opened(reach: Reach, locator: str, allowed: Allowed) -> Iterator[tuple[Any, int | None]]:
    """Open an object of a source and yield (file, size in bytes when it is known).

    Raises StepFailed: source_forbidden for an object that does not lie below the source's address, else as `listed`.
    """
    with translated(), _open(reach, locator, allowed) as found:
        yield found


@asynccontextmanager
async def streamed(reach: Reach, locator: str, allowed: Allowed, seconds: float) -> AsyncIterator["Streamed"]:
    """Open an object and yield its content, within the time limit for all of it. Raises StepFailed as `opened`."""
    try:
        async with asyncio.timeout(seconds):
            with ExitStack() as stack:
                source, size = await asyncio.to_thread(stack.enter_context, opened(reach, locator, allowed))
                yield Streamed(source, size)
    except TimeoutError:
        raise StepFailed(FailureCode.SOURCE_UNREACHABLE, f"not fetched within {seconds} s") from None


@dataclass(frozen=True)
class Streamed:
    """An object's content as an async iterable of blocks; `size` in bytes when the store told it."""

    source: Any
    size: int | None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield blocks. Raises StepFailed: source_changed when it is not as long as was told, else as `opened`."""
        received = 0
        while block := await asyncio.to_thread(self._read):
            received += len(block)
            yield block
        if self.size is not None and received != self.size:
            raise StepFailed(FailureCode.SOURCE_CHANGED, f"{received} of {self.size} B came")

    def _read(self) -> bytes:
        with translated():
            return bytes(self.source.read(BLOCK_BYTES))


@contextmanager
def _open(reach: Reach, locator: str, allowed: Allowed) -> Iterator[tuple[Any, int | None]]:
    if not _is_below(locator, reach.address):
        raise StepFailed(FailureCode.SOURCE_FORBIDDEN, "outside its source")
    check_endpoint(reach, allowed)
    fs, _ = connect(reach, allowed)
    path = locator.partition("://")[2]
    size = fs.info(path).get("size")
    with fs.open(path, "rb", cache_type="readahead", block_size=4 * BLOCK_BYTES) as source:
        yield source, size


def check_endpoint(reach: Reach, allowed: Allowed) -> None:
    """Refuse a host written as a number that may not be connected to: no resolver is asked for those. Raises StepFailed."""
    if not reach.endpoint:
        return
    parts = urlsplit(reach.endpoint)
    with translated():
        checked_address(allowed, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))


@contextmanager
def translated() -> Iterator[None]:
    """Turn whatever a store's client raises into the catalogue's; its text is for the diagnostic alone."""
    try:
        yield
    except (StepFailed, GeneratorExit):
        raise
    except Exception as error:
        raise StepFailed(_code(error), f"{type(error).__name__}: {error}") from error


def _code(error: BaseException) -> FailureCode:
    chain = list(_chain(error))
    words = {str(getattr(one, "response", {}).get("Error", {}).get("Code", "")) for one in chain if hasattr(one, "response")
             and isinstance(one.response, dict)}  # fmt: skip
    if any(isinstance(one, InvalidIPAddress) for one in chain):
        return FailureCode.SOURCE_BLOCKED_ADDRESS
    if words & _AUTH or any(isinstance(one, SecretUnavailable) for one in chain):
        return FailureCode.SOURCE_AUTH_EXPIRED
    if words & _SLOWER:
        return FailureCode.RATE_LIMITED
    if words & _MISSING or isinstance(error, FileNotFoundError):
        return FailureCode.SOURCE_NOT_FOUND
    return FailureCode.SOURCE_FORBIDDEN if isinstance(error, PermissionError) else FailureCode.SOURCE_UNREACHABLE


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _pages_of_s3(fs: Any, path: str, *, recursive: bool) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Yield (path, info) of objects, a page of the store's at a time: a bucket of millions never lies in memory."""
    bucket, _, prefix = path.partition("/")
    prefix = f"{prefix.rstrip('/')}/" if prefix.strip("/") else ""
    more: dict[str, Any] = {} if recursive else {"Delimiter": "/"}
    while True:
        answer = fs.call_s3("list_objects_v2", Bucket=bucket, Prefix=prefix, MaxKeys=PAGE, **more)
        yield [(f"{bucket}/{one['Key']}", one) for one in answer.get("Contents", [])]
        if not answer.get("IsTruncated"):
            return
        more["ContinuationToken"] = answer["NextContinuationToken"]


def _pages(fs: Any, base: str, *, recursive: bool) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Yield (path, info) of files, folder by folder."""
    if not fs.isdir(base):
        raise FileNotFoundError
    for _, _, files in fs.walk(base, maxdepth=None if recursive else 1, detail=True, on_error="raise"):
        whole = [(str(info["name"]), info) for _, info in sorted(files.items())]
        yield from (whole[at : at + PAGE] for at in range(0, len(whole), PAGE))


def _is_below(locator: str, address: str) -> bool:
    parts = locator.partition("://")[2].split("/")
    return locator.startswith(f"{address.rstrip('/')}/") and ".." not in parts
