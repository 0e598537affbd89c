"""Under a prefix of somebody else's site: the one place that knows of it.

The application is written for the root of a site. Here the prefix (`root_path` of ASGI) is taken from what comes in, and put
before every address of ours that goes out: links, forms and sources in pages, redirects, and the path of cookies. Pages escape
what they show, so `href="/` in a page is an address and never a text.
"""

import re
from collections.abc import Iterable
from typing import Any, cast
from urllib.parse import parse_qs, quote, urlencode

from litestar.types import ASGIApp, Message, Receive, Scope, Send

HOST_SCOPE = "tidegate_host_scope"
"""Where the scope as the host gave it is kept, for its own sign-in."""

_KEPT = ("type", "asgi", "http_version", "method", "scheme", "query_string", "client", "server", "extensions")
"""What is passed on of a scope: what its host put beside it, such as its own routing, is not ours."""

_ADDRESS = re.compile(r'( (?:href|src|action|formaction|data-live|data-preview)=")(?:/|&#x2f;)(?!/|&#x2f;)')
_ROOTED = re.compile(rb"/(?![/\\])")
_COOKIE_PATH = re.compile(rb"(;\s*path=)/(?=;|$)", re.IGNORECASE)
_TIED_TO_ROOT = b"__Host-"
"""Cookies of this name must have the path `/`, or browsers drop them."""


class Prefixed:
    """An application under whatever prefix its host mounts it. `entrance` is the host's own sign-in page, where it has one."""

    def __init__(self, app: ASGIApp, entrance: str | None = None) -> None:
        self._app = app
        self._entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of ASGI."""
        prefix = str(scope.get("root_path", "")).rstrip("/")
        inner = within(scope, prefix)
        if self._entrance is not None and inner["path"] == "/sign-in":
            await _lead(self._entrance, prefix, inner, send)
            return
        await self._app(inner, receive, Placing(prefix, send) if prefix else send)


def within(scope: Scope, prefix: str) -> Scope:
    """Return the scope as the application sees it, at the root of a site. Hosts leave the prefix in the path, or take it out."""
    path = _below(scope["path"], prefix)
    headers = [(name, _referrer(value, prefix) if name == b"referer" else value) for name, value in scope["headers"]]
    inner: dict[str, Any] = {name: scope[name] for name in _KEPT if name in scope}  # type: ignore[literal-required]
    inner |= {"path": path, "raw_path": quote(path).encode(), "root_path": "", "headers": headers, "state": {}, HOST_SCOPE: scope}
    return cast(Scope, inner)


class Placing:
    """Sends an answer on with the prefix before every address of ours in it. A page is held until it is whole."""

    def __init__(self, prefix: str, send: Send) -> None:
        self._prefix = prefix
        self._send = send
        self._start: Message | None = None
        self._page = bytearray()

    async def __call__(self, message: Message) -> None:
        """Send one message of ASGI."""
        if message["type"] == "http.response.start":
            message["headers"] = headers = [self._placed(name, value) for name, value in message["headers"]]
            if any(name == b"content-type" and value.startswith(b"text/html") for name, value in headers):
                self._start = message
                return
        elif message["type"] == "http.response.body" and self._start is not None:
            self._page += message["body"]
            if not message.get("more_body"):
                await self._send_page()
            return
        await self._send(message)

    async def _send_page(self) -> None:
        start = cast(Any, self._start)
        page = placed(self._page.decode(), self._prefix).encode()
        others = [(name, value) for name, value in start["headers"] if name != b"content-length"]
        start["headers"] = [*others, (b"content-length", str(len(page)).encode())]
        await self._send(start)
        await self._send({"type": "http.response.body", "body": page, "more_body": False})

    def _placed(self, name: bytes, value: bytes) -> tuple[bytes, bytes]:
        """Return a header with the prefix in it."""
        name, prefix = name.lower(), quote(self._prefix).encode()
        if name == b"location" and _ROOTED.match(value):
            return name, prefix + value
        if name == b"set-cookie" and not value.startswith(_TIED_TO_ROOT):
            return name, _COOKIE_PATH.sub(lambda found: found[1] + prefix + b"/", value)
        return name, value


def placed(page: str, prefix: str) -> str:
    """Return a page with the prefix before every address of ours."""
    before = quote(prefix)
    return _ADDRESS.sub(lambda found: f"{found[1]}{before}/", page)


def _below(path: str, prefix: str) -> str:
    """Return a path without the prefix, where it has it, and without the slash that some hosts put at the end."""
    below = path[len(prefix) :] if prefix and (path == prefix or path.startswith(f"{prefix}/")) else path
    return below.rstrip("/") or "/"


def _referrer(value: bytes, prefix: str) -> bytes:
    """Return the page that a request came from, as the application knows it."""
    scheme, mark, rest = value.partition(b"://")
    host, slash, path = rest.partition(b"/")
    return scheme + mark + host + _below((slash + path).decode("latin-1"), quote(prefix)).encode("latin-1")


async def _lead(entrance: str, prefix: str, scope: Scope, send: Send) -> None:
    """Lead to the host's sign-in page, which is told where to lead back to."""
    [wanted, *_] = parse_qs(scope["query_string"].decode("latin-1")).get("next", ["/"])
    back = prefix + (wanted if _ROOTED.match(wanted.encode()) else "/")
    address = f"{entrance}{'&' if '?' in entrance else '?'}{urlencode({'next': back})}"
    headers: Iterable[tuple[bytes, bytes]] = [
        (b"location", address.encode()),
        (b"content-length", b"0"),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
