"""Repair finds what is lost, leaves what is not, and waits for nobody; tidying drops what is old and keeps the rest."""

import asyncio

import psycopg
import pytest

from tests import story
from tests.operations.test_execution import silence
from tidegate.domain.actor import Role
from tidegate.ledger import repair
from tidegate.operations import execution
from tidegate.operations.door import Services

PATIENCE = 5.0
"""Seconds after which somebody waits who should not."""


async def run(services: Services, sql: str, *given: object) -> list[tuple[object, ...]]:
    async with services.pool.connection() as connection:
        cursor = await connection.execute(sql.encode(), given)
        return await cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize("how", ["forgotten", "stopped"])
async def test_what_a_forgotten_or_stopped_worker_ran_is_lost(services: Services, how: str) -> None:
    hold = await story.begun(services, (await story.submitted(services)).job_ids[0])
    if how == "forgotten":
        await run(services, "DELETE FROM worker WHERE id = %s", hold.worker_id)
    else:
        await execution.dismiss(services, hold.worker_id)
    assert await execution.reap(services) == 1


async def test_waiting_jobs_do_not_hide_a_lost_one(services: Services) -> None:
    await story.submitted(services, *(f"{n}.txt" for n in range(120)))
    hold = await story.begun(services, (await story.submitted(services)).job_ids[0])
    await silence(services, hold.worker_id)
    assert await execution.reap(services) == 1


@pytest.mark.parametrize("who", ["the reaper", "the reconciler"])
async def test_repair_passes_over_what_another_holds(services: Services, owner_url: str, who: str) -> None:
    held, free = (await story.submitted(services, "a", "b")).job_ids
    if who == "the reaper":
        for id in (held, free):
            await silence(services, (await story.begun(services, id)).worker_id)
    await run(services, "DELETE FROM queue.pgqueuer")
    async with await psycopg.AsyncConnection.connect(owner_url) as other:
        await other.execute("SELECT FROM job WHERE id = %s FOR UPDATE", (held,))
        async with asyncio.timeout(PATIENCE):
            repaired = execution.reap(services) if who == "the reaper" else execution.reconcile(services, grace_seconds=0)
            assert await repaired == 1


async def test_tickets_are_for_jobs_that_are_queued_and_due(services: Services) -> None:
    running, later = (await story.submitted(services, "a", "b")).job_ids
    await story.begun(services, running)
    await run(services, "UPDATE job SET run_after = now() + interval '1 minute' WHERE id = %s", later)
    await run(services, "DELETE FROM queue.pgqueuer")
    assert await execution.reconcile(services, grace_seconds=0) == 0
    await run(services, "UPDATE job SET run_after = now() - interval '1 minute' WHERE id = %s", later)
    assert await execution.reconcile(services, grace_seconds=3600) == 0
    assert await execution.reconcile(services, grace_seconds=0) == 1


async def test_a_ticket_that_failed_or_is_of_a_former_turn_is_none(services: Services) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    await execution.give_back(services, await story.begun(services, job_id))
    assert await execution.reconcile(services, grace_seconds=0) == 0
    await run(services, "UPDATE queue.pgqueuer SET status = 'failed' WHERE dedupe_key LIKE '%%/3'")
    assert await execution.reconcile(services, grace_seconds=0) == 1


async def test_a_worker_stops_once_and_for_good(services: Services) -> None:
    worker_id = await story.worker(services)
    await execution.dismiss(services, worker_id)
    stopped = await run(services, "SELECT stopped_at FROM worker")
    await execution.dismiss(services, worker_id)
    assert await run(services, "SELECT stopped_at FROM worker") == stopped
    assert await execution.renew(services, worker_id) is None


OLD = {
    "diagnostic": "UPDATE diagnostic SET expires_at = now() - interval '1 second' WHERE reference = 'old'",
    "idempotency_key": "UPDATE idempotency_key SET created_at = now() - interval '25 hours' WHERE key = 'old'",
    "session": "UPDATE session SET expires_at = now() - interval '31 days' WHERE user_agent = 'old'",
    "signin_link": "UPDATE signin_link SET expires_at = now() - interval '25 hours' WHERE token_hash = 'old'",
    "worker": "UPDATE worker SET lease_until = now() - interval '8 days' WHERE host = 'old'",
}
MADE = {
    "diagnostic": "INSERT INTO diagnostic (reference, job_id, attempt_no, expires_at, sealed)"
    " VALUES ({}, gen_random_uuid(), 1, now() + interval '1 minute', '')",
    "idempotency_key": "INSERT INTO idempotency_key (actor_id, key, fingerprint, response)"
    " VALUES (gen_random_uuid(), {}, '', '{{}}')",
    "session": "INSERT INTO session (id, token_hash, person_id, expires_at, user_agent)"
    " SELECT gen_random_uuid(), {}, id, now() - interval '29 days', {} FROM person LIMIT 1",
    "signin_link": "INSERT INTO signin_link (token_hash, person_id, expires_at)"
    " SELECT {}, id, now() - interval '23 hours' FROM person LIMIT 1",
    "worker": "INSERT INTO worker (id, host, pid, pipelines, concurrency, lease_until)"
    " VALUES (gen_random_uuid(), {}, 1, '{{}}', 1, now() - interval '6 days')",
}

LEFT = {
    "diagnostic": "SELECT reference FROM diagnostic",
    "idempotency_key": "SELECT key FROM idempotency_key",
    "session": "SELECT user_agent FROM session",
    "signin_link": "SELECT encode(token_hash, 'escape') FROM signin_link",
    "worker": "SELECT host FROM worker",
}


@pytest.mark.parametrize("table", OLD)
async def test_tidying_drops_what_is_old_and_keeps_the_rest(services: Services, table: str) -> None:
    await story.person(services, Role.VIEWER)
    await run(services, "DELETE FROM signin_link")
    for name in ("old", "young"):
        await run(services, MADE[table].format(*[f"'{name}'"] * 2))
    await run(services, OLD[table])
    async with services.pool.connection() as connection, connection.transaction():
        await repair.tidy(connection)
    assert await run(services, LEFT[table]) == [("young",)]
