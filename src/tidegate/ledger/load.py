"""How much each pipeline has to do."""

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.domain.lifecycle import State

SQL = named_sql(__file__)


class _Row(msgspec.Struct):
    pipeline: str
    state: State
    n: int


async def count_by_pipeline(connection: Connection) -> dict[str, dict[State, int]]:
    """Return how many jobs are in each state, by pipeline; a state that no job is in is left out."""
    counts: dict[str, dict[State, int]] = {}
    for row in await SQL.all(connection, _Row, "count_by_pipeline"):
        counts.setdefault(row.pipeline, {})[row.state] = row.n
    return counts
