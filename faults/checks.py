"""The history, checked after the faults: what was promised must hold, whatever happened."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from faults.harm import Hit
from tidegate.db.queries import Connection, named_sql
from tidegate.domain.lifecycle import TRANSITIONS

SQL = named_sql(__file__)


class _Offence(msgspec.Struct):
    what: str


class _Seconds(msgspec.Struct):
    seconds: float


PROMISES = {
    "lost": ("list_lost", "list_without_effect"),
    "doubled": ("list_doubled", "list_ended_twice"),
    "illegal": ("list_illegal", "list_disagreeing", "list_miscounted"),
    "stuck": ("list_stuck",),
    "retries without audit": ("list_unaudited",),
}
"""Columns of the table, and the statements that find the offences."""


async def offences(connection: Connection, submitted: Sequence[UUID]) -> dict[str, list[str]]:
    """Return, for each promise, what breaks it."""
    legal = [f"{one.before.value}>{one.after.value}" for one in TRANSITIONS]
    found: dict[str, list[str]] = {}
    for promise, statements in PROMISES.items():
        found[promise] = []
        for name in statements:
            rows = await SQL.all(connection, _Offence, name, ids=list(submitted), legal=legal)
            found[promise] += [f"{name}: {row.what}" for row in rows]
    return found


async def recoveries(connection: Connection, hits: Sequence[Hit]) -> list[float]:
    """Return, sorted, how many seconds each killed attempt's job waited for its next attempt."""
    rows = await SQL.all(
        connection, _Seconds, "list_recoveries", jobs=[hit.job_id for hit in hits],
        attempts=[hit.attempt_no for hit in hits], times=[hit.at for hit in hits],
    )  # fmt: skip
    return sorted(row.seconds for row in rows)
