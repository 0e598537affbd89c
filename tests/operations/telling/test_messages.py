"""People are told: one message for each cause, signed, tried until it is taken, held back in quiet hours, never lost."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import psycopg

from tests import story
from tests.counterparts import Receiver
from tests.operations.telling.turns import ENDED, log, run, told
from tests.operations.test_execution import RESULT
from tidegate import wiring
from tidegate.channels.outbox import Outcome
from tidegate.db.connect import transaction
from tidegate.domain.failures import Failure, FailureCode
from tidegate.domain.lifecycle import State
from tidegate.operations import channels, execution, telling
from tidegate.operations.channels import ChangeChannel, SendTest
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Retry
from tidegate.settings import Settings

FAILED_SLOWLY = (
    "UPDATE attempt SET state = 'failed', ended_at = now(), failure_code = 'document_corrupt' WHERE job_id = %s",
    "UPDATE job SET state = 'failed', ended_at = now(), failure_code = 'document_corrupt' WHERE id = %s",
)


async def test_three_hundred_failures_of_one_cause_are_one_message(services: Services, receiver: Receiver, hook: UUID) -> None:
    jobs = (await story.submitted(services, *(f"{n}.pdf" for n in range(300)))).job_ids
    worker = await story.worker(services)

    async def fail(id: UUID) -> None:
        hold = await story.begun(services, id, worker_id=worker)
        await execution.start_step(services, hold, 1, 5, "fetch")
        await execution.fail(services, hold, Failure(FailureCode.DOCUMENT_CORRUPT), "canary-7431")

    for begin in range(0, 300, 12):
        await asyncio.gather(*map(fail, jobs[begin : begin + 12]))
        if begin == 144:
            assert await told(services, ended=False) == 0
    assert await told(services) == 1
    assert await told(services) == 0

    [said] = receiver.told
    assert (said["code"], said["pipeline"], said["step"], said["source"], said["count"]) == (
        "document_corrupt", "documents", "fetch", "folder", 300,
    )  # fmt: skip
    assert said["title"] == "300 jobs failed: The document is damaged"
    assert said["url"] == (
        f"{services.settings.base_url}/ingestion?attention=unresolved&pipeline=documents&source=folder"
        "&failure=document_corrupt&step=fetch"
    )
    assert "canary" not in str(receiver.arrived)
    assert ".pdf" not in str(receiver.arrived)
    assert receiver.forged == 0


async def test_each_cause_is_a_message_of_its_own(services: Services, receiver: Receiver, hook: UUID) -> None:
    for code in (FailureCode.DOCUMENT_CORRUPT, FailureCode.DOCUMENT_ENCRYPTED, FailureCode.DOCUMENT_CORRUPT):
        await story.failed(services, code)
    assert await told(services) == 2
    assert {said["code"]: said["count"] for said in receiver.told} == {"document_corrupt": 2, "document_encrypted": 1}


async def test_what_is_refused_twice_is_tried_under_the_same_id_until_it_is_taken(
    services: Services, receiver: Receiver, hook: UUID
) -> None:
    receiver.answers = [503, 500]
    await story.failed(services)
    assert await told(services) == 1
    async with asyncio.timeout(30):
        while not (await log(services, hook))[0].done_at:
            await told(services)
            await asyncio.sleep(0.02)
    assert len(receiver.arrived) == 3
    assert len(receiver.ids) == 1
    assert len({msgspec.json.encode(body) for _, body in receiver.arrived}) == 1
    [delivery] = await log(services, hook)
    assert (delivery.outcome, delivery.status, delivery.tries) == (Outcome.DELIVERED, 200, 3)
    assert [(one.no, one.outcome, one.status) for one in delivery.log] == [
        (1, Outcome.REFUSED, 503), (2, Outcome.REFUSED, 500), (3, Outcome.DELIVERED, 200),
    ]  # fmt: skip
    assert receiver.ids == {f"msg_{delivery.id.hex}"}

    receiver.answers = [410]
    await story.failed(services)
    await told(services)
    gone = (await log(services, hook))[0]
    assert (gone.outcome, gone.status, gone.done_at is None) == (Outcome.REFUSED, 410, False)


async def test_quiet_hours_hold_back_and_then_send_what_they_gathered(services: Services, receiver: Receiver, hook: UUID) -> None:
    terms = (await channels.get_channel(services, story.OPERATOR.actor, hook)).terms
    now = datetime.now(UTC)
    begin, end = (f"{now + timedelta(hours=hours):%H:%M}" for hours in (-2, 2))
    quiet = msgspec.structs.replace(terms, quiet_from=begin, quiet_to=end)
    await perform(services, story.OPERATOR, ChangeChannel(hook, quiet))
    for _ in range(3):
        await story.failed(services)
        assert await told(services) == 0
    assert receiver.arrived == []

    over = msgspec.structs.replace(terms, quiet_from=end, quiet_to=begin)
    await perform(services, story.OPERATOR, ChangeChannel(hook, over))
    assert await told(services) == 1
    assert [said["count"] for said in receiver.told] == [3]


async def test_quiet_hours_go_over_midnight_in_their_zone(services: Services) -> None:
    times = {"21:59": False, "22:00": True, "23:30": True, "06:59": True, "07:00": False, "12:00": False}
    asked = "SELECT is_quiet(('2026-11-29 ' || %s)::timestamp AT TIME ZONE %s, '22:00', '07:00', %s)"
    async with services.pool.connection() as connection:
        for zone in ("Europe/Berlin", "Asia/Kolkata", "UTC"):
            for at, quiet in times.items():
                row = await (await connection.execute(asked, (at, zone, zone))).fetchone()
                assert row == (quiet,), (zone, at)


async def test_a_paused_channel_is_told_nothing_and_nothing_later(services: Services, receiver: Receiver, hook: UUID) -> None:
    terms = (await channels.get_channel(services, story.OPERATOR.actor, hook)).terms
    await perform(services, story.OPERATOR, ChangeChannel(hook, msgspec.structs.replace(terms, paused=True)))
    await story.failed(services)
    assert await told(services) == 0
    await perform(services, story.OPERATOR, SendTest(hook))
    assert await told(services) == 1
    await perform(services, story.OPERATOR, ChangeChannel(hook, terms))
    assert await told(services) == 0
    assert [body["type"] for _, body in receiver.arrived] == ["channel.test"]


async def test_a_recovery_is_told_under_its_old_cause(services: Services, receiver: Receiver, hook: UUID) -> None:
    job = await story.failed(services, FailureCode.DOCUMENT_ENCRYPTED)
    await told(services)
    await perform(services, story.OPERATOR, Retry(job))
    await execution.succeed(services, await story.begun(services, job, 2), RESULT)
    assert await told(services) == 1
    assert [body["type"] for _, body in receiver.arrived] == ["ingestion.failed", "ingestion.recovered"]
    assert receiver.told[1]["title"] == "1 job recovered: The document is protected by a password"


async def test_what_the_catalogue_retries_itself_is_told_when_it_failed_for_good(
    services: Services, receiver: Receiver, hook: UUID
) -> None:
    job = await story.failed(services, FailureCode.OUT_OF_MEMORY)
    assert (await story.job(services, job)).summary.state is State.QUEUED
    assert await told(services) == 0
    hold = None
    async with asyncio.timeout(30):
        while hold is None:
            await run(services, "UPDATE job SET run_after = now() WHERE state = 'queued'")
            hold = await story.begun(services, job, 2)
    await execution.fail(services, hold, Failure(FailureCode.OUT_OF_MEMORY), "again")
    assert (await story.job(services, job)).summary.state is State.FAILED
    assert await told(services) == 1
    assert [said["count"] for said in receiver.told] == [1]


async def test_a_commit_that_comes_late_is_not_read_over(services: Services, receiver: Receiver, hook: UUID) -> None:
    late, soon = [await story.begun(services, (await story.submitted(services)).job_ids[0]) for _ in range(2)]
    async with transaction(services.pool) as slow:
        await slow.execute("SELECT pg_current_xact_id()")  # begun first, and it commits last
        for statement in FAILED_SLOWLY:
            await slow.execute(statement.encode(), (late.job_id,))
        await execution.fail(services, soon, Failure(FailureCode.DOCUMENT_ENCRYPTED), "")
        assert await told(services) == 0
    assert await told(services) == 2
    assert {said["code"] for said in receiver.told} == {"document_corrupt", "document_encrypted"}


async def test_many_notifiers_at_once_double_nothing(
    services: Services, receiver: Receiver, hook: UUID, settings: Settings
) -> None:
    async with wiring.running(settings, name="tidegate tests, too") as other:
        write = services.write_letter
        assert write is not None
        for code in (FailureCode.DOCUMENT_CORRUPT, FailureCode.DOCUMENT_ENCRYPTED, FailureCode.DOCUMENT_EMPTY):
            for _ in range(4):
                await story.failed(services, code)
        await asyncio.gather(*(telling.gather(one) for one in (services, other) * 4))
        await run(services, ENDED)
        sending = telling.sending_of(settings)
        await asyncio.gather(*(telling.send_due(one, sending, write) for one in (services, other) * 4))
    assert sorted(said["count"] for said in receiver.told) == [4, 4, 4]
    assert len(receiver.ids) == 3


async def test_what_was_delivered_long_ago_is_forgotten_and_what_happened_before_is_not_told(
    services: Services, hook: UUID, owner_url: str
) -> None:
    await story.failed(services)
    await told(services)
    await run(services, "UPDATE delivery SET done_at = now() - interval '31 days'")
    await run(services, "UPDATE telling SET looked_at = now() - interval '1 minute'")
    await told(services)
    assert await log(services, hook) == []
    await story.failed(services)
    async with await psycopg.AsyncConnection.connect(owner_url) as owner:
        await owner.execute("UPDATE job_event SET xid = NULL")
    assert await told(services) == 0
