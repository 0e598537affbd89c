"""An Idempotency-Key: the same request again gets the same answer, from the same person alone."""

import asyncio
from dataclasses import replace

import psycopg
import pytest

from tests import story
from tests.operations.test_quarantine import quarantined
from tidegate.audit.vocabulary import AuditAction
from tidegate.domain.actor import Role
from tidegate.domain.refusals import Conflict
from tidegate.operations.acknowledging import Acknowledge
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Item, Retry, Submit
from tidegate.operations.releasing import Release

ITEM = Item("folder", "/nowhere/a.txt", "a.txt", "/nowhere")
WAITING = """
    SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
    WHERE d.datname = current_database() AND NOT l.granted
"""


async def test_the_same_request_many_times_at_once_is_one(services: Services) -> None:
    asking = replace(await story.person(services, Role.POWER_USER), idempotency_key="once")
    made = await asyncio.gather(*(perform(services, asking, Submit([ITEM], label="a story")) for _ in range(5)))
    assert len({one.batch_id for one in made}) == 1
    assert len(await story.events(services, action=AuditAction.SUBMIT)) == 1


async def test_one_that_comes_while_the_same_is_carried_out_waits_for_its_answer(services: Services, owner_url: str) -> None:
    asking = replace(await story.person(services, Role.POWER_USER), idempotency_key="once")
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as owner, owner.transaction():
        await owner.execute("LOCK TABLE batch IN SHARE MODE")
        both = [asyncio.create_task(perform(services, asking, Submit([ITEM], label="a story"))) for _ in range(2)]
        await waiting(owner, 2)
    first, second = await asyncio.gather(*both)
    assert first == second
    assert len(await story.events(services, action=AuditAction.SUBMIT)) == 1


async def waiting(owner: psycopg.AsyncConnection, count: int) -> None:
    """Wait until so many sessions wait for a lock in this database: each is in its transaction, and none is at its end."""
    async with asyncio.timeout(30):
        while (await (await owner.execute(WAITING)).fetchone()) != (count,):
            await asyncio.sleep(0.02)


async def test_keys_are_told_apart_and_so_are_people(services: Services) -> None:
    ada, bob = await story.person(services, Role.POWER_USER), await story.person(services, Role.POWER_USER)
    asking = [replace(ada, idempotency_key="a"), replace(ada, idempotency_key="b"), replace(bob, idempotency_key="a")]
    made = [await perform(services, one, Submit([ITEM], label="a story")) for one in asking]
    again = [await perform(services, one, Submit([ITEM], label="a story")) for one in asking]
    assert len({one.batch_id for one in made}) == 3
    assert again == made


async def test_another_act_with_the_same_words_is_another_request(services: Services) -> None:
    job_id = await quarantined(services)
    admin = replace(await story.person(services, Role.ADMIN), idempotency_key="a")
    await perform(services, admin, Release(job_id, "why"))  # type: ignore[arg-type]
    with pytest.raises(Conflict) as refused:
        await perform(services, admin, Acknowledge(job_id, "why"))  # type: ignore[arg-type]
    assert refused.value.code == "idempotency_key_reused"


async def test_a_refusal_is_not_kept(services: Services) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    asking = replace(await story.person(services, Role.POWER_USER), idempotency_key="a")
    with pytest.raises(Conflict):
        await perform(services, asking, Retry(job_id))
    await story.begun(services, job_id)
    with pytest.raises(Conflict, match="job_not_failed"):
        await perform(services, asking, Retry(job_id))
