"""Audit events as CSV (RFC 4180) that a spreadsheet shows and does not run.

A cell that begins like a formula gets an apostrophe in front, by the OWASP advice on CSV injection: reasons and names are
other people's words.
"""

import csv
import io
from collections.abc import Iterable

import msgspec

from tidegate.audit.browse import AuditEvent

COLUMNS = (
    "id", "time", "action", "outcome", "actor", "actor_kind", "actor_id", "role", "target", "target_id", "reason", "request_id",
    "parent_id", "before", "after",
)  # fmt: skip
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four are the full-width forms, which some spreadsheets take for the plain ones."""


def head() -> bytes:
    """Return the line of column names."""
    return written([COLUMNS])


def row(event: AuditEvent) -> bytes:
    """Return the line of an event, in UTF-8."""
    body = event.body
    cells = (
        event.id, body.time.isoformat(), body.action, body.outcome, body.actor.name, body.actor.kind, body.actor.id,
        body.actor.role, body.target.kind, body.target.id, body.reason, body.request_id, body.parent_id,
        msgspec.json.encode(body.before).decode() if body.before else None,
        msgspec.json.encode(body.after).decode() if body.after else None,
    )  # fmt: skip
    return written([cells])


def written(rows: Iterable[Iterable[object]]) -> bytes:
    """Return rows as CSV with every cell quoted and safe."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for cells in rows:
        writer.writerow([safe(cell) for cell in cells])
    return text.getvalue().encode(errors="replace")


def safe(cell: object) -> str:
    """Return a cell's text that no spreadsheet takes for a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text
