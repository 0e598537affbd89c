"""Headers that every answer carries, refusals and errors included."""

from functools import cache
from urllib.parse import urlsplit

from litestar.types import Message, Scope

from tidegate.web import timing
from tidegate.web.who import request_id_of

STATIC = "/static/"
TRUSTED_TYPES_POLICY = "tidegate"
"""The one policy by which the console's script may put fetched fragments into a page."""

CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    f"trusted-types {TRUSTED_TYPES_POLICY}",
))  # fmt: skip

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = "max-age=31536000; includeSubDomains"


_NEVER_KEPT = (b"cache-control", b"no-store")
_HSTS = (b"strict-transport-security", HSTS.encode())
_ENCODED = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
_NAMES = frozenset({name for name, _ in _ENCODED} | {b"x-request-id", b"cache-control", b"strict-transport-security"})


async def secure(message: Message, scope: Scope) -> None:
    """Add the headers to an answer as it begins, in place of any that it has of these names.

    Only static files may be kept by browsers and proxies. The list is made anew as a whole: one by one, eight headers took longer
    than to ask who is signed in.
    """
    if message["type"] != "http.response.start":
        return
    is_static = scope["path"].startswith(STATIC)
    kept = [pair for pair in message["headers"] if pair[0].lower() not in _NAMES or (is_static and pair[0] == b"cache-control")]
    added = [*_ENCODED, (b"x-request-id", request_id_of(scope).encode("latin-1")), *timing.told(scope)]
    if not is_static:
        added.append(_NEVER_KEPT)
    if _is_https(scope["litestar_app"].state.services.settings.public_url):
        added.append(_HSTS)
    message["headers"] = kept + added


@cache
def _is_https(url: str) -> bool:
    return urlsplit(url).scheme == "https"
