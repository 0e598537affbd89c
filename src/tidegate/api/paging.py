"""Opaque page tokens: a keyset position, encoded so that nobody counts on what is in it."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from litestar.params import QueryParameter

from tidegate.domain.refusals import Invalid

PageSize = Annotated[int, QueryParameter(ge=1, le=200, description="Rows of a page.")]
PageToken = Annotated[str | None, QueryParameter(description="`next_page_token` of the page before.")]

_KIND = b"\x01"
_ORDINAL = b"\x02"
_NAME = b"\x03"


def token_of(id: UUID | None) -> str | None:
    """Return the token of the page after this id, None when there is none."""
    return None if id is None else _encode(_KIND + id.bytes)


def token_after(ids: Sequence[UUID], page_size: int) -> str | None:
    """Return the token of the page after these; a full page may be followed by an empty one."""
    return token_of(ids[-1]) if len(ids) == page_size else None


def id_of(token: str | None) -> UUID | None:
    """Return the id in a token. Raises Invalid."""
    return None if token is None else UUID(bytes=_decode(token, _KIND, 16))


def token_of_ordinal(ordinal: int | None) -> str | None:
    """Return the token of the page after this ordinal."""
    return None if ordinal is None else _encode(_ORDINAL + ordinal.to_bytes(4, "big"))


def ordinal_of(token: str | None) -> int:
    """Return the ordinal in a token, -1 (before the first) without one. Raises Invalid."""
    return -1 if token is None else int.from_bytes(_decode(token, _ORDINAL, 4), "big")


def token_of_name(name: str | None) -> str | None:
    """Return the token of the page after this name, None when there is none."""
    return None if name is None else _encode(_NAME + name.encode())


def name_of(token: str | None) -> str | None:
    """Return the name in a token. Raises Invalid."""
    return None if token is None else _decode(token, _NAME).decode(errors="replace").replace("\x00", "\ufffd")


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decode(token: str, kind: bytes, size: int | None = None) -> bytes:
    try:
        content = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _bad() from error
    if (size is not None and len(content) != 1 + size) or content[:1] != kind:
        raise _bad()
    return content[1:]


def _bad() -> Invalid:
    return Invalid("bad_page_token", "This page token is not one of this list's.")
