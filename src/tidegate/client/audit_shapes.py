"""What the API gives of the audit log, as a program sees it; what a newer server may add to is text here."""

from datetime import datetime
from uuid import UUID

import msgspec


class AuditActor(msgspec.Struct, frozen=True, kw_only=True):
    """Who acted, as known at that moment."""

    kind: str
    id: UUID | None
    name: str
    role: str | None
    credential_id: UUID | None


class AuditTarget(msgspec.Struct, frozen=True, kw_only=True):
    """What was acted upon; `id` is None when it is unknown."""

    kind: str
    id: UUID | None = None


class AuditEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One audit event; `outcome` is `allowed` or `denied`, `parent_id` the event of the act on many that it belongs to."""

    id: UUID
    recorded_at: datetime
    action: str
    outcome: str
    actor: AuditActor
    target: AuditTarget
    reason: str | None
    request_id: str | None
    parent_id: UUID | None
    before: dict[str, str | int | bool | None] | None
    after: dict[str, str | int | bool | None] | None


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of audit events, newest first."""

    items: list[AuditEvent]
    next_page_token: str | None


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """How far the log is sealed; `lag_seconds` is the age of the oldest event that is not, `checkpoint` a signed note."""

    size: int
    checkpoint: str | None
    unsealed: int
    lag_seconds: float
    is_late: bool
