"""How many jobs there are under a filter: exact wherever counters cover it, else what was found among the jobs looked at.

    narrowed by (state and attention aside)         counted by
    nothing, a pipeline                             job_count
    pipeline, source, submitter, failure, step      standing_count, with what job_count has gained since it was folded
    a batch                                         batch_count; its attention by an index, up to COUNT_LIMIT
    times of submission                             an index for each state and attention, up to COUNT_LIMIT
    anything else                                   the newest LOOK_LIMIT jobs that match are looked at

None of it costs more because there are more jobs. A count that is `more` is true as 'at least'.
"""

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.domain.lifecycle import Attention, State
from tidegate.ledger.narrowing import parameters
from tidegate.ledger.views import Count, Counts, JobFilter

SQL = named_sql(__file__)

COUNT_LIMIT = 1000
"""Where each count by an index stops: a reader needs no exact number above it."""

LOOK_LIMIT = 2000
"""Jobs looked at under filters that neither a counter nor an index covers: 3 ms, where 10,000 took 12."""

COUNTED = frozenset({"pipeline", "source", "submitter", "failure_code", "step"})
"""What the counters tell apart."""

OF_THE_FAILED = frozenset({Attention.UNRESOLVED, Attention.ACKNOWLEDGED})


class _Standing(msgspec.Struct):
    n: int
    state: State | None = None
    attention: Attention | None = None


async def count_jobs(connection: Connection, narrowed: JobFilter) -> Counts:
    """Count jobs by state and by attention under a filter, its own of both aside."""
    free = msgspec.structs.replace(narrowed, state=None, attention=None)
    by = free.narrows_by
    if by <= {"pipeline"}:
        return _sums(await _count(connection, "count_standings", free))
    if by <= COUNTED:
        return _sums(await _count(connection, "count_of_submitter" if free.submitter else "count_of_all_submitters", free))
    if by == {"batch_id"}:
        return _sums(await _count(connection, "count_of_batch", free, limit=COUNT_LIMIT + 1), COUNT_LIMIT, exact_states=True)
    if by <= {"since", "until"}:
        return _sums(await _count(connection, "count_between", free, limit=COUNT_LIMIT + 1), COUNT_LIMIT)
    # Times of failure have an index in their own order: by that of ids, all that failed between them would be sorted.
    newest_first = None if by & {"failed_since", "failed_until"} else True
    sample = await _count(connection, "count_sample", free, limit=LOOK_LIMIT, newest_first=newest_first)
    stopped = sum(row.n for row in sample) == LOOK_LIMIT
    return _at_least(_sums(sample), free.is_about_failure) if stopped else _sums(sample)


async def _count(connection: Connection, statement: str, narrowed: JobFilter, **more: int | None) -> list[_Standing]:
    return await SQL.all(connection, _Standing, statement, **parameters(narrowed), **more)


def _sums(rows: list[_Standing], limit: int | None = None, *, exact_states: bool = False) -> Counts:
    """Add up rows by state and by attention: each cut off above `limit`, states only unless they are exact."""
    states, kinds = dict.fromkeys(State, 0), dict.fromkeys(Attention, 0)
    for row in rows:
        if row.state:
            states[row.state] += row.n
        if row.attention:
            kinds[row.attention] += row.n
    return Counts(
        states={state: _cut(n, None if exact_states else limit) for state, n in states.items()},
        attention={kind: _cut(n, limit) for kind, n in kinds.items()},
    )


def _cut(n: int, limit: int | None) -> Count:
    return Count(n=n) if limit is None or n <= limit else Count(n=limit, more=True)


def _at_least(counts: Counts, about_failure: bool) -> Counts:
    """Say of counts that they are not all; a filter about a failure finds failed jobs only, so none are of another state."""
    return Counts(
        states={state: Count(n=one.n, more=not about_failure or state is State.FAILED) for state, one in counts.states.items()},
        attention={
            kind: Count(n=one.n, more=not about_failure or kind in OF_THE_FAILED) for kind, one in counts.attention.items()
        },
    )
