"""What people do about sources: make, change, pause, have them scanned and remove them; and what they read of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import msgspec

from tidegate.access import policy
from tidegate.audit.record import Facts, Target
from tidegate.audit.vocabulary import AuditAction, TargetKind
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.ids import new_id
from tidegate.domain.refusals import Conflict, NotFound
from tidegate.operations.door import Door, Services
from tidegate.operations.jobs import check_reason
from tidegate.operations.reading import check_page_size
from tidegate.operations.source_terms import checked
from tidegate.sources import scan as scans
from tidegate.sources import source as sources
from tidegate.sources.scan import Scan
from tidegate.sources.source import SOURCES_LIMIT, Origin, Source, Terms


class SourceSet(msgspec.Struct, frozen=True):
    """A source was made, changed, paused, resumed or removed, and where that is on record."""

    id: UUID
    audit_event_id: UUID


class ScanAsked(msgspec.Struct, frozen=True):
    """A scan waits for whoever takes it; its counts tell what comes of it."""

    id: UUID
    scan_id: UUID
    audit_event_id: UUID


@dataclass(frozen=True)
class CreateSource:
    """Make a source. Raises Invalid, Conflict for a name that is taken, or too many."""

    permission: ClassVar[Permission] = Permission.SOURCE_MANAGE
    action: ClassVar[AuditAction] = AuditAction.SOURCE_CREATE

    terms: Terms
    reason: str | None = None

    @property
    def target(self) -> Target:
        """A source that does not exist yet."""
        return Target(TargetKind.SOURCE)

    async def carry_out(self, door: Door) -> SourceSet:
        """See `Command.carry_out`."""
        check_reason(self.reason)
        terms = await checked(door.services, self.terms)
        if len(await sources.list_sources(door.connection)) >= SOURCES_LIMIT:
            raise Conflict("too_many_sources", "There are {limit} sources; remove one first.", limit=SOURCES_LIMIT)
        await _check_name(door, terms)
        id = new_id()
        event = await door.record(Target(TargetKind.SOURCE, id), reason=self.reason, after=facts_of(terms))
        await sources.insert_source(door.connection, id, terms, door.actor, event)
        return SourceSet(id, event)


class _OfSource:
    """What acts on one source have in common."""

    source_id: UUID

    @property
    def target(self) -> Target:
        """The source."""
        return Target(TargetKind.SOURCE, self.source_id)


@dataclass(frozen=True)
class ChangeSource(_OfSource):
    """Give a source other terms, all of them. What was submitted stays known. Raises Invalid, Conflict, NotFound."""

    permission: ClassVar[Permission] = Permission.SOURCE_MANAGE
    action: ClassVar[AuditAction] = AuditAction.SOURCE_CHANGE

    source_id: UUID
    terms: Terms
    reason: str | None = None

    async def carry_out(self, door: Door) -> SourceSet:
        """See `Command.carry_out`."""
        check_reason(self.reason)
        terms = await checked(door.services, self.terms)
        before = await _locked(door, self.source_id)
        await _check_name(door, terms, self.source_id)
        event = await door.record(self.target, reason=self.reason, before=facts_of(before.terms), after=facts_of(terms))
        await sources.update_source(door.connection, self.source_id, terms, door.actor, event)
        return SourceSet(self.source_id, event)


class _Switch(_OfSource):
    """What pausing and resuming have in common."""

    paused: ClassVar[bool]
    reason: str | None

    async def carry_out(self, door: Door) -> SourceSet:
        """See `Command.carry_out`."""
        check_reason(self.reason)
        before = await _locked(door, self.source_id)
        if before.paused and self.paused:
            raise Conflict("already_so", "This source is paused already.")
        if not before.paused and not self.paused:
            raise Conflict("already_so", "This source is not paused.")
        event = await door.record(self.target, reason=self.reason, after={"name": before.name, "paused": self.paused})
        await sources.set_paused(door.connection, self.source_id, paused=self.paused, actor=door.actor, audit_event_id=event)
        return SourceSet(self.source_id, event)


@dataclass(frozen=True)
class PauseSource(_Switch):
    """Scan a source no more until it is resumed; a scan under way ends. Raises NotFound, Conflict, Invalid."""

    permission: ClassVar[Permission] = Permission.SOURCE_MANAGE
    action: ClassVar[AuditAction] = AuditAction.SOURCE_PAUSE
    paused: ClassVar[bool] = True

    source_id: UUID
    reason: str | None = None


@dataclass(frozen=True)
class ResumeSource(_Switch):
    """Go on scanning a paused source, at once. Raises NotFound, Conflict, Invalid."""

    permission: ClassVar[Permission] = Permission.SOURCE_MANAGE
    action: ClassVar[AuditAction] = AuditAction.SOURCE_RESUME
    paused: ClassVar[bool] = False

    source_id: UUID
    reason: str | None = None


@dataclass(frozen=True)
class RemoveSource(_OfSource):
    """Remove a source; what came from it stays. Raises NotFound, Invalid."""

    permission: ClassVar[Permission] = Permission.SOURCE_MANAGE
    action: ClassVar[AuditAction] = AuditAction.SOURCE_REMOVE

    source_id: UUID
    reason: str | None = None

    async def carry_out(self, door: Door) -> SourceSet:
        """See `Command.carry_out`."""
        check_reason(self.reason)
        before = await _locked(door, self.source_id)
        event = await door.record(self.target, reason=self.reason, before=facts_of(before.terms))
        await sources.remove_source(door.connection, self.source_id, event)
        return SourceSet(self.source_id, event)


@dataclass(frozen=True)
class ScanSource(_OfSource):
    """Have a source scanned now. Raises NotFound, Invalid, Conflict when it is paused or a scan of it is not over."""

    permission: ClassVar[Permission] = Permission.SOURCE_SCAN
    action: ClassVar[AuditAction] = AuditAction.SOURCE_SCAN

    source_id: UUID
    reason: str | None = None

    async def carry_out(self, door: Door) -> ScanAsked:
        """See `Command.carry_out`."""
        check_reason(self.reason)
        found = await _locked(door, self.source_id)
        if found.paused:
            raise Conflict("source_paused", "This source is paused: resume it first.")
        event = await door.record(self.target, reason=self.reason, after={"name": found.name})
        scan_id = await scans.open_asked(door.connection, found.id, door.actor, event)
        if scan_id is None:
            raise Conflict("scan_not_over", "A scan of this source is not over yet.")
        return ScanAsked(found.id, scan_id, event)


async def list_sources(services: Services, actor: Actor) -> list[Source]:
    """Return every source, by name, each with its newest scan. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.JOB_READ)
    async with services.pool.connection() as connection:
        return [_shown(actor, source) for source in await sources.list_sources(connection)]


async def get_source(services: Services, actor: Actor, id: UUID) -> Source:
    """Return a source with its newest scan. Raises NotFound, Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.JOB_READ)
    async with services.pool.connection() as connection:
        found = await sources.get_source(connection, id)
    if found is None:
        raise _missing()
    return _shown(actor, found)


async def list_scans(
    services: Services, actor: Actor, id: UUID, *, before: UUID | None = None, limit: int = 50
) -> Sequence[Scan]:
    """Return one page of a source's scans, newest first. Raises NotFound, Forbidden, Unauthenticated, Invalid."""
    check_page_size(limit)
    await get_source(services, actor, id)
    async with services.pool.connection() as connection:
        return await scans.list_scans(connection, id, before=before, limit=limit)


async def origin_of(services: Services, actor: Actor, batch_id: UUID) -> Origin | None:
    """Return the source that a batch came from, None for one that somebody submitted. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.JOB_READ)
    async with services.pool.connection() as connection:
        return await sources.source_of_batch(connection, batch_id)


def facts_of(terms: Terms) -> Facts:
    """Return what the audit log keeps of a source: where it is stays with those who manage it, as with jobs."""
    return {
        "name": terms.name, "kind": terms.kind, "pipeline": terms.pipeline, "pattern": terms.pattern or None,
        "recursive": terms.recursive, "credential": terms.credential or None, "host_key": terms.host_key or None,
        "every_seconds": terms.every_seconds, "paused": terms.paused,
    }  # fmt: skip


def _shown(actor: Actor, source: Source) -> Source:
    """Return a source as a reader may see it: only who manages sources is told where they are, and how they are got at."""
    if policy.may(actor, Permission.SOURCE_MANAGE):
        return source
    address = "/" if source.is_folder else f"{source.kind}://"
    return msgspec.structs.replace(source, address=address, endpoint="", credential="", host_key="")


async def _locked(door: Door, id: UUID) -> Source:
    found = await sources.lock_source(door.connection, id)
    if found is None:
        raise _missing()
    return found


async def _check_name(door: Door, terms: Terms, but: UUID | None = None) -> None:
    if await sources.is_name_taken(door.connection, terms.name, but):
        raise Conflict("source_name_taken", "Another source has this name.")


def _missing() -> NotFound:
    return NotFound("source_not_found", "There is no such source.")
