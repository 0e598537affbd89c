"""Failures by cause: code, pipeline, step and source kind, from the counters."""

from datetime import datetime

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.domain.failures import Code

SQL = named_sql(__file__)

CAUSES_LIMIT = 200
"""Causes at most: a catalogue of a few dozen codes, times the pipelines in use."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """What makes a cause: failures that share all of this have one remedy. `step` is '' before the first."""

    failure_code: Code
    pipeline: str
    step: str
    source_kind: str


class CauseSum(Key, frozen=True, kw_only=True):
    """Jobs that stand as failed by a cause now, and how often it happened at all."""

    unresolved: int
    acknowledged: int
    happened: int
    last_hour: datetime | None


class Happened(Key, frozen=True, kw_only=True):
    """How often a cause happened within the hour that begins at `hour`."""

    hour: datetime
    n: int

    @property
    def key(self) -> Key:
        """The cause."""
        return Key(failure_code=self.failure_code, pipeline=self.pipeline, step=self.step, source_kind=self.source_kind)


async def list_causes(connection: Connection, *, since: datetime | None, pipeline: str | None) -> list[CauseSum]:
    """Return the causes of failures since an hour's beginning (None: ever), those with most unresolved first."""
    return await SQL.all(connection, CauseSum, "list_causes", since=since, pipeline=pipeline, limit=CAUSES_LIMIT)


async def list_happened(connection: Connection, *, since: datetime, pipeline: str | None) -> list[Happened]:
    """Return how often each cause happened, hour by hour."""
    return await SQL.all(connection, Happened, "list_happened", since=since, pipeline=pipeline)
