"""Answers of servers over HTTP as a store's client reads them: the wanted status or a code, and a body to be read."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
import requests

from tidegate.domain.failures import FailureCode
from tidegate.pipeline.fetching.url import BY_STATUS
from tidegate.pipeline.step import StepFailed

PLAIN: Mapping[str, str] = {"Accept-Encoding": "identity"}

Told = TypeVar("Told")
CodeOf = Callable[[requests.Response], FailureCode]


def code_of(answer: requests.Response) -> FailureCode:
    """Return what a status that was not wanted is to people; what is redirected lies elsewhere."""
    if 300 <= answer.status_code < 400:
        return FailureCode.SOURCE_NOT_FOUND
    return BY_STATUS.get(answer.status_code, FailureCode.SOURCE_UNREACHABLE)


@contextmanager
def asked(
    client: requests.Session, method: str, url: str, wanted: int = 200, code: CodeOf = code_of, **how: Any
) -> Iterator[requests.Response]:
    """Send a request and yield its answer, whose body is still to be read. No redirect is followed. Raises StepFailed."""
    with client.request(method, url, stream=True, allow_redirects=False, **how) as answer:
        if answer.status_code != wanted:
            raise StepFailed(code(answer), f"status {answer.status_code}")
        yield answer


def size_of(answer: requests.Response) -> int | None:
    """Return the body's size in bytes when it was told."""
    told = answer.headers.get("Content-Length", "")
    return int(told) if told.isdecimal() else None


def whole(answer: requests.Response, limit: int) -> bytes:
    """Return a body of up to `limit` bytes. Raises StepFailed when there is more."""
    read = b""
    while block := answer.raw.read1(limit + 1 - len(read)):
        if len(read := read + block) > limit:
            raise StepFailed(FailureCode.SOURCE_UNREACHABLE, f"an answer of more than {limit} B")
    return read


def decoded(answer: requests.Response, limit: int, kind: type[Told], what: str, *, strict: bool = True) -> Told:
    """Return what a JSON body of up to `limit` bytes says. Raises StepFailed when there is no `what` in it."""
    try:
        return msgspec.json.decode(whole(answer, limit), type=kind, strict=strict)
    except msgspec.DecodeError:
        raise StepFailed(FailureCode.SOURCE_UNREACHABLE, f"no {what} in the answer") from None


class Reader:
    """An answer's body, as it comes."""

    def __init__(self, answer: requests.Response) -> None:
        self._answer = answer

    def read(self, n: int) -> bytes:
        """Return what has come, `n` bytes at most: a dripping server must not hold the thread."""
        return bytes(self._answer.raw.read1(n))
