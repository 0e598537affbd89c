"""Failures by cause over a window of time: what a person looks at first, and retries or acknowledges as one."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from tidegate.access import policy
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.lifecycle import Attention
from tidegate.ledger import causes
from tidegate.ledger.causes import CauseSum, Key
from tidegate.ledger.views import JobFilter
from tidegate.operations.door import Services


class Window(StrEnum):
    """How far back failures are looked at. A window begins at a full hour, as the counters do."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    ALL = "all"

    @property
    def slot(self) -> timedelta:
        """The time that one point of a sparkline covers."""
        return {"24h": timedelta(hours=1), "7d": timedelta(hours=6)}.get(self.value, timedelta(days=1))

    @property
    def slots(self) -> int:
        """The number of points of a sparkline."""
        return {"24h": 24, "7d": 28}.get(self.value, 30)

    def since(self, now: datetime) -> datetime | None:
        """Return when the window begins, None for all time."""
        return None if self is Window.ALL else _series_since(self, now)


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """One cause: jobs that stand so now, how often it happened, and when (oldest slot first)."""

    key: Key
    unresolved: int
    acknowledged: int
    happened: int
    last_hour: datetime | None
    series: list[int]


class Causes(msgspec.Struct, frozen=True, kw_only=True):
    """All causes of a window; `since` is when it begins (None: all time), `series_since` when the series do."""

    window: Window
    since: datetime | None
    series_since: datetime
    slot_seconds: int
    causes: list[Cause]


async def list_causes(services: Services, actor: Actor, window: Window, *, pipeline: str | None = None) -> Causes:
    """Return the causes of a window, those with most unresolved first. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.JOB_READ)
    now = datetime.now(UTC)
    since, begins = window.since(now), _series_since(window, now)
    async with services.pool.connection() as connection:
        sums = await causes.list_causes(connection, since=since, pipeline=pipeline)
        hours = await causes.list_happened(connection, since=begins, pipeline=pipeline)
    series: dict[Key, list[int]] = {}
    for one in hours:
        slot = min(window.slots - 1, int((one.hour - begins) / window.slot))
        series.setdefault(one.key, [0] * window.slots)[slot] += one.n
    return Causes(
        window=window, since=since, series_since=begins, slot_seconds=int(window.slot.total_seconds()),
        causes=[_cause(one, series.get(_key(one), [0] * window.slots)) for one in sums],
    )  # fmt: skip


def jobs_of(key: Key, window_since: datetime | None, attention: Attention = Attention.UNRESOLVED) -> JobFilter:
    """Return the filter whose list has exactly the jobs that a cause counts."""
    return JobFilter(
        attention=attention, failure_code=key.failure_code, pipeline=key.pipeline, step=key.step, source=key.source_kind,
        failed_since=window_since,
    )  # fmt: skip


def _series_since(window: Window, now: datetime) -> datetime:
    hour = now.replace(minute=0, second=0, microsecond=0)
    return hour + timedelta(hours=1) - window.slot * window.slots


def _cause(one: CauseSum, series: list[int]) -> Cause:
    return Cause(
        key=_key(one), unresolved=one.unresolved, acknowledged=one.acknowledged, happened=one.happened,
        last_hour=one.last_hour, series=series,
    )  # fmt: skip


def _key(one: CauseSum) -> Key:
    return Key(failure_code=one.failure_code, pipeline=one.pipeline, step=one.step, source_kind=one.source_kind)
