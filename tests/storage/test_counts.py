"""Counts under filters that no counter covers: exact while they are few, bounded in each state when they are many."""

import pytest

from benchmarks import seeding
from tests.storage.test_seeding import COUNT, NOW, PEOPLE
from tidegate.domain.lifecycle import State
from tidegate.ledger import reads
from tidegate.ledger.views import Count, JobFilter
from tidegate.operations.door import Services

MATCHING = "SELECT state, count(*) FROM job WHERE name LIKE %(pattern)s GROUP BY state"


@pytest.mark.parametrize(("text", "many"), [("berth-plan", False), (".pdf", False), ("no such name", False), ("-20", True)])
async def test_a_name_is_counted_in_each_state(services: Services, owner_url: str, text: str, many: bool) -> None:
    await seeding.fill(owner_url, COUNT, PEOPLE, now=NOW)
    async with services.pool.connection() as connection:
        counted = (await reads.count_jobs(connection, JobFilter(text=text))).states
        cursor = await connection.execute(MATCHING.encode(), {"pattern": f"%{text}%"})
        exact = {State(state): n for state, n in await cursor.fetchall()}
    assert (sum(exact.values()) > reads.COUNT_LIMIT) is many
    limit = reads.COUNT_LIMIT
    assert counted == {state: Count(n=min(exact.get(state, 0), limit), more=exact.get(state, 0) > limit) for state in State}
