"""What the client raises.

ClientError
├── Unreachable        no answer came, in the end; `TimeoutError` is raised for a wait that took too long
├── Unreadable         an answer came that is none of Tidegate's, or of a newer one
└── Problem            the server refused, and told why (RFC 9457)
    ├── Invalid          400   the request itself is wrong
    ├── NotSignedIn      401   the token does not hold
    ├── Forbidden        403   the token's person lacks a right; `facts["needs"]` names the role
    ├── NotFound         404   no such thing, or not for this reader
    ├── Conflict         409   it is not in the needed state; `facts["state"]` tells which it is in
    ├── TooLarge         413   more bytes than the limit
    ├── TooManyRequests  429   `retry_after` is in seconds
    └── ServerFailed     5xx   the server's fault; `retry_after` where it is worth another try
"""

from collections.abc import Mapping
from typing import Any

import msgspec

STANDARD = frozenset({"type", "title", "status", "detail", "code", "instance", "request_id", "errors"})


class ClientError(Exception):
    """Anything that the client raises of itself."""


class Unreachable(ClientError):
    """No answer came."""


class Unreadable(ClientError):
    """The answer is not what this version knows."""


class Problem(ClientError):
    """A refusal. `code` is stable, the text is for people, `facts` are what else it tells, `errors` name fields."""

    def __init__(self, status: int, told: Mapping[str, Any], retry_after: float | None = None) -> None:
        self.status = status
        self.code = str(told.get("code", "unknown"))
        self.detail = str(told.get("detail") or f"the server answered with status {status}")
        self.request_id = str(told["request_id"]) if "request_id" in told else None
        self.facts = {name: value for name, value in told.items() if name not in STANDARD}
        self.errors = list(told.get("errors", ()))
        self.retry_after = retry_after
        super().__init__(self.detail)


class Invalid(Problem):
    """The request itself is wrong."""


class NotSignedIn(Problem):
    """The token does not hold, or there is none."""


class Forbidden(Problem):
    """A right is lacking."""


class NotFound(Problem):
    """There is no such thing, or none for this reader."""


class Conflict(Problem):
    """The thing is not in the needed state."""


class TooLarge(Problem):
    """More bytes than the server takes."""


class TooManyRequests(Problem):
    """More requests than the server takes."""


class ServerFailed(Problem):
    """The server could not."""


KINDS: Mapping[int, type[Problem]] = {
    400: Invalid,
    401: NotSignedIn,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    429: TooManyRequests,
}


def problem(status: int, body: bytes, retry_after: float | None) -> Problem:
    """Return the exception of a refusal; one that a proxy wrote, and not Tidegate, has the code `unknown`."""
    try:
        told = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        told = {}
    kind = KINDS.get(status, ServerFailed if status >= 500 else Problem)
    return kind(status, told, retry_after)
