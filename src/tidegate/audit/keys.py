"""The key that signs checkpoints. It lies in a file, never in the database: who has only one of the two can forge nothing.

`home/keys/audit-ed25519.pem` is the private key (PKCS 8, readable by its owner only), made at first use. Beside it
`audit-ed25519.pub` lists public keys, one vkey a line, the newest last. To change the key, remove the `.pem` and restart
the sealer: a new key under the same name is added to the list, and checkpoints of the keys before it stay valid.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from tidegate.audit.checkpoint import Checkpoint, VerifierKey, sign

PRIVATE, PUBLIC = "audit-ed25519.pem", "audit-ed25519.pub"


class BadKey(Exception):
    """A key file does not hold what it should; the message names the file."""


@dataclass(frozen=True)
class Signer:
    """The private key, the name of the log, and every public key whose checkpoints this log may hold."""

    private: Ed25519PrivateKey
    origin: str
    trusted: tuple[VerifierKey, ...]

    @property
    def key(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.origin, self.private.public_key().public_bytes_raw())

    def sign(self, size: int, root: bytes, time: int) -> str:
        """Return the signed checkpoint of a tree."""
        return sign(self.private, Checkpoint(self.origin, size, root), time)


def new_signer(origin: str | None = None) -> Signer:
    """Make a key; it is kept nowhere. Without an origin the log gets a new name."""
    private = Ed25519PrivateKey.generate()
    name = origin or f"tidegate/audit/{secrets.token_hex(6)}"
    return Signer(private, name, (VerifierKey(name, private.public_key().public_bytes_raw()),))


def load_signer(home: Path) -> Signer:
    """Return the signer of `home/keys`, made at first use. Raises BadKey, OSError."""
    folder = home / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    private = _private(folder / PRIVATE)
    listed = read_keys(folder / PUBLIC) if (folder / PUBLIC).exists() else ()
    origin = listed[-1].name if listed else new_signer().origin
    key = VerifierKey(origin, private.public_key().public_bytes_raw())
    if key not in listed:
        if not _create(folder / PUBLIC, f"{key}\n".encode(), 0o644):
            if not listed:
                return load_signer(home)  # another process named the log in this moment
            with (folder / PUBLIC).open("a", encoding="utf-8") as file:
                file.write(f"{key}\n")
        listed = (*listed, key)
    return Signer(private, origin, listed)


def known_keys(home: Path) -> tuple[VerifierKey, ...]:
    """Return every public key of this home, for verification; none is made: empty where no sealer ran. Raises BadKey."""
    path = home / "keys" / PUBLIC
    return read_keys(path) if path.exists() else ()


def read_keys(path: Path) -> tuple[VerifierKey, ...]:
    """Return the public keys of a file, one vkey a line. Raises BadKey, OSError."""
    try:
        return tuple(VerifierKey.parse(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    except ValueError as error:
        raise BadKey(f"{path} does not hold verifier keys, one a line") from error


def _private(path: Path) -> Ed25519PrivateKey:
    if not path.exists():
        made = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _create(path, made, 0o600)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise BadKey(f"{path} does not hold a private key in PEM") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey(f"{path} does not hold an Ed25519 key")
    return key


def _create(path: Path, content: bytes, mode: int) -> bool:
    """Make a file whole, or leave the one that is there; tell whether it was made."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    finally:
        part.unlink()
    return True
