"""The pulse as the ledger keeps it: counters by slot of time, state and class of span, and what waits and runs now."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.domain.lifecycle import State
from tidegate.domain.windows import Window

SQL = named_sql(__file__)

SHORT, LONG = 5, 30
"""Minutes of a slot. The long ones are half hours, so that nearly every zone's days begin with one."""


class Counted(msgspec.Struct, frozen=True):
    """How many attempts came into a state within a bar (from 1), by the class of the span before; None: it never ran.

    The span before `running` is the wait, that before a terminal state the run.
    """

    bar: int
    pipeline: str
    state: State
    classes: list[int | None]
    numbers: list[int]


class Waiting(msgspec.Struct, frozen=True):
    """How many jobs of a pipeline wait, and the one that is due the longest: `since` is to come while all wait for a retry."""

    pipeline: str
    n: int
    job_id: UUID | None
    name: str | None
    since: datetime | None


class Doing(msgspec.Struct, frozen=True, kw_only=True):
    """A job that a worker runs, since when, and where it is."""

    worker_id: UUID
    job_id: UUID
    name: str
    pipeline: str
    attempt_no: int
    started_at: datetime
    step_no: int
    step_total: int
    step_name: str | None
    progress_done: int | None
    progress_total: int | None
    progress_unit: str | None


async def count_by_bar(connection: Connection, window: Window, starts: Sequence[datetime]) -> list[Counted]:
    """Return what was counted since the first of `starts`, each the beginning of a bar."""
    minutes = SHORT if window is Window.HOUR else LONG
    return await SQL.all(connection, Counted, "count_by_bar", minutes=minutes, starts=list(starts), since=starts[0])


async def list_waiting(connection: Connection) -> list[Waiting]:
    """Return the pipelines that jobs wait for."""
    return await SQL.all(connection, Waiting, "list_waiting")


async def list_doing(connection: Connection, workers: Sequence[UUID]) -> list[Doing]:
    """Return what workers run, the longest running first."""
    return await SQL.all(connection, Doing, "list_doing", workers=list(workers))


async def fold(connection: Connection) -> None:
    """Fold what was counted since the last time into slots, and drop what no window shows; one process at a time."""
    await SQL.run(connection, "fold", minutes=[SHORT, LONG])
    await SQL.run(connection, "drop_old")
