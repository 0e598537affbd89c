"""A stored payload as verification sees it: text first, then an object, and what the database derived from it.

Standard library only.
"""

import json
from datetime import datetime
from typing import Any

from tidegate.audit.lines import SealedEvent

COLUMNS = {"action": ("action",), "outcome": ("outcome",), "actor_id": ("actor", "id"), "target_id": ("target", "id")}
"""The derived columns and where in the payload each comes from."""


def parsed(payload: str) -> dict[str, Any]:
    """Return a payload's object; an empty one when it is none."""
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def moment(text: object) -> datetime | None:
    """Read an RFC 3339 time; None when it is none or has no zone."""
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def wrong_columns(event: SealedEvent, value: dict[str, Any]) -> list[str]:
    """Name the derived columns that are not what the payload says."""
    if event.columns is None:
        return []
    wrong = [name for name, path in COLUMNS.items() if event.columns.get(name) != part(value, path)]
    return [*wrong, *(["body"] if event.body is not None else [])]


def part(value: Any, path: tuple[str, ...]) -> Any:
    """Return what a payload holds at a path, None where it holds nothing."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
