"""`tidegate sources …`: folders and stores that are looked through on a schedule."""

import re
from typing import Literal

import msgspec

from tidegate.cli.errors import WrongUse
from tidegate.cli.output import moment, show_json, show_line, show_table
from tidegate.cli.shell import opened
from tidegate.cli.words import parse_id
from tidegate.operations import sources
from tidegate.operations.door import Command
from tidegate.operations.sources import (
    ChangeSource,
    CreateSource,
    PauseSource,
    RemoveSource,
    ResumeSource,
    ScanSource,
    SourceSet,
)
from tidegate.sources.scan import Scan
from tidegate.sources.source import Source, Terms

COLUMNS = ("id", "name", "address", "pipeline", "every", "paused", "next", "last", "seen", "submitted", "unchanged", "outcome")
LOG_COLUMNS = ("id", "asked by", "started", "ended", "seen", "submitted", "unchanged", "skipped", "outcome", "batch")
LOG_LIMIT = 50
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


async def add(
    name: str,
    address: str,
    /,
    *,
    every: str | None = None,
    pipeline: str = "documents",
    pattern: str = "",
    flat: bool = False,
    endpoint: str = "",
    credential: str = "",
    host_key: str = "",
    reason: str | None = None,
    json: bool = False,
) -> None:
    """Add a source that is looked through on a schedule.

    Args:
        name: What it is called.
        address: A folder's full path, or an address such as s3://bucket/folder.
        every: How often it is scanned, such as 90s, 15m, 6h or 1d; by hand otherwise.
        pipeline: Pipeline that its documents go through.
        pattern: Wildcards with spaces between, such as "*.pdf *.docx"; everything otherwise.
        flat: Leave out what lies in folders below.
        endpoint: Web address of another server than the provider's own, for s3://, gs:// and az://.
        credential: Where its credential is, env:NAME or file:/path. It is never stored.
        host_key: Key that a server of SFTP shows, one line of what ssh-keyscan tells.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    terms = Terms(
        name=name, address=address, endpoint=endpoint, pipeline=pipeline, pattern=pattern, recursive=not flat,
        credential=credential, host_key=host_key, every_seconds=_seconds(every) if every else None,
    )  # fmt: skip
    async with opened() as shell:
        made = await shell.perform(CreateSource(terms, reason))
    if json:
        show_json(made)
    else:
        show_line(f"Source {made.id}; audit event {made.audit_event_id}.")


async def change(
    id: str,
    /,
    *,
    name: str | None = None,
    address: str | None = None,
    every: str | None = None,
    pipeline: str | None = None,
    pattern: str | None = None,
    flat: Literal["yes", "no"] | None = None,
    endpoint: str | None = None,
    credential: str | None = None,
    host_key: str | None = None,
    reason: str | None = None,
    json: bool = False,
) -> None:
    """Change a source; what is not given stays as it is.

    Args:
        id: The source's id.
        name: What it is called.
        address: A folder's full path, or an address such as s3://bucket/folder.
        every: How often it is scanned, such as 90s, 15m, 6h or 1d; hand for only when asked.
        pipeline: Pipeline that its documents go through.
        pattern: Wildcards with spaces between, such as "*.pdf *.docx".
        flat: yes leaves out what lies in folders below, no takes it.
        endpoint: Web address of another server than the provider's own, for s3://, gs:// and az://.
        credential: Where its credential is, env:NAME or file:/path.
        host_key: Key that a server of SFTP shows, one line of what ssh-keyscan tells.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    given: dict[str, object] = {
        "name": name, "address": address, "pipeline": pipeline, "pattern": pattern, "endpoint": endpoint,
        "credential": credential, "host_key": host_key, "recursive": None if flat is None else flat == "no",
    }  # fmt: skip
    changes = {field: value for field, value in given.items() if value is not None}
    if every is not None:
        changes["every_seconds"] = None if every == "hand" else _seconds(every)
    async with opened() as shell:
        before = await sources.get_source(shell.services, shell.actor, parse_id(id))
        changed = await shell.perform(ChangeSource(before.id, msgspec.structs.replace(before.terms, **changes), reason))
    _told("Changed", changed, json=json)


async def pause(id: str, /, *, reason: str | None = None, json: bool = False) -> None:
    """Scan a source no more until it is resumed; a scan under way ends.

    Args:
        id: The source's id.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    _told("Paused", await _done(PauseSource(parse_id(id), reason)), json=json)


async def resume(id: str, /, *, reason: str | None = None, json: bool = False) -> None:
    """Go on scanning a paused source, at once.

    Args:
        id: The source's id.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    _told("Resumed", await _done(ResumeSource(parse_id(id), reason)), json=json)


async def remove(id: str, /, *, reason: str | None = None, json: bool = False) -> None:
    """Remove a source; what came from it stays.

    Args:
        id: The source's id.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    _told("Removed", await _done(RemoveSource(parse_id(id), reason)), json=json)


async def scan(id: str, /, *, reason: str | None = None, json: bool = False) -> None:
    """Have a source scanned now.

    A running server or worker does it; `tidegate sources log` tells what came of it.

    Args:
        id: The source's id.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    command = ScanSource(parse_id(id), reason)
    async with opened() as shell:
        asked = await shell.perform(command)
    if json:
        show_json(asked)
    else:
        show_line(f"Scan {asked.scan_id} waits for its turn; audit event {asked.audit_event_id}.")


async def show(*, json: bool = False) -> None:
    """List the sources, each with its newest scan.

    Args:
        json: Print one JSON array.
    """
    async with opened() as shell:
        found = await sources.list_sources(shell.services, shell.actor)
    if json:
        show_json(found)
    else:
        show_table(COLUMNS, map(_row, found), empty="No source: documents come when somebody submits them.")


async def log(id: str, /, *, limit: int = LOG_LIMIT, json: bool = False) -> None:
    """List the scans of a source, newest first, and what they came to.

    Args:
        id: The source's id.
        limit: Scans at most.
        json: Print one JSON array.
    """
    async with opened() as shell:
        found = await sources.list_scans(shell.services, shell.actor, parse_id(id), limit=limit)
    if json:
        show_json(found)
        return
    rows = (
        (one.id, "schedule" if one.scheduled else one.requester_name, moment(one.started_at), moment(one.ended_at), one.seen,
         one.submitted, one.unchanged, one.skipped, _outcome(one), one.batch_id)
        for one in found
    )  # fmt: skip
    show_table(LOG_COLUMNS, rows, empty="No scan yet.")


async def _done(command: Command[SourceSet]) -> SourceSet:
    async with opened() as shell:
        return await shell.perform(command)


def _told(word: str, done: SourceSet, *, json: bool) -> None:
    if json:
        show_json(done)
    else:
        show_line(f"{word}; audit event {done.audit_event_id}.")


def _seconds(text: str) -> int:
    """Return an interval in seconds. Raises WrongUse."""
    found = re.fullmatch(r"([0-9]{1,8})([smhd])", text)
    if found is None:
        raise WrongUse("An interval is a number with s, m, h or d behind it, such as 15m.")
    return int(found[1]) * SECONDS[found[2]]


def _outcome(scan: Scan) -> str:
    if scan.ended_at is None:
        return "at work" if scan.held else "waits"
    return scan.code or "done"


def _row(source: Source) -> tuple[object, ...]:
    every = f"{source.every_seconds} s" if source.every_seconds else "by hand"
    said = (source.id, source.name, source.address, source.pipeline, every, "yes" if source.paused else "no")
    last = source.last
    if last is None:
        return (*said, moment(source.next_at), "", "", "", "", "")
    counts = (last.seen, last.submitted, last.unchanged, _outcome(last))
    return (*said, moment(source.next_at), moment(last.started_at), *counts)
