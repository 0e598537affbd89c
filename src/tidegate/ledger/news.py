"""What people are told of: jobs that failed for good, that recovered after a person's retry, and that stand still.

`job_event` is read by the horizon of transactions, never by `id > last`: commits land out of order.
"""

from datetime import datetime

import msgspec

from tidegate.db.queries import Connection, named_sql

SQL = named_sql(__file__)

PAGE_EVENTS = 10_000
"""Events that one turn reads, and the rest of the last one's transaction."""

OLDEST_HOURS = 24
"""What is older when it is read was missed for a day: people have seen it in the console by then."""


class Turn(msgspec.Struct):
    """The one notifier's turn: how far the events were read, and before which transaction all have ended."""

    read_to: int
    horizon: int
    look: bool


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What happened for one cause: `n` times from `first_at` to `last_at`. `reason` is a failure's code, or how it is stuck."""

    event: str
    reason: str
    pipeline: str
    step: str
    source_kind: str
    n: int
    first_at: datetime
    last_at: datetime


class _Page(msgspec.Struct):
    upto: int | None


async def take_turn(connection: Connection, look_seconds: float) -> Turn | None:
    """Return the turn and hold it for this transaction, None while somebody else has it.

    `look` tells whether what stands still is to be looked for, every `look_seconds`.
    """
    return await SQL.one(connection, Turn, "take_turn", look_seconds=look_seconds)


async def read_news(connection: Connection, turn: Turn) -> list[News]:
    """Return what happened since the last turn, by cause, and remember that it was read."""
    after = min(turn.read_to, turn.horizon)  # a database restored into another cluster counts its transactions anew
    page = await SQL.one(connection, _Page, "get_page", after=str(after), limit=PAGE_EVENTS)
    if page is None or page.upto is None:
        return []
    found = await SQL.all(connection, News, "sum_up", after=str(after), upto=str(page.upto), hours=OLDEST_HOURS)
    await SQL.run(connection, "remember", upto=str(page.upto))
    return found


async def read_stuck(connection: Connection, stuck_seconds: float) -> list[News]:
    """Return what stands still for `stuck_seconds` and was not told of, and remember that it is told now."""
    await SQL.run(connection, "look_for_idle_pipelines")
    await SQL.run(connection, "look_for_still_jobs", seconds=stuck_seconds)
    await SQL.run(connection, "looked")
    return await SQL.all(connection, News, "take_stuck", seconds=stuck_seconds)
