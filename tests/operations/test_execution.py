"""Claims, fences, automatic retries and repair: what workers may do to the ledger, and what they may not any more."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import psycopg
import pytest

from tests import story
from tidegate.domain.failures import CATALOGUE, Failure, FailureCode
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Fenced, Origin, Outcome, State
from tidegate.ledger.attempts import FinishedStep, FirstStep, Hold
from tidegate.operations import execution, reading
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Retry
from tidegate.pipeline.step import Chunk, Ingested

RESULT = Ingested(
    sha256="ab" * 32, media_type="text/plain", size_bytes=5, characters=5, pages=None, chunks=(Chunk("hello harbour", 1, 2),)
)

WRITES: dict[str, Callable[[Services, Hold], Awaitable[object]]] = {
    "start_step": lambda s, h: execution.start_step(s, h, 1, 5, "fetch"),
    "resume_steps": lambda s, h: execution.resume_steps(s, h, [(1, "fetch")]),
    "set_progress": lambda s, h: execution.set_progress(s, h, 1, 2, "pages"),
    "start_step after another": lambda s, h: execution.start_step(s, h, 2, 5, "identify", FinishedStep(1, "fetch", b"x")),
    "succeed": lambda s, h: execution.succeed(s, h, RESULT),
    "succeed_as_duplicate": lambda s, h: execution.succeed_as_duplicate(s, h, new_id()),
    "fail": lambda s, h: execution.fail(s, h, Failure(FailureCode.INTERNAL), "detail"),
    "give_back": execution.give_back,
}


async def count(services: Services, table: str) -> int:
    async with services.pool.connection() as connection:
        row = await (
            await connection.execute(psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(table)))
        ).fetchone()
    assert row is not None
    return int(row[0])


async def silence(services: Services, worker_id: object) -> None:
    """Let a worker's lease run out."""
    async with services.pool.connection() as connection:
        await connection.execute("UPDATE worker SET lease_until = now() - interval '1 second' WHERE id = %s", (worker_id,))


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("stranger", ["another worker", "another attempt", "another job"])
async def test_every_write_of_a_worker_is_fenced(services: Services, name: str, stranger: str) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    hold = await story.begun(services, job_id)
    foreign = {
        "another worker": replace(hold, worker_id=await story.worker(services)),
        "another attempt": replace(hold, attempt_no=2),
        "another job": replace(hold, job_id=(await story.submitted(services)).job_ids[0]),
    }[stranger]
    before = await story.job(services, job_id)
    with pytest.raises(Fenced):
        await WRITES[name](services, foreign)
    assert await story.job(services, job_id) == before
    assert await count(services, "document") == await count(services, "diagnostic") == await count(services, "checkpoint") == 0


@pytest.mark.parametrize("name", WRITES)
async def test_a_zombie_whose_attempt_was_taken_over_changes_nothing(services: Services, name: str) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    zombie = await story.begun(services, job_id)
    await silence(services, zombie.worker_id)
    assert await execution.reap(services) == 1
    new = await story.begun(services, job_id, 2)
    before = await story.job(services, job_id)
    with pytest.raises(Fenced):
        await WRITES[name](services, zombie)
    assert await story.job(services, job_id) == before
    await execution.succeed(services, new, RESULT)
    assert (await story.job(services, job_id)).summary.outcome is Outcome.INGESTED


async def test_an_attempt_is_claimed_once_however_many_try(services: Services) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    workers = [await story.worker(services) for _ in range(6)]
    claims = await asyncio.gather(*(execution.begin(services, Hold(job_id, 1, id)) for id in workers))
    assert sum(claim is not None for claim in claims) == 1


async def test_a_claim_begins_the_first_step_only_where_nothing_is_to_be_resumed(services: Services) -> None:
    quick = replace(services, settings=replace(services.settings, retry_delay_scale=0.0))
    job_id = (await story.submitted(services)).job_ids[0]
    first = {"documents": FirstStep("fetch", 5)}
    hold = Hold(job_id, 1, await story.worker(services))
    claim = await execution.begin(services, hold, first)
    assert claim is not None
    assert claim.in_first_step
    job = await story.job(services, job_id)
    assert [(step.name, step.state) for step in job.steps] == [("fetch", State.RUNNING)]
    assert (job.summary.step_no, job.summary.step_name) == (1, "fetch")
    await execution.start_step(services, hold, 2, 5, "identify", FinishedStep(1, "fetch", b"kept"))
    assert await execution.fail(quick, hold, Failure(FailureCode.INTERNAL), "")
    claim = await execution.begin(services, replace(hold, attempt_no=2), first)
    assert claim is not None
    assert not claim.in_first_step
    assert [checkpoint.name for checkpoint in claim.checkpoints] == ["fetch"]
    assert (await story.job(services, job_id)).summary.step_no == 0


async def test_a_worker_without_a_lease_claims_nothing(services: Services) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    silent, gone = await story.worker(services), await story.worker(services)
    await silence(services, silent)
    await execution.dismiss(services, gone)
    for worker_id in (silent, gone, new_id()):
        assert await execution.begin(services, Hold(job_id, 1, worker_id)) is None
    assert await execution.renew(services, silent) is None


async def test_success_stores_document_passages_and_end_together(services: Services) -> None:
    job_id = (await story.submitted(services, "tide.txt")).job_ids[0]
    hold = await story.begun(services, job_id)
    await execution.start_step(services, hold, 1, 5, "fetch")
    await execution.start_step(services, hold, 2, 5, "identify", FinishedStep(1, "fetch", b"x", (5, 5, "bytes")))
    assert await execution.succeed(services, hold, RESULT) is Outcome.INGESTED
    job = await story.job(services, job_id)
    assert job.document is not None
    assert (job.summary.state, job.document.name, job.document.chunk_total) == (State.SUCCEEDED, "tide.txt", 1)
    assert await count(services, "checkpoint") == 0
    [hit] = (await reading.search(services, story.OPERATOR.actor, '"hello harbour"')).hits
    assert (hit.job_id, hit.page_from, hit.page_to, hit.snippet) == (job_id, 1, 2, "\x02hello\x03 \x02harbour\x03")


async def test_equal_content_from_two_jobs_is_one_document(services: Services) -> None:
    one, two = (await story.submitted(services, "a", "b")).job_ids
    outcomes = await asyncio.gather(*[execution.succeed(services, await story.begun(services, id), RESULT) for id in (one, two)])
    assert sorted(outcomes) == [Outcome.DUPLICATE_CONTENT, Outcome.INGESTED]
    assert await count(services, "document") == await count(services, "chunk") == 1
    first, second = await story.job(services, one), await story.job(services, two)
    assert first.summary.document_id == second.summary.document_id is not None


@pytest.mark.parametrize("code", FailureCode)
async def test_the_catalogue_decides_on_automatic_retries_and_they_end(services: Services, code: FailureCode) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    settings = replace(services.settings, retry_delay_scale=0.0)
    quick = replace(services, settings=settings)
    attempt_no = 1
    while await execution.fail(quick, await story.begun(quick, job_id, attempt_no), Failure(code), "detail"):
        attempt_no += 1
        assert attempt_no <= 10
    job = await story.job(services, job_id)
    assert attempt_no == 1 + CATALOGUE[code].automatic
    assert (job.summary.state, job.summary.failure_code, len(job.attempts)) == (State.FAILED, code, attempt_no)
    assert all(attempt.origin is Origin.AUTOMATIC and attempt.audit_event_id is None for attempt in job.attempts[:-1])
    assert all(attempt.failure_code == code and attempt.diagnostic_ref for attempt in job.attempts)


async def test_a_waiting_retry_says_when_and_is_not_begun_before(services: Services) -> None:
    slow = replace(services, settings=replace(services.settings, retry_delay_scale=1.0))
    job_id = (await story.submitted(services)).job_ids[0]
    await execution.fail(slow, await story.begun(services, job_id), Failure(FailureCode.SOURCE_UNREACHABLE), "")
    summary = (await story.job(services, job_id)).summary
    assert summary.run_after is not None
    assert (summary.state, summary.automatic_used, summary.failure_code) == (State.QUEUED, 1, FailureCode.SOURCE_UNREACHABLE)
    assert 9 <= (summary.run_after - summary.queued_at).total_seconds() <= 11
    assert await execution.begin(services, Hold(job_id, 2, await story.worker(services))) is None


async def test_after_a_persons_retry_the_automatic_ones_count_anew(services: Services) -> None:
    quick = replace(services, settings=replace(services.settings, retry_delay_scale=0.0))
    job_id = (await story.submitted(services)).job_ids[0]
    assert await execution.fail(quick, await story.begun(quick, job_id), Failure(FailureCode.INTERNAL), "")
    assert not await execution.fail(quick, await story.begun(quick, job_id, 2), Failure(FailureCode.INTERNAL), "")
    await perform(services, story.OPERATOR, Retry(job_id))
    assert await execution.fail(quick, await story.begun(quick, job_id, 3), Failure(FailureCode.INTERNAL), "")
    assert [a.origin for a in (await story.job(services, job_id)).attempts] == [
        Origin.AUTOMATIC, Origin.PERSON, Origin.AUTOMATIC, Origin.SUBMITTED,
    ]  # fmt: skip


async def test_the_reaper_closes_only_what_silent_workers_ran_and_once(services: Services) -> None:
    lost_ids = (await story.submitted(services, "a", "b", "c")).job_ids
    kept_id = (await story.submitted(services)).job_ids[0]
    silent = await story.worker(services)
    for id in lost_ids:
        await story.begun(services, id, worker_id=silent)
    await story.begun(services, kept_id)
    await silence(services, silent)
    assert sum(await asyncio.gather(*(execution.reap(services) for _ in range(4)))) == 3
    for id in lost_ids:
        job = await story.job(services, id)
        assert (job.summary.state, job.summary.attempt_no) == (State.QUEUED, 2)
        assert [(a.origin, a.state, a.failure_code) for a in job.attempts] == [
            (Origin.WORKER_LOST, State.QUEUED, None),
            (Origin.SUBMITTED, State.FAILED, FailureCode.WORKER_LOST),
        ]
    assert (await story.job(services, kept_id)).summary.state is State.RUNNING


async def test_a_job_given_back_keeps_its_attempt_and_gets_a_ticket(services: Services) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    await execution.give_back(services, await story.begun(services, job_id))
    job = await story.job(services, job_id)
    assert (job.summary.state, job.summary.attempt_no, job.attempts[0].state) == (State.QUEUED, 1, State.QUEUED)
    await story.begun(services, job_id)
    assert await execution.reconcile(services, grace_seconds=0) == 0


async def test_the_reconciler_finds_queued_jobs_whose_ticket_is_gone(services: Services) -> None:
    await story.submitted(services, "a", "b", "c")
    await story.failed(services, FailureCode.SOURCE_UNREACHABLE)
    async with services.pool.connection() as connection:
        await connection.execute("DELETE FROM queue.pgqueuer WHERE id IN (SELECT id FROM queue.pgqueuer ORDER BY id LIMIT 2)")
    assert await execution.reconcile(services, grace_seconds=3600) == 0
    assert await execution.reconcile(services, grace_seconds=0) == 2
    assert await execution.reconcile(services, grace_seconds=0) == 0


async def test_a_diagnostic_is_unreadable_in_the_database(services: Services) -> None:
    await story.failed(services, FailureCode.DOCUMENT_CORRUPT, detail="a password: hunter2")
    async with services.pool.connection() as connection:
        row = await (await connection.execute("SELECT sealed, expires_at - created_at FROM diagnostic")).fetchone()
    assert row is not None
    assert b"hunter2" not in bytes(row[0])
    assert row[1].days == services.settings.diagnostic_days
