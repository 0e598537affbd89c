"""What forms bring: short texts by name; where to go back to, within this site only."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException

from tidegate.console.viewing import Request

Form = Mapping[str, str]

PASSWORDS = frozenset({"password", "new", "again", "current"})
"""Fields that are taken as they were typed: a space may be part of a password."""


async def read_form(request: Request) -> Form:
    """Return the text fields of a posted form, a password as it was typed. Raises ClientException for any other body."""
    if request.content_type[0] != RequestEncodingType.URL_ENCODED:
        raise ClientException("a form was expected")
    return {name: str(value) if name in PASSWORDS else str(value).strip() for name, value in (await request.form()).items()}


def optional(form: Form, name: str) -> str | None:
    """Return a field without the spaces around it, None when it is empty."""
    return form.get(name, "").strip() or None


def local_path(text: str | None, otherwise: str = "/ingestion") -> str:
    """Return a path on this very site to go to; anything that could lead elsewhere becomes `otherwise`."""
    if not text or not text.startswith("/") or text.startswith(("//", "/\\")) or not text.isprintable() or len(text) > 2000:
        return otherwise
    parts = urlsplit(text)
    return otherwise if parts.scheme or parts.netloc or "\\" in text else text
