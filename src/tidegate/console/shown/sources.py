"""Sources and their scans, as lines; the form that makes or changes one, and what is asked before an act."""

from collections.abc import Iterable
from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext, number
from tidegate.console.shown.allowed import Allowed, allowed
from tidegate.console.shown.asking import Choice, Question
from tidegate.console.shown.moments import Clock, Moment
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.failures import CATALOGUE, FailureCode
from tidegate.sources.scan import Scan
from tidegate.sources.source import Source

KINDS = {
    "folder": "Folder", "s3": "S3", "gs": "Google Cloud Storage", "az": "Azure Blob Storage", "dropbox": "Dropbox",
    "sftp": "SFTP", "webdav": "WebDAV", "webdav+http": "WebDAV, not encrypted",
}  # fmt: skip
UNITS = {"1": "seconds", "60": "minutes", "3600": "hours", "86400": "days"}
ENDED = {
    "stopped": "The source was paused, removed or changed meanwhile.",
    "right_lost": "Whoever it acts for may not submit documents any more: an administrator has to save the source anew.",
}


@dataclass(frozen=True)
class ScanLine:
    """One scan in words: how it stands, what it came to, who asked, and the batch that it made ('' where it made none)."""

    id: str
    tone: str
    icon: str
    standing: str
    counts: list[str]
    asked: str
    when: Moment
    batch: str
    event: str


@dataclass(frozen=True)
class Mark:
    """How a source stands: in tone, sign and word."""

    tone: str
    icon: str
    word: str


@dataclass(frozen=True)
class SourceLine:
    """A source in words; address, server, credential and host key are '' to those who do not manage it."""

    id: str
    name: str
    mark: Mark
    kind: str
    address: str
    endpoint: str
    credential: str
    host_key: str
    pipeline: str
    pattern: str
    recursive: bool
    every: str
    paused: bool
    next: Moment | None
    last: ScanLine | None


def line(source: Source, clock: Clock) -> SourceLine:
    """Return a source in words."""
    shown = source.address not in {"/", f"{source.kind}://"}
    return SourceLine(
        str(source.id), source.name, _mark(source), _(KINDS[source.kind]), source.address if shown else "", source.endpoint,
        source.credential, source.host_key, source.pipeline, source.pattern, source.recursive, every(source.every_seconds),
        source.paused,
        clock.until(source.next_at, _("in {}")) if source.next_at else None,
        scan_line(source.last, clock) if source.last else None,
    )  # fmt: skip


def every(seconds: int | None) -> str:
    """Return an interval: `every 15 minutes`, `every hour`, `only by hand`."""
    if seconds is None:
        return _("only by hand")
    if seconds % 86400 == 0:
        return ngettext("every day", "every {n} days", seconds // 86400)
    if seconds % 3600 == 0:
        return ngettext("every hour", "every {n} hours", seconds // 3600)
    if seconds % 60 == 0:
        return ngettext("every minute", "every {n} minutes", seconds // 60)
    return ngettext("every second", "every {n} seconds", seconds)


def scan_line(scan: Scan, clock: Clock) -> ScanLine:
    """Return a scan in words."""
    tone, icon, standing = _standing(scan)
    asked = _("by schedule") if scan.scheduled else _("asked for by {name}").format(name=scan.requester_name)
    return ScanLine(
        str(scan.id), tone, icon, standing, _counts(scan), asked, clock.since(scan.ended_at or scan.created_at, _("{} ago")),
        str(scan.batch_id or ""), str(scan.audit_event_id),
    )  # fmt: skip


def may_scan(actor: Actor, source: Source) -> Allowed:
    """Tell whether a reader may have a source scanned now."""
    right = allowed(actor, Permission.SOURCE_SCAN)
    if not right.yes:
        return right
    if source.paused:
        return Allowed(yes=False, why_not=_("This source is paused: resume it first."))
    if source.last is not None and source.last.ended_at is None:
        return Allowed(yes=False, why_not=_("A scan of this source is not over yet."))
    return right


def unit_choices(chosen: str) -> list[Choice]:
    """Return the units of an interval."""
    return [Choice(unit, _(UNITS[unit]), "", unit == chosen) for unit in UNITS]


def pipeline_choices(names: Iterable[str], chosen: str) -> list[Choice]:
    """Return the pipelines that there are."""
    return [Choice(name, name, "", name == chosen) for name in names]


def scanning(source: Source) -> Question:
    """Ask whether to have a source scanned now."""
    text = _("What is new or has changed there is submitted as one batch. What is as it was is left alone.")
    return _question(source, "scan", _("Scan this source now?"), text, _("Scan now"), "search")


def pausing(source: Source) -> Question:
    """Ask whether to pause a source."""
    text = _("It is not scanned any more until somebody resumes it. What was submitted goes on.")
    return _question(source, "pause", _("Pause this source?"), text, _("Pause"), "pause")


def resuming(source: Source) -> Question:
    """Ask whether to let a source go on."""
    text = _("With a schedule it is scanned at once, and then as before.")
    return _question(source, "resume", _("Resume this source?"), text, _("Resume"), "next")


def removal(source: Source) -> Question:
    """Ask whether to remove a source."""
    text = _("It is not scanned any more, and its jobs in a store elsewhere that still wait will fail. Documents stay.")
    return _question(source, "remove", _("Remove this source?"), text, _("Remove the source"), "close", danger=True)


def _question(source: Source, act: str, title: str, text: str, button: str, icon: str, *, danger: bool = False) -> Question:
    page = f"/ingestion/sources/{source.id}"
    return Question(title, source.name, text, f"{page}/{act}", page, button, icon, danger=danger)


def _mark(source: Source) -> Mark:
    """Return how a source stands: one whose newest scan ended early is not as it should be."""
    if source.paused:
        return Mark("cancelled", "pause", _("paused"))
    if source.last is None or source.last.code is None:
        return Mark("succeeded", "state-succeeded", _("in use"))
    tone, icon, _words = _standing(source.last)
    return Mark(tone, icon, _("last scan failed") if tone == "failed" else _("last scan ended early"))


def _standing(scan: Scan) -> tuple[str, str, str]:
    """Return tone, sign and words of how a scan stands."""
    if scan.ended_at is None:
        return ("running", "state-running", _("at work")) if scan.held else ("waiting", "clock", _("waits to be taken"))
    if scan.code is None:
        return "succeeded", "state-succeeded", _("done")
    if scan.code in ENDED:
        return "waiting", "warning", _(ENDED[scan.code])
    return "failed", "state-failed", _(CATALOGUE[FailureCode(scan.code)].message)


def _counts(scan: Scan) -> list[str]:
    words = [
        ngettext("{n} object seen", "{n} objects seen", scan.seen),
        _("{n} submitted").format(n=number(scan.submitted)),
        _("{n} unchanged").format(n=number(scan.unchanged)),
    ]
    return [*words, *([_("{n} with a name that cannot be kept").format(n=number(scan.skipped))] if scan.skipped else [])]
