"""`tidegate audit verify` and its kin: what an auditor does with the sealed log."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tidegate import settings as configuration
from tidegate import wiring
from tidegate.audit import offline
from tidegate.audit.checkpoint import VerifierKey
from tidegate.audit.keys import known_keys, read_keys
from tidegate.cli.output import show_facts, show_json, show_line, tell
from tidegate.cli.shell import opened
from tidegate.cli.words import parse_id
from tidegate.domain.refusals import Invalid
from tidegate.operations import sealing
from tidegate.operations.door import Asking
from tidegate.operations.sealing import ExportForm


async def verify(
    *, export: Path | None = None, key: list[Path] | None = None, expect: list[Path] | None = None, json: bool = False
) -> int:
    """Find out whether the audit log is whole and unchanged.

    Exit status 0: sound; 1: not sound, and each finding is told; 2: not readable. Without a key kept elsewhere, the one in
    the home folder is trusted.

    Args:
        export: Verify this exported file (or receipt) instead of the database.
        key: A file with the public key, kept elsewhere; may be given several times.
        expect: A file with a checkpoint kept elsewhere, which the log must continue; may be given several times.
        json: Print one JSON object; of the database only.
    """
    if export is not None:
        return await asyncio.to_thread(offline.main, [str(export), *_options("--key", key), *_options("--expect", expect)])
    async with opened() as shell:
        trusted = _keys(key) or known_keys(shell.services.settings.home)
        expected = [_read(path) for path in expect or ()]
        report = await sealing.verify_log(shell.services, shell.actor, trusted, expected)
    if json:
        show_json(report.as_json())
    else:
        for line in report.lines():
            show_line(line)
    return 0 if report.is_sound else 1


async def export(*, form: ExportForm = ExportForm.PROOF, output: Path | None = None, reason: str | None = None) -> None:
    """Write the audit log to a file.

    The export is itself on record.

    Args:
        form: proof (can be verified offline), ocsf (for a SIEM) or csv (for a spreadsheet).
        output: Where to; standard output otherwise.
        reason: Why; every reader of the audit log sees it.
    """
    async with opened() as shell:
        with _target(output) as file:
            async for block in sealing.export_log(shell.services, Asking(shell.actor), form, reason=reason):
                file.write(block)
    if output is not None:
        tell(f"Written to {output}.")


async def receipt(id: str, /, *, output: Path | None = None) -> None:
    """Write the proof that one event is in the log.

    It is one file that anybody can check offline.

    Args:
        id: The audit event's id.
        output: Where to; standard output otherwise.
    """
    event_id = parse_id(id)
    async with opened() as shell:
        found = await sealing.get_receipt(shell.services, shell.actor, event_id)
    with _target(output) as file:
        file.write(found.write().encode())


async def state(*, json: bool = False) -> None:
    """Show how far the audit log is sealed.

    Args:
        json: Print one JSON object.
    """
    async with opened() as shell:
        found = await sealing.get_state(shell.services, shell.actor)
    if json:
        show_json(found)
        return
    late = "yes: look whether `tidegate seal` runs" if found.is_late else "no"
    show_facts(
        [("sealed events", found.size), ("waiting", found.unsealed), ("oldest waits", f"{found.lag_seconds:.1f} s"),
         ("checkpoints", found.checkpoints), ("late", late)]
    )  # fmt: skip
    show_line(found.checkpoint or "No checkpoint yet.")


async def expire(*, days: int, reason: str) -> None:
    """Remove the content of old events; their hashes stay.

    So the log can still be verified.

    Args:
        days: Events older than so many days.
        reason: Why; it stays on record.
    """
    settings = configuration.load()
    async with opened() as shell, wiring.addresses(settings) as (_, owner_url):
        expired = await sealing.expire_content(owner_url, shell.actor, days, reason)
    show_json(expired)


def _options(name: str, files: Sequence[Path] | None) -> list[str]:
    return [part for path in files or () for part in (name, str(path))]


def _keys(files: Sequence[Path] | None) -> tuple[VerifierKey, ...]:
    return tuple(found for path in files or () for found in read_keys(path))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid("unreadable_file", "{path} cannot be read.", path=str(path)) from error


@contextmanager
def _target(output: Path | None) -> Iterator[BinaryIO]:
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with output.open("wb") as file:
        yield file
