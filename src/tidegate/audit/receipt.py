"""Receipts: the proof that one event is in the signed log, as a file that needs nothing else to be checked.

    {"type": "tidegate.audit.receipt", "version": 1, "index": 41, "payload": "…", "proof": [base64…],
     "checkpoint": "…", "keys": [vkey…]}

The checkpoint is the first that covers the event, so a receipt is the same whenever it is asked for, and its time is the
latest moment at which the event can have been written. Standard library and `cryptography` only.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tidegate.audit import checkpoint
from tidegate.audit.checkpoint import Forged, NotACheckpoint, VerifierKey
from tidegate.audit.merkle import leaf_hash, proves_inclusion
from tidegate.audit.payload import parsed, part

TYPE = "tidegate.audit.receipt"
VERSION = 1


@dataclass(frozen=True)
class Receipt:
    """One event with its place in the log and the proof of it."""

    index: int
    payload: str
    proof: tuple[bytes, ...]
    checkpoint: str
    keys: tuple[str, ...]

    def write(self) -> str:
        """Return the file's content."""
        proof = [base64.b64encode(hash).decode() for hash in self.proof]
        value = {
            "type": TYPE, "version": VERSION, "index": self.index, "payload": self.payload, "proof": proof,
            "checkpoint": self.checkpoint, "keys": list(self.keys),
        }  # fmt: skip
        return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


@dataclass(frozen=True)
class Proven:
    """What a receipt proves; `problem` says why it proves nothing. `sealed_at` is in seconds since the epoch."""

    problem: str | None
    event: dict[str, Any]
    index: int | None = None
    size: int | None = None
    origin: str | None = None
    sealed_at: int | None = None
    key_is_trusted: bool = False

    @property
    def is_valid(self) -> bool:
        """Whether the event is in the log that was signed."""
        return self.problem is None

    def lines(self) -> list[str]:
        """The outcome for a person, one statement a line."""
        if self.problem is not None or self.sealed_at is None:
            return [f"THE RECEIPT PROVES NOTHING: {self.problem}."]
        at = datetime.fromtimestamp(self.sealed_at, UTC).isoformat()
        who, what, allowed, when = (part(self.event, path) for path in (("actor", "name"), ("action",), ("outcome",), ("time",)))
        told = [
            f"The receipt is valid: event {self.index} of {self.size} in {self.origin}, sealed at {at}.",
            f"{who}: {what}, {allowed}, at {when}; reason: {self.event.get('reason') or 'none given'}.",
        ]
        return (
            told if self.key_is_trusted else [*told, "The public key came with the receipt itself: compare it with one you know."]
        )


def read(text: str) -> Receipt:
    """Read a receipt. Raises ValueError."""
    try:
        value = json.loads(text)
        if (value["type"], value["version"]) != (TYPE, VERSION):
            raise ValueError("not a receipt of version 1")
        proof = tuple(base64.b64decode(hash, validate=True) for hash in value["proof"])
        return Receipt(
            int(value["index"]), str(value["payload"]), proof, str(value["checkpoint"]), tuple(map(str, value["keys"]))
        )
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("not a receipt") from error


def verify_receipt(text: str, trusted: Sequence[VerifierKey] = ()) -> Proven:
    """Check a receipt by itself; with keys from elsewhere in `trusted`, its own are not looked at."""
    try:
        receipt = read(text)
        keys = list(trusted) or [VerifierKey.parse(key) for key in receipt.keys]
        signed = checkpoint.check(receipt.checkpoint, keys)
    except (Forged, NotACheckpoint, ValueError) as error:
        return Proven(str(error), {})
    head, event = signed.checkpoint, parsed(receipt.payload)
    leaf = leaf_hash(receipt.payload.encode(errors="surrogatepass"))
    if not proves_inclusion(receipt.index, head.size, leaf, receipt.proof, head.root):
        return Proven("the event is not in the log that the checkpoint signs", event)
    return Proven(None, event, receipt.index, head.size, head.origin, signed.time, bool(trusted))


def is_receipt(path: Path) -> bool:
    """Tell whether a file is a receipt, not an export, by its first characters. Raises OSError."""
    with path.open("rb") as file:
        return TYPE.encode() in file.read(200)
