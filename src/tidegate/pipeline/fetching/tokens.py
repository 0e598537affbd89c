"""What a store lets in by, as an OAuth 2 server gives it for a credential (RFC 6749, 7523): asked for under our guard."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock

import msgspec
import requests

from tidegate.domain.failures import FailureCode
from tidegate.pipeline.fetching.answers import PLAIN, decoded
from tidegate.pipeline.step import StepFailed

ANSWER_BYTES = 64 * 1024
EARLY_SECONDS = 300
"""A token is not used that ends sooner than this."""

_REFUSED = frozenset({400, 401, 403})
"""A server answers 400 to most of what is wrong with a credential (RFC 6749, 5.2)."""


@dataclass(frozen=True)
class Token:
    """What is shown to the store, until `ends_at` in seconds of Unix time."""

    text: str
    ends_at: int


class _Given(msgspec.Struct):
    access_token: str
    expires_in: int = 3600


class Tokens:
    """The newest token from `url`, asked for by the form that `says` makes. Threads may share it."""

    def __init__(self, client: requests.Session, url: str, says: Callable[[], Mapping[str, str]]) -> None:
        self._client, self._url, self._says = client, url, says
        self._lock = Lock()
        self._newest = Token("", 0)

    def newest(self) -> Token:
        """Return a token that holds for some minutes yet.

        Raises StepFailed: source_auth_expired when the credential is refused, rate_limited, source_unreachable.
        """
        with self._lock:
            if self._newest.ends_at < time.time() + EARLY_SECONDS:
                self._newest = self._ask()
            return self._newest

    def sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token into a request: what `requests` takes as `auth`."""
        request.headers["Authorization"] = f"Bearer {self.newest().text}"
        return request

    def _ask(self) -> Token:
        form, at = dict(self._says()), time.time()
        with self._client.post(self._url, data=form, headers=PLAIN, stream=True, allow_redirects=False) as answer:
            if answer.status_code != 200:
                raise StepFailed(_code(answer.status_code), f"no token: status {answer.status_code}")
            given = decoded(answer, ANSWER_BYTES, _Given, "token", strict=False)
        if not given.access_token.isascii() or not given.access_token.isprintable():
            raise StepFailed(FailureCode.SOURCE_UNREACHABLE, "no token in the answer")
        return Token(given.access_token, int(at) + given.expires_in)


def _code(status: int) -> FailureCode:
    if status in _REFUSED:
        return FailureCode.SOURCE_AUTH_EXPIRED
    return FailureCode.RATE_LIMITED if status == 429 else FailureCode.SOURCE_UNREACHABLE
