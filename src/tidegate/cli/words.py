"""Words of the command line that stand for values: ids, times, and names out of a closed vocabulary."""

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from tidegate.cli.errors import WrongUse
from tidegate.cli.output import printable
from tidegate.domain.failures import Code, FailureCode, is_code

AGE = re.compile(r"(\d{1,6})([mhdw])")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
YEARS = range(1971, 9999)
"""Between these every time can be stored, and shown in every zone."""

Name = TypeVar("Name", bound=StrEnum)


def parse_id(text: str) -> UUID:
    """Return an id as the screens and `--json` show it: a full UUID. Raises WrongUse."""
    try:
        return UUID(text)
    except ValueError:
        raise WrongUse(f"'{printable(text)}' is not an id; ids look like 01890a5d-ac96-774b-bcce-b302099a8057") from None


def parse_name(vocabulary: type[Name], text: str) -> Name:
    """Return the member of a vocabulary, such as the audit actions, by its name as it is stored and shown. Raises WrongUse."""
    try:
        return vocabulary(text.strip().lower())
    except ValueError:
        raise WrongUse(f"'{printable(text)}' is none of: {', '.join(member.value for member in vocabulary)}") from None


def parse_code(text: str) -> Code:
    """Return the code of a failure; a pipeline's own is taken as it is, for it may be unknown here. Raises WrongUse."""
    code = text.strip().lower()
    return code if "." in code and is_code(code) else parse_name(FailureCode, text)


def parse_time(text: str) -> datetime:
    """Return the time of an age such as 24h, or of a date in ISO 8601; without a zone it is the viewer's. Raises WrongUse."""
    age = AGE.fullmatch(text.strip().lower())
    try:
        at = datetime.now(UTC) - int(age[1]) * UNITS[age[2]] if age else datetime.fromisoformat(text.strip()).astimezone()
    except (ValueError, OverflowError):
        at = None
    if at is None or at.year not in YEARS:
        raise WrongUse(f"'{printable(text)}' is no time; times look like 30m, 24h, 7d, 2026-11-24 or 2026-11-24T09:00Z")
    return at
