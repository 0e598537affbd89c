"""Diagnostics: the full detail behind a failure, encrypted at rest, opened by administrators only, and on record."""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tidegate.audit.record import Target
from tidegate.audit.vocabulary import AuditAction, TargetKind
from tidegate.domain.actor import Permission
from tidegate.domain.refusals import NotFound
from tidegate.ledger import attempts
from tidegate.operations.door import Door

DETAIL_LIMIT = 65_536
"""Characters of detail that are kept: a deep traceback fits, a document does not."""

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_NONCE = 12


class Diagnostic(msgspec.Struct, frozen=True):
    """An opened diagnostic and the audit event of its opening."""

    reference: str
    job_id: UUID
    attempt_no: int
    created_at: datetime
    expires_at: datetime
    detail: str
    audit_event_id: UUID


@dataclass(frozen=True)
class OpenDiagnostic:
    """Read the technical detail behind a failure. Raises NotFound when it is unknown or has expired."""

    permission: ClassVar[Permission] = Permission.DIAGNOSTIC_OPEN
    action: ClassVar[AuditAction] = AuditAction.DIAGNOSTIC_OPEN

    reference: str
    reason: str | None = None

    @property
    def target(self) -> Target:
        """A diagnostic; the job it belongs to is known once it is found."""
        return Target(TargetKind.DIAGNOSTIC)

    async def carry_out(self, door: Door) -> Diagnostic:
        """See `Command.carry_out`."""
        kept = await attempts.get_diagnostic(door.connection, self.reference)
        detail = unseal(door.services.diagnostic_key, kept) if kept else None
        if kept is None or detail is None:
            raise NotFound("diagnostic_not_found", "There is no such diagnostic, or it has expired.")
        event = await door.record(Target(TargetKind.JOB, kept.job_id), reason=self.reason, after={"reference": self.reference})
        return Diagnostic(kept.reference, kept.job_id, kept.attempt_no, kept.created_at, kept.expires_at, detail, event)


def new_reference() -> str:
    """Return a random reference that people can read out: `D-7KQ2-M9XF-4TPA` (59 bits)."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    return f"D-{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def seal(key: bytes, reference: str, detail: str) -> bytes:
    """Encrypt a detail under its reference: AES-256-GCM, nonce first."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, detail[-DETAIL_LIMIT:].encode(errors="replace"), reference.encode())


def unseal(key: bytes, kept: attempts.SealedDiagnostic) -> str | None:
    """Return the detail, or None when it was sealed under another key or changed."""
    try:
        return AESGCM(key).decrypt(kept.sealed[:_NONCE], kept.sealed[_NONCE:], kept.reference.encode()).decode()
    except InvalidTag:
        return None


def load_key(home: Path) -> bytes:
    """Return the 256-bit key in `home/keys/diagnostic.key`, made at first use, readable by its owner only."""
    path = home / "keys" / "diagnostic.key"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(os.urandom(32))
    except FileExistsError:
        pass
    return path.read_bytes()
