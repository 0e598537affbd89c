"""Objects of a source as they are listed: where each lies, what it is called, and which version of it is there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

PAGE = 1000
"""Objects of one piece: what a store gives at once, and one transaction takes well."""

_TAGS = ("ETag", "etag", "md5Hash", "content_md5", "content_hash", "version_id", "VersionId", "generation", "rev")
_TIMES = ("LastModified", "last_modified", "mtime", "modified", "updated", "server_modified")


@dataclass(frozen=True)
class Found:
    """One object. `version` '' when the store tells none: then its content has to be read to know it."""

    locator: str
    name: str
    version: str


def version_of(info: Mapping[str, Any]) -> str:
    """Return what tells one version from another: a tag of the store's, else the time of the last change with the size."""
    for tag in _TAGS:
        if info.get(tag):
            return f"{tag}:{info[tag]}"
    size = info.get("size", info.get("Size"))
    for name in _TIMES:
        if info.get(name):
            at = info[name]
            return f"{at.isoformat() if isinstance(at, datetime) else at}/{size}"
    return ""


def is_wanted(path: str, pattern: str) -> bool:
    """Tell whether an object below its source is to be taken: no part of its path hidden, and one of the wildcards fits.

    A wildcard with a slash is for the whole path, one without for the name alone; case does not matter.
    """
    parts = path.split("/")
    if not parts[-1] or any(part.startswith(".") for part in parts):
        return False
    wildcards = pattern.lower().split()
    return not wildcards or any(fnmatchcase(path.lower() if "/" in one else parts[-1].lower(), one) for one in wildcards)
