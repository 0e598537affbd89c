"""What lines refer to by name: ids that are there, moments, and words that do not matter."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from tidegate.db.queries import Connection, NamedSql

WORDS: dict[str, Any] = {
    "attempt_no": 1, "step_no": 1, "step_total": 5, "name": "extract", "done": 1, "total": 2, "unit": "pages", "state": "failed",
    "code": "document_corrupt", "params": None, "diagnostic_ref": None, "outcome": "ingested", "pipeline": "invoices",
    "sha256": "0" * 64, "losses": 3, "grace": 15.0, "automatic_used": 0, "delay": 0.0, "acknowledged_by": "ada",
    "reason": "because", "why": "not_failed", "finished": False, "retried": 1, "skipped": 0, "refused": 0, "idle": 3600.0,
    "seconds": 900.0, "key": "none", "text": '"unheard of"', "index": 5, "levels": [0, 1, 1], "indexes": [1, 2, 3],
    "horizon": "9000000000000", "with_acknowledged": False, "barred": ["malware_detected"], "after": None,
}  # fmt: skip


async def look_up(connection: Connection, statements: NamedSql) -> dict[str, Any]:
    """Return what lines refer to, by a ledger's own rows."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statements.text("know", {}).encode())
        [found] = await cursor.fetchall()
    ids: list[UUID] = found["ids"]
    now = datetime.now(UTC)
    return {
        **WORDS, **found, "job_id": found["id"], "ticket": f"{found['id']}/1/1", "attempts": [1] * len(ids), "events": ids,
        "verdicts": ["retried"] * len(ids), "whys": [None] * len(ids), "first": ids[0], "last": ids[-1], "worked_to": found["id"],
        "job_ids": ids, "attempt_nos": [1] * len(ids), "worker_ids": [found["worker_id"]] * len(ids), "document_ids": ids,
        "step_nos": [2] * len(ids), "finished_nos": [1] * len(ids), "values": [b"x"] * len(ids),
        "outcomes": ["ingested"] * len(ids), "token_hashes": [found["token_hash"]],
        **{name: ["extract"] * len(ids) for name in ("names", "finished_names", "units", "pipelines")},
        **{name: [5] * len(ids) for name in ("totals", "dones", "wholes")},
        "a_moment_ago": now - timedelta(seconds=1), "an_hour_ago": now - timedelta(hours=1),
        "a_month_ago": now - timedelta(days=30),
    }  # fmt: skip


def given(needed: Iterable[str], line: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line's parameters: its own, `@job_id` being the known job, and what the statement needs besides."""
    own = {name: known[value[1:]] if isinstance(value, str) and value.startswith("@") else value for name, value in line.items()}
    return {**{name: known[name] for name in needed if name not in own}, **own}
