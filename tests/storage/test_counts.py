"""Counts under every kind of filter: exact where counters cover it, else true as 'at least'."""

from dataclasses import dataclass
from datetime import timedelta

import msgspec
import pytest

from benchmarks import seeding
from tests import story
from tests.storage.test_seeding import COUNT, NOW, PEOPLE
from tidegate.db.connect import transaction
from tidegate.db.queries import Connection, named_sql
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import Attention, State
from tidegate.ledger import counting, repair
from tidegate.ledger.narrowing import parameters
from tidegate.ledger.views import Count, Counts, JobFilter
from tidegate.operations.acknowledging import Acknowledge
from tidegate.operations.door import Services, perform

COUNTED = [
    JobFilter(),
    JobFilter(pipeline="invoices"),
    JobFilter(source="url"),
    JobFilter(submitter="ada"),
    JobFilter(submitter="nobody"),
    JobFilter(submitter="ada", pipeline="invoices", source="folder"),
    JobFilter(failure_code=FailureCode.DOCUMENT_CORRUPT),
    JobFilter(failure_code=FailureCode.DOCUMENT_CORRUPT, submitter="grace", step="extract"),
    JobFilter(step="fetch", source="url"),
    JobFilter(step=""),
]
"""Filters that counters cover."""

LOOKED_AT = [
    JobFilter(text="berth-plan"),
    JobFilter(text="no such name"),
    JobFilter(since=NOW - timedelta(days=30)),
    JobFilter(since=NOW - timedelta(days=60), until=NOW - timedelta(days=30)),
    JobFilter(failed_since=NOW - timedelta(days=30)),
    JobFilter(since=NOW - timedelta(days=30), submitter="ada"),
]
"""Filters that none covers: few jobs are counted exactly all the same."""


@dataclass
class Recount:
    """A count over the table, as true as the table is."""

    connection: Connection

    async def of(self, narrowed: JobFilter) -> Counts:
        free = msgspec.structs.replace(narrowed, state=None, attention=None)
        given = {**parameters(free), "limit": 1_000_000}
        text = named_sql(counting.__file__).text("count_sample", given)
        rows = await (await self.connection.execute(text.encode(), given)).fetchall()
        return Counts(
            states={state: Count(n=sum(n for at, _, n in rows if at == state)) for state in State},
            attention={kind: Count(n=sum(n for _, at, n in rows if at == kind)) for kind in Attention},
        )


@pytest.mark.parametrize("narrowed", [*COUNTED, *LOOKED_AT], ids=lambda one: str(msgspec.to_builtins(one)))
async def test_counts_equal_a_recount(services: Services, owner_url: str, narrowed: JobFilter) -> None:
    await seeding.fill(owner_url, COUNT, PEOPLE, now=NOW)
    async with services.pool.connection() as connection:
        assert await counting.count_jobs(connection, narrowed) == await Recount(connection).of(narrowed)


@pytest.mark.parametrize("folded", [False, True])
async def test_counters_tell_of_what_has_just_happened(services: Services, folded: bool) -> None:
    await story.submitted(services, "a", "b")
    batch = (await story.job(services, await story.failed(services))).summary.batch_id
    await perform(services, story.OPERATOR, Acknowledge(await story.failed(services), "known"))
    async with transaction(services.pool) as connection:
        if folded:
            await repair.SQL.run(connection, "compact_counts")
        for narrowed in (*COUNTED, JobFilter(submitter=story.OPERATOR.actor.name), JobFilter(batch_id=batch)):
            assert await counting.count_jobs(connection, narrowed) == await Recount(connection).of(narrowed)


async def test_the_filters_own_state_and_attention_are_left_out(services: Services, owner_url: str) -> None:
    await seeding.fill(owner_url, COUNT, PEOPLE, now=NOW)
    async with services.pool.connection() as connection:
        for narrowed in (JobFilter(submitter="ada"), JobFilter(text="berth-plan"), JobFilter(since=NOW - timedelta(days=30))):
            chosen = msgspec.structs.replace(narrowed, state=State.FAILED, attention=Attention.UNRESOLVED)
            assert await counting.count_jobs(connection, chosen) == await counting.count_jobs(connection, narrowed)


async def test_looking_stops_and_says_so(services: Services, owner_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "LOOK_LIMIT", 200)
    await seeding.fill(owner_url, COUNT, PEOPLE, now=NOW)
    async with services.pool.connection() as connection:
        for narrowed in (JobFilter(text="-20"), JobFilter(failed_since=NOW - timedelta(days=30), text="-20")):
            found, true = await counting.count_jobs(connection, narrowed), await Recount(connection).of(narrowed)
            if narrowed.failed_since is None:
                assert sum(count.n for count in found.states.values()) == 200
                assert {count.more for count in (*found.states.values(), *found.attention.values())} == {True}
            assert all(count.n <= true.states[state].n for state, count in found.states.items())
            assert all(count.more or count.n == true.states[state].n for state, count in found.states.items())


async def test_counting_by_an_index_stops_and_says_so(
    services: Services, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "COUNT_LIMIT", 50)
    await seeding.fill(owner_url, COUNT, PEOPLE, now=NOW)
    async with services.pool.connection() as connection:
        narrowed = JobFilter(since=NOW - timedelta(days=60))
        found, true = await counting.count_jobs(connection, narrowed), await Recount(connection).of(narrowed)
    assert found.states == {state: Count(n=min(one.n, 50), more=one.n > 50) for state, one in true.states.items()}
    assert {one.more for one in found.states.values()} == {True, False}
