"""Objects of stores elsewhere: listed in pieces and read, with time capped and every error told as one of the catalogue's.

What is not async blocks, and is run in threads.
"""

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import chain as links
from typing import Any

from requests_hardened.ip_filter import InvalidIPAddress
from urllib3.util.ssl_match_hostname import CertificateError

from tidegate.domain.failures import FailureCode
from tidegate.outbound.address import Allowed
from tidegate.outbound.secrets import SecretUnavailable
from tidegate.pipeline.fetching.objects import Found, is_wanted, version_of
from tidegate.pipeline.fetching.stores import entered
from tidegate.pipeline.step import Reach, StepFailed

BLOCK_BYTES = 1024 * 1024

_BY_WORD: tuple[tuple[frozenset[str], FailureCode], ...] = (
    (frozenset({
        "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired", "AuthFailure",
        "RequestExpired", "AuthenticationFailed", "InvalidAuthenticationInfo", "NoAuthenticationInformation", "401",
    }), FailureCode.SOURCE_AUTH_EXPIRED),
    (frozenset({
        "SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests", "ServerBusy", "429",
    }), FailureCode.RATE_LIMITED),
    (frozenset({"NoSuchBucket", "NoSuchKey", "404"}), FailureCode.SOURCE_NOT_FOUND),
    (frozenset({"BlobArchived", "PublicAccessNotPermitted", "403"}), FailureCode.SOURCE_FORBIDDEN),
    (frozenset({"412"}), FailureCode.SOURCE_CHANGED),
)  # fmt: skip
"""What S3 and Azure call an error, and the status of Azure's answer: the first that fits."""

_BY_KIND: tuple[tuple[type[BaseException], FailureCode], ...] = (
    (FileNotFoundError, FailureCode.SOURCE_NOT_FOUND), (PermissionError, FailureCode.SOURCE_FORBIDDEN)
)  # fmt: skip
_NOT_TRUSTED = (ssl.SSLCertVerificationError, CertificateError)


def listed(reach: Reach, pattern: str, *, recursive: bool, allowed: Allowed) -> Iterator[list[Found]]:
    """Yield the objects below an address in pieces, in the store's order.

    Raises StepFailed: source_unreachable, source_auth_expired, source_forbidden, source_not_found, source_blocked_address,
    source_not_trusted, rate_limited.
    """
    address = reach.address.rstrip("/")
    with translated(), entered(reach, allowed) as store:
        for page in store.pages(recursive=recursive):
            yield [
                Found(f"{address}/{path}", name, version_of(told))
                for path, told in page
                if is_wanted(name := path.lstrip("/"), pattern)
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
    with entered(reach, allowed) as store, store.opened(locator.removeprefix(f"{reach.address.rstrip('/')}/")) as found:
        yield found


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
    words = {word for one in chain for word in _words(one)}
    if any(isinstance(one, InvalidIPAddress) for one in chain):
        return FailureCode.SOURCE_BLOCKED_ADDRESS
    if any(isinstance(one, _NOT_TRUSTED) for one in chain):
        return FailureCode.SOURCE_NOT_TRUSTED
    if any(isinstance(one, SecretUnavailable) for one in chain):
        return FailureCode.SOURCE_AUTH_EXPIRED
    told = (code for known, code in _BY_WORD if known & words)
    kinds = (code for kind, code in _BY_KIND if isinstance(error, kind))
    return next(links(told, kinds), FailureCode.SOURCE_UNREACHABLE)


def _words(error: BaseException) -> Iterator[str]:
    """Yield what a store called an error: S3 in its answer, Azure by a word of its own and by the status."""
    answer = getattr(error, "response", None)
    if isinstance(answer, dict):
        yield str(answer.get("Error", {}).get("Code", ""))
    word = getattr(error, "error_code", "")
    yield from (str(getattr(word, "value", word)), str(getattr(error, "status_code", "")))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = getattr(error, "inner_exception", None) or error.__cause__ or error.__context__


def _is_below(locator: str, address: str) -> bool:
    parts = locator.partition("://")[2].split("/")
    return locator.startswith(f"{address.rstrip('/')}/") and ".." not in parts
