"""The version of a job that a request is about, so that nobody acts on what they have not seen."""

import re
from typing import Annotated

from litestar.params import HeaderParameter

from tidegate.domain.refusals import Invalid

IfMatch = Annotated[
    str | None, HeaderParameter(name="If-Match", description="The job's ETag as you saw it; 409 when it has changed.")
]

_ETAG = re.compile(r'(?:W/)?"?(\d{1,9})"?')


def version_in(if_match: str | None) -> int | None:
    """Return the job's version that an If-Match header asks for, None for any. Raises Invalid."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise Invalid("bad_if_match", "If-Match takes the ETag of the job.")
    return int(found[1])
