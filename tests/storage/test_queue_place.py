"""A place in the queue costs the same however long the queue is: what is looked at is counted by PostgreSQL itself."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from tests import story
from tidegate.ledger import standing
from tidegate.ledger.counting import COUNT_LIMIT
from tidegate.ledger.views import Count
from tidegate.operations.door import Services

LONG = 3 * COUNT_LIMIT


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def key(job_id: UUID) -> str:
    return f"{job_id}/1/1"


@pytest.fixture
async def ids(services: Services) -> list[UUID]:
    """The jobs of a queue three times as long as is counted, in its order."""
    ids = (await story.submitted(services, *(f"{n}.txt" for n in range(LONG)))).job_ids
    async with services.pool.connection() as connection:
        await connection.execute("ANALYZE queue.pgqueuer")
    return ids


async def test_counting_stops_and_says_so(services: Services, ids: list[UUID]) -> None:
    full = Count(n=COUNT_LIMIT, more=True)
    async with services.pool.connection() as connection:
        near = await standing.line(connection, "documents", key(ids[16]))
        far = await standing.line(connection, "documents", key(ids[-1]))
        nowhere = await standing.line(connection, "documents", None)
    assert (near.ahead, near.waiting) == (Count(n=16), full)
    assert (far.ahead, far.waiting) == (full, full)
    assert (nowhere.ahead, nowhere.waiting) == (None, full)


async def test_no_more_than_the_head_is_looked_at(services: Services, ids: list[UUID]) -> None:
    parameters = {"pipeline": "documents", "ticket": key(ids[-1]), "limit": COUNT_LIMIT + 1}
    text = standing.SQL.text("queue_head", parameters)
    async with services.pool.connection() as connection:
        answer = await (await connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}".encode(), parameters)).fetchone()
    assert answer is not None
    [whole] = answer[0]
    scans = [node for node in nodes(whole["Plan"]) if "Relation Name" in node]
    assert any(node["Relation Name"] == "pgqueuer" for node in scans)
    assert [node for node in scans if node["Actual Rows"] * node["Actual Loops"] > COUNT_LIMIT + 1] == []
    assert [node for node in scans if node.get("Rows Removed by Filter", 0) * node["Actual Loops"] > COUNT_LIMIT] == []
