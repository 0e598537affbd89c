"""The harness itself: each broken promise is found, and a small campaign breaks none."""

import asyncio
from pathlib import Path

import pytest
from psycopg import AsyncConnection, sql

from faults import checks, points
from faults.campaign import Plan, kinds_named, run
from faults.place import prepared
from tests import story
from tidegate.domain.ids import new_id
from tidegate.operations import execution
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Retry
from tidegate.pipeline.step import Chunk, Ingested

BREAKING = {
    "list_lost": "DELETE FROM job WHERE id = {ingested}",
    "list_without_effect": "DELETE FROM chunk",
    "list_doubled": """INSERT INTO document (id, pipeline, sha256, job_id, attempt_no, name, media_type,
                           size_bytes, characters, chunk_total)
                       VALUES (gen_random_uuid(), 'documents', 'b', {ingested}, 1, 'b', 'text/plain', 1, 1, 1)""",
    "list_ended_twice": """INSERT INTO job_event (job_id, attempt_no, before, after)
                           VALUES ({ingested}, 1, 'succeeded', 'failed')""",
    "list_illegal": "INSERT INTO job_event (job_id, attempt_no, before, after) VALUES ({ingested}, 1, 'succeeded', 'queued')",
    "list_disagreeing": "UPDATE attempt SET state = 'cancelled' WHERE job_id = {ingested}",
    "list_unaudited": "UPDATE attempt SET audit_event_id = gen_random_uuid() WHERE job_id = {retried} AND attempt_no = 2",
    "list_stuck": "SELECT 1",
    "list_miscounted": "INSERT INTO job_count (pipeline, state, n) VALUES ('documents', 'failed', 1)",
}


async def history(services: Services) -> dict[str, object]:
    """One job that was ingested, one that a person retried and that waits."""
    ingested, retried = (await story.submitted(services)).job_ids[0], await story.failed(services)
    made = Ingested(sha256="a", media_type="text/plain", size_bytes=1, characters=1, pages=None, chunks=(Chunk("tide"),))
    await execution.succeed(services, await story.begun(services, ingested), made)
    await perform(services, story.OPERATOR, Retry(retried))
    return {"ingested": ingested, "retried": retried}


async def test_an_honest_history_breaks_nothing_but_what_waits(services: Services, owner_url: str) -> None:
    known = await history(services)
    async with await AsyncConnection.connect(owner_url, autocommit=True) as connection:
        found = await checks.offences(connection, [known["ingested"], known["retried"]])  # type: ignore[list-item]
    assert found.pop("stuck") == [f"list_stuck: {known['retried']} queued"]
    assert set(found) == {"lost", "doubled", "illegal", "retries without audit"}
    assert not any(found.values()), found


@pytest.mark.parametrize("check", list(BREAKING))
async def test_each_broken_promise_is_found(services: Services, owner_url: str, check: str) -> None:
    known = await history(services)
    async with await AsyncConnection.connect(owner_url, autocommit=True) as connection:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(sql.SQL(BREAKING[check]).format(**known))
        found = await checks.offences(connection, [known["ingested"], known["retried"]])  # type: ignore[list-item]
    assert [one for each in found.values() for one in each if one.startswith(f"{check}:")], found


def test_every_statement_is_seen_to_fail() -> None:
    assert {name for names in checks.PROMISES.values() for name in names} == set(BREAKING)


def test_every_transaction_of_a_worker_is_a_kill_point() -> None:
    of_one = {"execution.succeed", "execution.fail", "execution.begin", "execution.reap"}
    of_many = {"bulk_working.work_piece", "together.take", "together.start_steps", "together.succeed"}
    assert of_one | of_many <= set(points.functions())


def test_faults_are_chosen_by_words() -> None:
    assert kinds_named("killed") == ("worker killed", "worker killed at a named point")
    with pytest.raises(ValueError, match="no fault"):
        kinds_named("earthquake")


@pytest.mark.slow
async def test_a_small_campaign_loses_and_doubles_nothing(cluster: str, tmp_path: Path) -> None:
    plan = Plan(count=20, seed=new_id().int % 1000, workers=2, lease_seconds=2.0, kinds=kinds_named(""), pace_seconds=0.3)
    async with asyncio.timeout(115), prepared(tmp_path, cluster) as place:
        outcome = await run(plan, place)
    assert outcome.is_clean, (plan.seed, outcome.offences)
    assert sum(outcome.faults.values()) == plan.count
    assert outcome.jobs > 0
