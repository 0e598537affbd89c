"""Scanning sources: lists what is there, piece by piece, and submits what is new or has changed as jobs of one batch.

Each piece is one transaction: the versions are remembered, their jobs are written, the scan is counted. A process that dies in
the middle leaves whole pieces; who takes over lists anew and finds them known. Any process may do it and several do.
"""

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import structlog

from tidegate.access import policy
from tidegate.audit.record import Facts, Target, record
from tidegate.audit.vocabulary import AuditAction, AuditOutcome, TargetKind
from tidegate.db.connect import transaction
from tidegate.db.queries import Connection
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.failures import FailureCode
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Fenced
from tidegate.domain.refusals import Forbidden, Unauthenticated
from tidegate.engine.port import Ticket
from tidegate.ledger import writes
from tidegate.operations.door import Services, current_actor
from tidegate.operations.submission import shown_name
from tidegate.operations.turns import keep_turning
from tidegate.outbound.address import Allowed
from tidegate.pipeline.fetching import remote, walking
from tidegate.pipeline.fetching.objects import Found
from tidegate.pipeline.step import Reach, SourceKind, StepFailed
from tidegate.sources import scan as scans
from tidegate.sources import source as sources
from tidegate.sources.scan import LEASE_SECONDS, Taken, version_key

AT_ONCE = 2
"""Scans that one process works on: a large source keeps no small one waiting."""

TRIES = 5
"""Processes that may die over one scan; then it is ended, for it may be what they die of."""

STOPPED, RIGHT_LOST = "stopped", "right_lost"
"""Why a scan ended early, beside the codes of the catalogue: paused or removed meanwhile; its actor may not submit any more."""

T = TypeVar("T")

log = structlog.get_logger("tidegate.scanning")


class _Ended(Exception):
    """The scan ends early, for this reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def keep_scanning(services: Services) -> None:
    """Scan what is due, until cancelled. The database may go away: the next turn goes on."""
    await asyncio.gather(*(keep_turning(partial(scan_next, services), log, "scan_turn_failed") for _ in range(AT_ONCE)))


async def scan_next(services: Services) -> bool:
    """Open what is due and work one scan off, the oldest that nobody is at; False when there is none."""
    async with transaction(services.pool) as connection:
        await scans.open_due(connection)
        taken = await scans.take(connection)
    if taken is None:
        return False
    try:
        await _end(services, taken, await _scan(services, taken))
    except Fenced:
        log.warning("scan_taken_over", scan=str(taken.id))
    return True


async def reach_of(services: Services, source_id: str) -> Reach | None:
    """Return how a source is reached now, for a worker that fetches one of its objects; None when it was removed."""
    try:
        id = UUID(source_id)
    except ValueError:
        return None
    async with services.pool.connection() as connection:
        found = await sources.get_reach(connection, id)
    return Reach(found.address, found.endpoint, found.credential, found.host_key) if found else None


async def _scan(services: Services, taken: Taken) -> str | None:
    """Work a scan off and return why it ended early, None when it went through. Raises Fenced."""
    if taken.tries > TRIES:
        return FailureCode.INTERNAL.value
    pieces = _pieces(services, taken)
    try:
        while (piece := await _while_held(services, taken, partial(next, pieces, None))) is not None:
            await _submit(services, taken, await _with_versions(services, taken, piece))
    except StepFailed as failed:
        log.warning("scan_failed", scan=str(taken.id), code=str(failed.failure.code))
        return str(failed.failure.code)
    except _Ended as ended:
        return ended.code
    return None


def _pieces(services: Services, taken: Taken) -> Iterator[list[Found]]:
    """Return the listing, which begins when its first piece is asked for, in a thread."""
    if taken.address.startswith("/"):
        return walking.listed(taken.address, taken.pattern, recursive=taken.recursive, roots=services.settings.folder_roots)
    allowed = Allowed(services.settings.allowed_hosts)
    return remote.listed(_reach(taken), taken.pattern, recursive=taken.recursive, allowed=allowed)


async def _with_versions(services: Services, taken: Taken, piece: Sequence[Found]) -> list[Found]:
    """Read the content of those whose store tells no version."""
    limit, allowed, made = services.settings.max_file_bytes, Allowed(services.settings.allowed_hosts), []
    for found in piece:
        read = partial(remote.content_version, _reach(taken), found.locator, limit, allowed)
        version = found.version or await _while_held(services, taken, read)
        made.append(Found(found.locator, found.name, version))
    return made


async def _while_held(services: Services, taken: Taken, work: "partial[T]") -> T:
    """Run blocking work in a thread and renew the lease meanwhile, no longer than a fetch may take. Raises Fenced, StepFailed."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    left = services.settings.fetch_timeout
    while not (await asyncio.wait({running}, timeout=min(left, LEASE_SECONDS / 3)))[0]:
        left -= LEASE_SECONDS / 3
        if left <= 0:
            running.add_done_callback(_ignore)
            raise StepFailed(FailureCode.SOURCE_UNREACHABLE, "a piece of the listing did not come in time")
        async with transaction(services.pool) as connection:
            await scans.hold(connection, taken)
    return running.result()


async def _submit(services: Services, taken: Taken, piece: Sequence[Found]) -> None:
    """Submit what is new in a piece, in one transaction. Raises Fenced, _Ended."""
    lost: Forbidden | Unauthenticated | None = None
    async with transaction(services.pool) as connection:
        held = await scans.hold(connection, taken)
        if held.stopped or taken.pipeline not in services.pipelines:
            raise _Ended(STOPPED)
        try:
            actor = await current_actor(connection, taken.acting_for)
            policy.authorise(actor, Permission.JOB_SUBMIT)
        except (Forbidden, Unauthenticated) as refusal:
            lost = refusal
            await _record_refused(connection, taken, refusal)
        else:
            await _submit_for(services, connection, taken, actor, held.batch_id, piece)
    if lost is not None:
        raise _Ended(RIGHT_LOST)


async def _submit_for(
    services: Services, connection: Connection, taken: Taken, actor: Actor, batch_id: UUID | None, piece: Sequence[Found]
) -> None:
    known = {key: found for found in piece if (key := _key(found)) is not None}
    fresh, own = await scans.remember(connection, taken, list(known))
    root = _root(services.settings.folder_roots, taken)
    jobs = [_job(taken, root, found) for key, found in known.items() if key in fresh]
    if jobs:
        batch_id = await _write(services, connection, taken, actor, batch_id, jobs)
    skipped = sum(_key(found) is None for found in piece)
    unchanged = len(known) - len(jobs) - own
    await scans.count_piece(
        connection, taken, submitted=len(jobs), unchanged=unchanged, skipped=skipped, batch_id=batch_id
    )  # fmt: skip


async def _write(
    services: Services, connection: Connection, taken: Taken, actor: Actor, batch_id: UUID | None, jobs: Sequence[writes.NewJob]
) -> UUID:
    """Write jobs into the scan's batch, made with the first of them, and return its id."""
    batch = batch_id or new_id()
    facts: Facts = {"pipeline": taken.pipeline, "jobs": len(jobs), "label": taken.name}
    event = await record(
        connection, actor, AuditAction.SUBMIT, Target(TargetKind.BATCH, batch), parent_id=taken.audit_event_id, after=facts
    )  # fmt: skip
    trace = services.tracing.here()
    if batch_id is None:
        await writes.insert_batch(connection, batch, taken.name, taken.pipeline, actor, jobs, event, trace)
    elif not await writes.extend_batch(connection, batch, taken.pipeline, actor, jobs, event, trace):
        raise _Ended(STOPPED)  # retention dropped it: the next scan begins a batch of its own
    await services.engine.issue(connection, [Ticket(job.id, 1, 1, taken.pipeline) for job in jobs])
    return batch


def _key(found: Found) -> bytes | None:
    """Return what an object's version is remembered by; None when its name is one that no job can have."""
    try:
        return None if "\x00" in found.locator else version_key(found.locator, found.version)
    except UnicodeEncodeError:
        return None


def _root(roots: tuple[Path, ...], taken: Taken) -> str:
    """Return what a worker needs beside an object's address: the folder that allows a path, or the source that tells the way."""
    if not taken.address.startswith("/"):
        return str(taken.source_id)
    return str(walking.root_of(Path(taken.address), roots) or taken.address)


def _job(taken: Taken, root: str, found: Found) -> writes.NewJob:
    kind = SourceKind.FOLDER if taken.address.startswith("/") else SourceKind.REMOTE
    return writes.NewJob(new_id(), shown_name(found.name), kind.value, found.locator, root)


async def _record_refused(connection: Connection, taken: Taken, refusal: Forbidden | Unauthenticated) -> None:
    await record(
        connection, taken.acting_for, AuditAction.SUBMIT, Target(TargetKind.SOURCE, taken.source_id), outcome=AuditOutcome.DENIED,
        parent_id=taken.audit_event_id, after={"refusal": refusal.code, "name": taken.name},
    )  # fmt: skip


async def _end(services: Services, taken: Taken, code: str | None) -> None:
    async with transaction(services.pool) as connection:
        await scans.end(connection, taken, code)
        await scans.forget(connection)


def _reach(taken: Taken) -> Reach:
    return Reach(taken.address, taken.endpoint, taken.credential, taken.host_key)


def _ignore(given_up: "asyncio.Future[Any]") -> None:
    """Take the error of work that nobody waits for any more."""
    if not given_up.cancelled():
        given_up.exception()
