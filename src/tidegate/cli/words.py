"""Words of the command line that stand for values: ids, and names out of a closed vocabulary."""

from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from tidegate.cli.errors import WrongUse
from tidegate.cli.output import printable

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
