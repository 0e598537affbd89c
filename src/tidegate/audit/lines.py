"""The export that verification reads: JSON, one object a line, in this order.

    {"type": "log", "version": 1, "origin": …, "keys": [vkey…], "exported_at": …}
    {"type": "event", "index": 0, "id": …, "leaf": base64, "xid": …, "recorded_at": …, "payload": …, "columns": {…}}
    {"type": "checkpoint", "number": 1, "note": …, "horizon": …}     after the last event that it covers
    {"type": "unsealed", "id": …, "xid": …, "recorded_at": …, "payload": …}
    {"type": "end", "events": …, "checkpoints": …, "unsealed": …}

`payload` is the stored text, byte for byte; null where the event is missing. `columns` are those that the database derived
from it, `body` its JSON column, present only where it is not the payload. Times are RFC 3339. Standard library only.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

VERSION = 1
LINE_LIMIT = 1_000_000
"""Characters of a line: far above any event of ours; a longer one is no export."""

Columns = dict[str, str | None]


class NotAnExport(ValueError):
    """A line is not what an export has there."""


@dataclass(frozen=True, slots=True)
class Log:
    """The head: the log's name, the public keys it claims and the moment of the export."""

    origin: str
    keys: tuple[str, ...]
    exported_at: str


@dataclass(frozen=True, slots=True)
class SealedEvent:
    """One leaf and the event under it."""

    index: int
    id: str
    leaf: bytes
    xid: int
    recorded_at: str | None
    payload: str | None
    columns: Columns | None
    body: Any = None


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """One checkpoint; `horizon` is the transaction before which everything has been sealed."""

    number: int
    note: str
    horizon: int


@dataclass(frozen=True, slots=True)
class UnsealedEvent:
    """An event without a leaf: written after the last checkpoint, or slipped in behind it."""

    id: str
    xid: int
    recorded_at: str
    payload: str


@dataclass(frozen=True, slots=True)
class End:
    """The last line: what a whole file holds."""

    events: int
    checkpoints: int
    unsealed: int


Line = Log | SealedEvent | SignedCheckpoint | UnsealedEvent | End
TYPES: dict[str, type[Line]] = {
    "log": Log, "event": SealedEvent, "checkpoint": SignedCheckpoint, "unsealed": UnsealedEvent, "end": End,
}  # fmt: skip
NAMES = {line: name for name, line in TYPES.items()}


def write(line: Line) -> str:
    """Return a line as JSON, without the line's end."""
    value = {"type": NAMES[type(line)], **asdict(line)}
    if isinstance(line, SealedEvent):
        value["leaf"] = base64.b64encode(line.leaf).decode()
        if line.body is None:
            del value["body"]
    if isinstance(line, Log):
        value["version"] = VERSION
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> Line:
    """Return what a line says. Raises NotAnExport."""
    if len(text) > LINE_LIMIT:
        raise NotAnExport("a line is too long")
    try:
        return _made(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NotAnExport("a line is not of the export's form") from error


def read_all(texts: Iterable[str]) -> Iterator[Line]:
    """Read the lines of an export. Raises NotAnExport."""
    for text in texts:
        if text.strip():
            yield read(text)


def _made(value: dict[str, Any]) -> Line:
    """Make the line and raise TypeError for a field that later code would stumble over."""
    kind = TYPES[value.pop("type")]
    if kind is Log and value.pop("version") != VERSION:
        raise ValueError("the export is of another version")
    if kind is SealedEvent:
        value["leaf"] = base64.b64decode(value["leaf"], validate=True)
    if kind is Log:
        value["keys"] = tuple(value["keys"])
    made = kind(**value)
    match made:
        case Log(str(), tuple(), str()) | SignedCheckpoint(int(), str(), int()) | UnsealedEvent(str(), int(), str(), str()):
            return made
        case SealedEvent(int(), str(), bytes(), int(), str() | None, str() | None, dict() | None) | End(int(), int(), int()):
            return made
    raise TypeError("a field of another type")
