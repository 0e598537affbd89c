"""What people do with the sealed log: look at its state, take a receipt, export, verify, and let old content expire."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from psycopg import AsyncConnection

from tidegate.access import policy
from tidegate.audit import browse, export, lines, ocsf, retention, seal, spreadsheet
from tidegate.audit.browse import AuditFilter
from tidegate.audit.checkpoint import VerifierKey, read
from tidegate.audit.merkle import inclusion_ranges
from tidegate.audit.receipt import Receipt
from tidegate.audit.record import Target, record
from tidegate.audit.report import Report
from tidegate.audit.retention import Expired
from tidegate.audit.vocabulary import AuditAction, AuditOutcome, TargetKind
from tidegate.db.connect import transaction
from tidegate.db.queries import Connection
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.refusals import Conflict, Invalid, NotFound, Refusal
from tidegate.operations.door import Asking, Door, Services, perform
from tidegate.operations.jobs import check_reason

PAGE = 200
BLOCK = 65_536
"""Bytes of an export that are sent at once: a line is some hundred, which would make many small writes."""


class ExportForm(StrEnum):
    """In what form the audit log leaves; `proof` is the one that can be verified."""

    PROOF = "proof"
    OCSF = "ocsf"
    CSV = "csv"

    @property
    def media_type(self) -> str:
        """The MIME type of the file."""
        return "text/csv; charset=utf-8; header=present" if self is ExportForm.CSV else "application/jsonl"

    @property
    def file_name(self) -> str:
        """A name for the file, without the time."""
        return {"proof": "tidegate-audit.jsonl", "ocsf": "tidegate-audit.ocsf.jsonl", "csv": "tidegate-audit.csv"}[self.value]


class SealState(msgspec.Struct, frozen=True, kw_only=True):
    """How far the log is sealed; `lag_seconds` is the age of the oldest event without a leaf, `checkpoint` the newest note."""

    size: int
    checkpoints: int
    checkpoint: str | None
    checkpoint_age_seconds: float | None
    unsealed: int
    lag_seconds: float

    @property
    def is_late(self) -> bool:
        """Whether the sealer seems not to run: no heartbeat for two of its intervals, or events that wait for 10 s."""
        age = self.checkpoint_age_seconds
        return self.lag_seconds > 10.0 or (age is not None and age > 2 * seal.HEARTBEAT_SECONDS)


class _Place(msgspec.Struct, frozen=True):
    index: int
    payload: str
    is_expired: bool


class _Covering(msgspec.Struct, frozen=True):
    note: str
    key: str
    size: int


@dataclass(frozen=True)
class ExportAudit:
    """Take the audit log out; on record before the first byte leaves. Raises Invalid for a reason that is too long."""

    permission: ClassVar[Permission] = Permission.AUDIT_READ
    action: ClassVar[AuditAction] = AuditAction.AUDIT_EXPORT

    form: ExportForm
    reason: str | None = None

    @property
    def target(self) -> Target:
        """The audit log."""
        return Target(TargetKind.AUDIT_LOG)

    async def carry_out(self, door: Door) -> UUID:
        """See `Command.carry_out`."""
        check_reason(self.reason)
        return await door.record(self.target, reason=self.reason, after={"form": self.form.value})


async def get_state(services: Services, actor: Actor) -> SealState:
    """Return how far the log is sealed. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.AUDIT_READ)
    async with services.pool.connection() as connection:
        head, lag = await seal.get_head(connection), await seal.get_lag(connection)
    return SealState(
        size=head.size if head else 0,
        checkpoints=head.number if head else 0,
        checkpoint=head.note if head else None,
        checkpoint_age_seconds=head.age if head else None,
        unsealed=lag.n,
        lag_seconds=lag.seconds or 0.0,
    )


async def get_receipt(services: Services, actor: Actor, event_id: UUID) -> Receipt:
    """Return the proof that an event is in the signed log.

    Raises Forbidden, Unauthenticated, NotFound, and Conflict for an event that has expired, or is not sealed yet: a second
    later it is.
    """
    policy.authorise(actor, Permission.AUDIT_READ)
    async with services.pool.connection() as connection:
        place = await seal.SQL.one(connection, _Place, "get_place", event_id=event_id)
        if place is None:
            if await browse.get_event(connection, event_id) is None:
                raise NotFound("event_not_found", "There is no such audit event.")
            raise Conflict("not_sealed_yet", "This event is not sealed yet. Ask again in a few seconds.")
        if place.is_expired:
            raise Conflict("event_expired", "The content of this event has expired; only its hash is kept.")
        covering = await seal.SQL.one(connection, _Covering, "get_covering", index=place.index)
        if covering is None:
            raise Conflict("not_sealed_yet", "This event is not signed yet. Ask again in a few seconds.")
        size = read(covering.note).size
        proof = await seal.hashes_of(connection, inclusion_ranges(place.index, size))
    return Receipt(place.index, place.payload, tuple(proof), covering.note, (covering.key,))


async def check_may_export(services: Services, asking: Asking, form: ExportForm) -> None:
    """Refuse, on record, before an answer begins that could not be taken back. Raises Forbidden, Unauthenticated."""
    if not policy.may(asking.actor, Permission.AUDIT_READ):
        await perform(services, asking, ExportAudit(form))


async def export_log(
    services: Services, asking: Asking, form: ExportForm, narrowed: AuditFilter | None = None, reason: str | None = None
) -> AsyncIterator[bytes]:
    """Record the export, then give the file in blocks. `narrowed` is for OCSF and CSV: a proof is of the whole log.

    Nothing is recorded or read before the first block is asked for. Raises Refusal.
    """
    if form is ExportForm.PROOF and narrowed not in {None, AuditFilter()}:
        raise Invalid("proof_is_whole", "Only the whole log can be proven; leave the filter out.")
    await perform(services, asking, ExportAudit(form, reason))
    block = bytearray()
    async for part in _proof(services) if form is ExportForm.PROOF else _told(services, form, narrowed or AuditFilter()):
        block += part
        if len(block) >= BLOCK:
            yield bytes(block)
            block.clear()
    yield bytes(block)


async def verify_log(
    services: Services, actor: Actor, trusted: Sequence[VerifierKey] = (), expected: Sequence[str] = ()
) -> Report:
    """Verify the log where it lies, in one snapshot. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.AUDIT_READ)
    async with _snapshot(services) as connection:
        return await export.verify_stored(connection, trusted, expected)


async def expire_content(owner_url: str, actor: Actor, days: int, reason: str) -> Expired:
    """Let the content of events older than `days` expire, as the tables' owner: the application may not.

    A refusal is on record like any other. Raises Forbidden, Unauthenticated, Invalid.
    """
    check_reason(reason)
    if days < 1 or not reason.strip():
        raise Invalid("bad_retention", "Say a number of days, 1 at least, and a reason.")
    owner: AsyncConnection[Any] = await AsyncConnection.connect(owner_url, application_name="tidegate retention")
    async with owner:
        try:
            policy.authorise(actor, Permission.PERSON_MANAGE)
        except Refusal as refusal:
            denied, about = AuditOutcome.DENIED, Target(TargetKind.AUDIT_LOG)
            facts = {"refusal": refusal.code}
            await record(owner, actor, AuditAction.AUDIT_EXPIRE, about, outcome=denied, reason=reason, after=facts)
            await owner.commit()
            raise
        return await retention.expire(owner, actor, datetime.now(UTC) - timedelta(days=days), reason)


@asynccontextmanager
async def _snapshot(services: Services) -> AsyncIterator[Connection]:
    async with transaction(services.pool) as connection:
        await export.begin_snapshot(connection)
        yield connection


async def _proof(services: Services) -> AsyncIterator[bytes]:
    async with _snapshot(services) as connection:
        async for line in export.lines(connection):
            yield lines.write(line).encode(errors="surrogatepass") + b"\n"


async def _told(services: Services, form: ExportForm, narrowed: AuditFilter) -> AsyncIterator[bytes]:
    """Events under a filter, newest first, as another program or a spreadsheet wants them."""
    if form is ExportForm.CSV:
        yield spreadsheet.head()
    before: UUID | None = None
    async with _snapshot(services) as connection:
        while True:
            page = await browse.list_events(connection, narrowed, before=before, limit=PAGE)
            for event in page.events:
                yield spreadsheet.row(event) if form is ExportForm.CSV else ocsf.cloud_event(event, services.settings.base_url)
            if page.next_before is None:
                return
            before = page.next_before
