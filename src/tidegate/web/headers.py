"""Headers that every answer carries, refusals and errors included."""

from urllib.parse import urlsplit

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

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


async def secure(message: Message, scope: Scope) -> None:
    """Add the headers to an answer as it begins. Only static files may be kept by browsers and proxies."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in HEADERS.items():
        headers[name] = value
    headers["X-Request-Id"] = request_id_of(scope)
    if not scope["path"].startswith(STATIC):
        headers["Cache-Control"] = "no-store"
    if urlsplit(scope["litestar_app"].state.services.settings.public_url).scheme == "https":
        headers["Strict-Transport-Security"] = HSTS
