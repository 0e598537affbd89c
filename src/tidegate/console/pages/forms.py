"""What forms bring: short texts by name; where to go back to, within this site only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException

from tidegate.console.viewing import Request
from tidegate.domain.refusals import Invalid

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


@dataclass(frozen=True)
class Previewed:
    """What somebody was shown before they decided: `at` the page's moment, `as_of` the database's, `expected` jobs."""

    at: datetime
    as_of: datetime
    expected: int


def read_previewed(form: Form) -> Previewed:
    """Return what a form says that its sender was shown. Raises Invalid when that is missing: then nothing is done."""
    at, as_of, expected = moment(form, "at"), moment(form, "as_of"), whole_number(form, "expected")
    if at is None or as_of is None or expected is None:
        raise Invalid("not_previewed", "Look at what this is about, then decide.")
    return Previewed(at, as_of, expected)


async def many(request: Request, name: str) -> list[str]:
    """Return every value of a field that a posted form may hold several times."""
    return [str(value) for value in (await request.form()).getall(name, [])]


def whole_number(form: Form, name: str) -> int | None:
    """Return a field that is a whole number, None for anything else."""
    text = form.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def moment(form: Form, name: str) -> datetime | None:
    """Return a field that is an instant with its zone, None for anything else."""
    try:
        at = datetime.fromisoformat(form.get(name, ""))
    except ValueError:
        return None
    return at if at.tzinfo else None


def local_path(text: str | None, otherwise: str = "/ingestion") -> str:
    """Return a path on this very site to go to; anything that could lead elsewhere becomes `otherwise`."""
    if not text or not text.startswith("/") or text.startswith(("//", "/\\")) or not text.isprintable() or len(text) > 2000:
        return otherwise
    parts = urlsplit(text)
    return otherwise if parts.scheme or parts.netloc or "\\" in text else text
