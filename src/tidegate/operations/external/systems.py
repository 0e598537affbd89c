"""How other systems are asked to run a job again: by a signed call, which an administrator sets up, or they come asking."""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from tidegate.access import policy
from tidegate.audit.record import Target
from tidegate.audit.vocabulary import AuditAction, TargetKind
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.refusals import Conflict, Invalid, NotFound
from tidegate.ledger import rerun_calls
from tidegate.ledger.rerun_calls import AskedRun, System
from tidegate.operations.door import Door, Services
from tidegate.operations.external.events import NAME_LIMIT
from tidegate.operations.jobs import check_reason
from tidegate.operations.submission import URL_LIMIT, visible
from tidegate.outbound.secrets import is_reference

SYSTEM_LIMIT = 1000
"""Systems that are known: a list that one screen shows, and that no token may fill without end."""

CLAIM_LIMIT = 100
LEASE_SECONDS = 60.0
"""How long a system that came for an attempt has until its run is heard of; then it is given out again."""


class SystemSet(msgspec.Struct, frozen=True):
    """A system's way was written down; the audit event of it."""

    namespace: str
    audit_event_id: UUID


@dataclass(frozen=True)
class SetSystem:
    """Have a system called at `url`, signed by the secret that `secret_ref` leads to; None leaves the address as it is.

    Raises Invalid, Conflict for too many, NotFound where an unknown system's address should stay.
    """

    permission: ClassVar[Permission] = Permission.LINEAGE_MANAGE
    action: ClassVar[AuditAction] = AuditAction.SYSTEM_SET
    result_type: ClassVar[type[SystemSet]] = SystemSet

    namespace: str
    url: str | None
    secret_ref: str
    reason: str | None = None

    @property
    def target(self) -> Target:
        """A system; its namespace is told in the event."""
        return Target(TargetKind.EXTERNAL_SYSTEM)

    async def carry_out(self, door: Door) -> SystemSet:
        """See `Command.carry_out`. The record tells the host alone: the rest of an address may be a secret itself."""
        check_reason(self.reason)
        namespace = _namespace(self.namespace)
        url = await _address(door, namespace) if self.url is None else self.url
        host = _host(url)
        if not is_reference(self.secret_ref):
            raise Invalid("bad_secret_reference", "A secret is named as env:NAME or file:/path; it is never given itself.")
        await _check_room(door, namespace)
        await rerun_calls.set_system(door.connection, namespace, url, self.secret_ref)
        event = await door.record(self.target, reason=self.reason, after={"namespace": namespace, "host": host})
        return SystemSet(namespace, event)


@dataclass(frozen=True)
class RemoveSystem:
    """Forget how a system is asked: its jobs are no longer retried from here. Raises NotFound, Invalid."""

    permission: ClassVar[Permission] = Permission.LINEAGE_MANAGE
    action: ClassVar[AuditAction] = AuditAction.SYSTEM_REMOVE
    result_type: ClassVar[type[SystemSet]] = SystemSet

    namespace: str
    reason: str | None = None

    @property
    def target(self) -> Target:
        """A system; its namespace is told in the event."""
        return Target(TargetKind.EXTERNAL_SYSTEM)

    async def carry_out(self, door: Door) -> SystemSet:
        """See `Command.carry_out`."""
        check_reason(self.reason)
        if not await rerun_calls.remove_system(door.connection, visible(self.namespace)):
            raise NotFound("system_not_found", "There is no such system.")
        event = await door.record(self.target, reason=self.reason, before={"namespace": self.namespace})
        return SystemSet(self.namespace, event)


@dataclass(frozen=True)
class ClaimRuns:
    """Give a system that comes asking what it is to run again. That it comes is how it can be asked: the first time is on record.

    Raises Invalid, Conflict for too many systems.
    """

    permission: ClassVar[Permission] = Permission.LINEAGE_WRITE
    action: ClassVar[AuditAction] = AuditAction.SYSTEM_SET

    namespace: str
    limit: int = 10

    @property
    def target(self) -> Target:
        """A system; its namespace is told in the event."""
        return Target(TargetKind.EXTERNAL_SYSTEM)

    async def carry_out(self, door: Door) -> list[AskedRun]:
        """See `Command.carry_out`."""
        namespace = _namespace(self.namespace)
        await _check_room(door, namespace)
        if await rerun_calls.note_poll(door.connection, namespace):
            await door.record(self.target, after={"namespace": namespace, "polls": True})
        return await rerun_calls.claim(
            door.connection, namespace, lease=LEASE_SECONDS, limit=min(max(self.limit, 1), CLAIM_LIMIT)
        )


async def list_systems(services: Services, actor: Actor) -> list[System]:
    """Return the systems that can be asked, with their addresses. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.LINEAGE_MANAGE)
    async with services.pool.connection() as connection:
        return await rerun_calls.list_systems(connection)


async def _address(door: Door, namespace: str) -> str:
    """Return where a system is called, '' for one that only comes asking. Raises NotFound."""
    for system in await rerun_calls.list_systems(door.connection):
        if system.namespace == namespace:
            return system.url or ""
    raise NotFound("system_not_found", "There is no such system.")


async def _check_room(door: Door, namespace: str) -> None:
    if await rerun_calls.count_systems(door.connection) < SYSTEM_LIMIT:
        return
    if namespace not in {system.namespace for system in await rerun_calls.list_systems(door.connection)}:
        raise Conflict("too_many_systems", "At most {limit} systems can be known.", limit=SYSTEM_LIMIT)


def _namespace(text: str) -> str:
    if not 1 <= len(text) <= NAME_LIMIT:
        raise Invalid("bad_namespace", "A namespace has 1 to {limit} characters.", limit=NAME_LIMIT)
    return visible(text)


def _host(url: str) -> str:
    """Return the host of an address that may be called; whether it leads anywhere is seen when it is. Raises Invalid."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    else:
        if parts.scheme not in {"http", "https"} or len(url) > URL_LIMIT or not url.isprintable() or " " in url:
            host = None
    if not host:
        raise Invalid("bad_url", "This is no web address: it needs http:// or https:// and a host.")
    return host
