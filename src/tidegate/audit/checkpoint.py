"""Checkpoints: what the sealer signs, as C2SP tlog-checkpoint in a C2SP signed-note.

    tidegate/audit/4f1c09d2a7b3        origin: the name of the log and of its keys
    42                                 leaves
    CsUYapGGPo4dkMgIAUqom/Xajj7h…      root, base64

    — tidegate/audit/4f1c09d2a7b3 …    Ed25519 over the three lines
    — tidegate/audit/4f1c09d2a7b3 …    tlog-cosignature: the same with the time, so that a heartbeat proves its moment

Both lines are required here: without the second, a checkpoint would not say when. Standard library and `cryptography`
only, as everything that verification stands on.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
COSIGNATURE = b"\x04"
"""Signature types of C2SP signed-note."""

NOTE_LIMIT = 16_384
"""Characters of a note at most: ours has some 350; a foreign one with sixteen signatures fits."""

_DASH = "\u2014 "
_NAME = re.compile(r"[^\s+]+")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class NotACheckpoint(ValueError):
    """The text is no checkpoint: its form is wrong."""


class Forged(ValueError):
    """The checkpoint is not signed as it must be by a key that is trusted."""


@dataclass(frozen=True)
class Checkpoint:
    """A tree's head: the log's name, the number of leaves and the root over them."""

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the name it signs under; `str()` is its C2SP vkey form, `name+id+key`."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a vkey. Raises ValueError when it is none, or is for another algorithm."""
        name, id, encoded = [*text.strip().split("+", 2), "", ""][:3]
        material = _decoded(encoded)
        key = cls(name, material[1:])
        if not _NAME.fullmatch(name) or material[:1] != ED25519 or len(material) != 33 or id != key.id(ED25519).hex():
            raise ValueError("not an Ed25519 verifier key (name+id+key)")
        return key

    def id(self, kind: bytes) -> bytes:
        """Return the four bytes by which a signature of this kind names its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + kind + self.public).digest()[:4]

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Tell whether the signature is this key's over the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def __str__(self) -> str:
        return f"{self.name}+{self.id(ED25519).hex()}+{_base64(ED25519 + self.public)}"


@dataclass(frozen=True)
class Signed:
    """A checkpoint whose signatures hold; `time` is when it was made, in seconds since the epoch, as the signer says."""

    checkpoint: Checkpoint
    time: int
    key: VerifierKey


def sign(private: Ed25519PrivateKey, checkpoint: Checkpoint, time: int) -> str:
    """Return the signed note of a checkpoint; the key goes by the log's name."""
    key = VerifierKey(checkpoint.origin, private.public_key().public_bytes_raw())
    plain = private.sign(checkpoint.body.encode())
    timed = private.sign(_timed(checkpoint.body, time))
    signatures = (key.id(ED25519) + plain, key.id(COSIGNATURE) + time.to_bytes(8, "big") + timed)
    return checkpoint.body + "\n" + "".join(f"{_DASH}{key.name} {_base64(signature)}\n" for signature in signatures)


def read(note: str) -> Checkpoint:
    """Return what a note says, without any proof of who says it. Raises NotACheckpoint."""
    return _taken_apart(note)[0]


def check(note: str, trusted: Iterable[VerifierKey]) -> Signed:
    """Return a note's checkpoint when one of these keys has signed it, and its time. Raises NotACheckpoint, Forged.

    Signatures of other keys, such as witnesses', are passed over; a wrong one of a trusted key spoils the note.
    """
    checkpoint, signatures = _taken_apart(note)
    for key in trusted:
        if key.name == checkpoint.origin and (key.name, key.id(ED25519)) in {(name, raw[:4]) for name, raw in signatures}:
            return Signed(checkpoint, _checked(checkpoint.body, key, [raw for name, raw in signatures if name == key.name]), key)
    raise Forged("not signed by a trusted key")


def _checked(body: str, key: VerifierKey, signatures: list[bytes]) -> int:
    time = -1
    for raw in signatures:
        if raw[:4] == key.id(ED25519) and not key.has_signed(body.encode(), raw[4:]):
            raise Forged("the signature is wrong")
        if raw[:4] == key.id(COSIGNATURE):
            time = int.from_bytes(raw[4:12], "big")
            if not key.has_signed(_timed(body, time), raw[12:]):
                raise Forged("the signature of the time is wrong")
    if time < 0:
        raise Forged("the time is not signed")
    return time


def _taken_apart(note: str) -> tuple[Checkpoint, list[tuple[str, bytes]]]:
    body, blank, tail = note.rpartition("\n\n")
    lines = body.split("\n")
    if not blank or len(note) > NOTE_LIMIT or len(lines) != 3 or not tail.endswith("\n"):
        raise NotACheckpoint("not a checkpoint of three lines with signatures")
    origin, size, root = lines
    if not _NAME.fullmatch(origin) or not _SIZE.fullmatch(size) or len(_decoded(root)) != 32:
        raise NotACheckpoint("not an origin, a size and a root")
    signatures = [line.removeprefix(_DASH).split(" ") for line in tail[:-1].split("\n") if line.startswith(_DASH)]
    if len(signatures) != tail.count("\n") or any(len(parts) != 2 for parts in signatures):
        raise NotACheckpoint("not a signature line")
    return Checkpoint(origin, int(size), _decoded(root)), [(name, _decoded(text)) for name, text in signatures]


def _timed(body: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{body}".encode()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decoded(text: str) -> bytes:
    """Decode base64 in its one canonical spelling: a second spelling would be a change that no signature sees."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if _base64(raw) != text:
        raise NotACheckpoint("not canonical base64")
    return raw
