"""Each guarded statement by itself: even when whatever comes before it let something through, it touches nothing."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from tests import story
from tidegate.domain.failures import Failure, FailureCode
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import State
from tidegate.ledger import acknowledging, attempts, bulk, repair, writes
from tidegate.ledger.attempts import FinishedStep, Hold
from tidegate.ledger.bulk import Settled, Unfinished, Verdict
from tidegate.ledger.views import JobFilter
from tidegate.operations import execution
from tidegate.operations.acknowledging import Acknowledge
from tidegate.operations.bulk_retry import RetryMany
from tidegate.operations.bulk_working import work_piece
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Cancel, Retry

FENCED = (
    "fenced_job", "set_step", "set_progress", "succeed_job", "fail_job", "give_back_job", "succeed_attempt", "fail_attempt",
    "give_back_attempt",
)  # fmt: skip
TOLD: dict[str, object] = {
    "step_no": 1, "step_total": 5, "name": "fetch", "done": 1, "total": 2, "unit": "pages", "outcome": "ingested",
    "document_id": None, "code": "internal", "params": None, "diagnostic_ref": None,
}  # fmt: skip


async def touched(services: Services, name: str, hold: Hold) -> int:
    """How many rows a worker's statement touches; all is rolled back."""
    async with services.pool.connection() as connection, connection.transaction(force_rollback=True):
        return await attempts.SQL.run(connection, name, **TOLD, **hold.parameters)


async def run(services: Services, sql: str, *given: object) -> list[tuple[object, ...]]:
    async with services.pool.connection() as connection:
        cursor = await connection.execute(sql.encode(), given)
        return await cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize("name", FENCED)
async def test_a_workers_statement_is_for_its_holder_alone(services: Services, name: str) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    hold = await story.begun(services, job_id)
    assert await touched(services, name, hold) == 1
    assert await touched(services, name, replace(hold, worker_id=new_id())) == 0
    assert await touched(services, name, replace(hold, attempt_no=2)) == 0
    await perform(services, story.OPERATOR, Cancel(job_id))
    assert await touched(services, name, hold) == 0


@pytest.mark.parametrize("sought", ["the fence", "a piece of many", "failures to acknowledge"])
async def test_what_is_decided_on_is_locked(services: Services, owner_url: str, sought: str) -> None:
    failed = await story.failed(services)
    hold = await story.begun(services, (await story.submitted(services)).job_ids[0])
    await perform(services, story.OPERATOR, RetryMany(JobFilter(), "why"))
    async with services.pool.connection() as connection, connection.transaction():
        if sought == "the fence":
            await attempts.take_fence(connection, hold)
        elif sought == "a piece of many":
            retry = await bulk.take_unfinished(connection)
            assert retry is not None
            assert len(await bulk.lock_piece(connection, retry, limit=10)) == 1
        else:
            assert len(await acknowledging.lock_unresolved(connection, JobFilter(), limit=10)) == 1
        held = hold.job_id if sought == "the fence" else failed
        async with await psycopg.AsyncConnection.connect(owner_url) as other:
            with pytest.raises(errors.LockNotAvailable):
                await other.execute("SELECT FROM job WHERE id = %s FOR UPDATE NOWAIT", (held,))


async def test_only_a_live_worker_begins_and_only_the_present_attempt(services: Services) -> None:
    job_id = await story.failed(services)
    worker_id = await story.worker(services)
    await perform(services, story.OPERATOR, Retry(job_id))
    assert await execution.begin(services, Hold(job_id, 1, worker_id)) is None
    assert await execution.begin(services, Hold(job_id, 2, new_id())) is None
    assert await execution.begin(services, Hold(job_id, 2, worker_id)) is not None
    assert await execution.begin(services, Hold(job_id, 2, await story.worker(services))) is None
    job = await story.job(services, job_id)
    assert [attempt.state for attempt in job.attempts] == [State.RUNNING, State.FAILED]


async def test_steps_end_once_and_in_their_own_attempt(services: Services) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    async with services.pool.connection() as connection:
        for attempt_no in (1, 2):
            for step_no in (1, 2):
                here = {"job_id": job_id, "attempt_no": attempt_no, "step_no": step_no}
                await attempts.SQL.run(connection, "insert_step", **here, name="a")
        await attempts.SQL.run(connection, "finish_step", job_id=job_id, attempt_no=1, step_no=1, done=1, total=1, unit="a")
        assert await attempts.SQL.run(connection, "close_steps", id=job_id, attempt_no=1, state="failed") == 1
    assert await run(services, "SELECT attempt_no, step_no, state::text FROM step ORDER BY 1, 2") == [
        (1, 1, "succeeded"), (1, 2, "failed"), (2, 1, "running"), (2, 2, "running"),
    ]  # fmt: skip


async def test_a_step_may_begin_again_and_be_passed_over_again(services: Services) -> None:
    hold = await story.begun(services, (await story.submitted(services)).job_ids[0])
    for _ in range(2):
        await execution.start_step(services, hold, 2, 5, "read")
        await execution.start_step(services, hold, 3, 5, "chunk", FinishedStep(2, "read", b"x", None))
        await execution.resume_steps(services, hold, [(1, "fetch")])
    await execution.start_step(services, hold, 2, 5, "read")
    assert await run(services, "SELECT step_no, state::text, resumed FROM step ORDER BY 1") == [
        (1, "succeeded", True), (2, "running", False), (3, "running", False),
    ]  # fmt: skip


async def test_a_diagnostic_ends_with_its_time_whoever_tidies(services: Services) -> None:
    await story.failed(services)
    [(reference,)] = await run(services, "SELECT reference FROM diagnostic")
    async with services.pool.connection() as connection:
        assert await attempts.get_diagnostic(connection, str(reference)) is not None
        await connection.execute("UPDATE diagnostic SET expires_at = now()")
        assert await attempts.get_diagnostic(connection, str(reference)) is None


@pytest.mark.parametrize(("state", "attempt_no"), [("queued", 1), ("failed", 1), ("failed", 3)])
async def test_only_the_failed_attempt_is_followed_by_another(services: Services, state: str, attempt_no: int) -> None:
    job_id = await story.failed(services)
    await perform(services, story.OPERATOR, Retry(job_id))
    if state == "failed":
        await execution.fail(services, await story.begun(services, job_id, 2), Failure(FailureCode.DOCUMENT_CORRUPT), "")
    same: dict[str, object] = {"ids": [job_id], "attempts": [attempt_no], "events": [new_id()]}
    async with services.pool.connection() as connection:
        one = {"id": job_id, "attempt_no": attempt_no, "delay": 0.0, "automatic_used": 0, "audit_event_id": new_id()}
        assert await writes.SQL.run(connection, "requeue_job", **one) == 0
        assert await bulk.SQL.run(connection, "requeue_jobs", **same) == 0


async def test_only_what_is_queued_again_is_failed(services: Services) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    same: dict[str, object] = {"ids": [job_id], "attempts": [1], "events": [new_id()]}
    async with services.pool.connection() as connection:
        one = {"id": job_id, "attempt_no": 1, "delay": 0.0, "automatic_used": 0, "audit_event_id": new_id()}
        assert await writes.SQL.run(connection, "requeue_job", **one) == 0
        assert await bulk.SQL.run(connection, "requeue_jobs", **same) == 0


async def test_what_has_ended_is_not_cancelled_nor_another_attempt(services: Services) -> None:
    job_id = await story.failed(services)
    one = {"id": job_id, "attempt_no": 1}
    async with services.pool.connection() as connection:
        assert await writes.SQL.run(connection, "cancel_job", **one, audit_event_id=new_id()) == 0
        assert await writes.SQL.run(connection, "cancel_attempt", **one) == 0
    await perform(services, story.OPERATOR, Retry(job_id))
    async with services.pool.connection() as connection:
        assert await writes.SQL.run(connection, "cancel_job", **one, audit_event_id=new_id()) == 0
        assert await writes.SQL.run(connection, "cancel_attempt", **one) == 0


async def test_a_worker_is_told_what_it_runs_and_no_more(services: Services) -> None:
    one, two, three = (await story.submitted(services, "a", "b", "c")).job_ids
    worker_id = await story.worker(services)
    await story.begun(services, one, worker_id=worker_id)
    await story.begun(services, two, worker_id=worker_id)
    await story.begun(services, three)
    await perform(services, story.OPERATOR, Cancel(two))
    async with services.pool.connection() as connection:
        assert await repair.still_mine(connection, worker_id) == {(one, 1)}


async def test_only_an_unresolved_failure_is_acknowledged_and_only_that_taken_back(services: Services) -> None:
    waiting, failed = (await story.submitted(services)).job_ids[0], await story.failed(services)
    said: dict[str, object] = {"acknowledged_by": "x", "reason": "why"}
    async with services.pool.connection() as connection:
        acknowledge = {**said, "ids": [waiting], "events": [new_id()]}
        assert await acknowledging.SQL.run(connection, "acknowledge", **acknowledge) == 0
        assert await acknowledging.SQL.run(connection, "unacknowledge", id=failed, audit_event_id=new_id()) == 0
    await perform(services, story.OPERATOR, Acknowledge(failed, "known"))
    async with services.pool.connection() as connection:
        acknowledge = {**said, "ids": [failed], "events": [new_id()]}
        assert await acknowledging.SQL.run(connection, "acknowledge", **acknowledge) == 0
        async with connection.transaction():
            assert await acknowledging.lock_unresolved(connection, JobFilter(), limit=10) == []


async def test_what_became_of_a_job_of_many_is_written_once(services: Services) -> None:
    job_id = await story.failed(services)
    made = await perform(services, story.OPERATOR, RetryMany(JobFilter(), "why"))
    while await work_piece(services):
        pass
    before = await run(services, "SELECT verdict, audit_event_id FROM bulk_retry_item")
    async with services.pool.connection() as connection:
        finished = await bulk.get(connection, made.id)
        await bulk.settle(connection, made.id, [Settled(job_id, Verdict.RETRIED, event=new_id())])
        await bulk.advance(connection, made.id, worked_to=UUID(int=1))
        assert await bulk.get(connection, made.id) == finished
        again = Unfinished(
            id=made.id, actor=b"", request_id=None, mode=None, reason="", audit_event_id=new_id(), worked_to=UUID(int=0)
        )
        assert await bulk.lock_piece(connection, again, limit=10) == []
    assert await run(services, "SELECT verdict, audit_event_id FROM bulk_retry_item") == before
    assert [row[0] for row in await run(services, "SELECT worked_to FROM bulk_retry")] != [UUID(int=1)]
    assert finished is not None
    assert finished.finished_at is not None
    assert finished.finished_at <= datetime.now(UTC)
