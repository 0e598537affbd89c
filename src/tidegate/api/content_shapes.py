"""What the API gives of what was ingested and of what was recorded, as JSON in snake_case."""

from datetime import datetime
from uuid import UUID

import msgspec

from tidegate.audit.record import ActorNote, Target
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.ledger.reads import ChunkText
from tidegate.ledger.views import Document, SearchMode


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A passage found; `matches` are the [start, end) of the found words in `snippet`."""

    document_id: UUID
    job_id: UUID
    name: str
    title: str | None
    media_type: str
    page_from: int | None
    page_to: int | None
    snippet: str
    matches: list[tuple[int, int]]
    rank: float


class Hits(msgspec.Struct, frozen=True):
    """What a search found, best first, and how it compared: `words` where `both` was wanted, but the text has quotes or `-`."""

    items: list[Hit]
    mode: SearchMode


class ContentPage(msgspec.Struct, frozen=True, kw_only=True):
    """A document's text, one page of passages."""

    document: Document
    items: list[ChunkText]
    next_page_token: str | None


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One audit event."""

    id: UUID
    recorded_at: datetime
    action: AuditAction
    outcome: AuditOutcome
    actor: ActorNote
    target: Target
    reason: str | None
    request_id: str | None
    parent_id: UUID | None
    before: dict[str, str | int | bool | None] | None
    after: dict[str, str | int | bool | None] | None


class AuditList(msgspec.Struct, frozen=True):
    """One page of audit events, newest first."""

    items: list[AuditRow]
    next_page_token: str | None


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """How far the audit log is sealed; `lag_seconds` is the age of the oldest event that is not, `checkpoint` a signed note."""

    size: int
    checkpoint: str | None
    unsealed: int
    lag_seconds: float
    is_late: bool
