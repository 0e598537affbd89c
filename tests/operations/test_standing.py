"""Why a job stands where it stands: each kind from the state of the database that makes it so, and nothing it cannot know."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from tests import story
from tidegate.domain.actor import ANONYMOUS
from tidegate.domain.failures import CATALOGUE, Failure, FailureCode
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import State
from tidegate.domain.refusals import Unauthenticated
from tidegate.ledger.attempts import Hold
from tidegate.ledger.views import Count
from tidegate.operations import execution, reading
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Cancel, Item, Retry, Submit
from tidegate.operations.standing import STILL_SECONDS, Standing, StandingKind, hindrance, standing


async def told(services: Services, job_id: UUID) -> Standing:
    found = await standing(services, story.OPERATOR.actor, await story.job(services, job_id))
    assert found is not None
    return found


async def marked(services: Services, job_id: UUID) -> StandingKind | None:
    """What the list marks a job with, now."""
    summary = (await story.job(services, job_id)).summary
    workers = await reading.list_workers(services, story.OPERATOR.actor)
    return hindrance(summary, workers, (await told(services, job_id)).as_of)


async def change(services: Services, statement: str, *values: object) -> None:
    async with services.pool.connection() as connection:
        await connection.execute(statement.encode(), values)


async def silence(services: Services, worker_id: UUID, seconds: float = 1) -> None:
    """Let a worker's lease have run out so long ago."""
    await change(services, "UPDATE worker SET lease_until = now() - make_interval(secs => %s) WHERE id = %s", seconds, worker_id)


async def stand_still(services: Services, job_id: UUID, seconds: float) -> None:
    """Let a running job's last progress be so long ago."""
    await change(services, "UPDATE job SET progress_at = now() - make_interval(secs => %s) WHERE id = %s", seconds, job_id)


async def test_a_waiting_job_knows_its_place(services: Services) -> None:
    await story.worker(services)
    ids = (await story.submitted(services, "a", "b", "c")).job_ids
    later = (await story.submitted(services, "d")).job_ids[0]
    places = [(await told(services, id)).line for id in (*ids, later)]
    assert [line.ahead for line in places if line] == [Count(n=n) for n in range(4)]
    assert {line.waiting.n for line in places if line} == {4}
    shown = await told(services, later)
    oldest = (await story.job(services, ids[0])).summary
    assert shown.kind is StandingKind.WAITING
    assert shown.line is not None
    assert shown.line.oldest_queued_at == oldest.queued_at
    assert (shown.crew.workers, shown.crew.at_once) == (1, services.settings.concurrency)
    assert await marked(services, later) is None


async def test_the_place_is_the_one_that_workers_take_jobs_in(services: Services) -> None:
    """A retried job goes to the end, whatever its age: the engine takes the oldest ticket, not the oldest job."""
    await story.worker(services)
    old = await story.failed(services)
    others = (await story.submitted(services, "a", "b")).job_ids
    await perform(services, story.OPERATOR, Retry(old))
    line = (await told(services, old)).line
    assert line is not None
    assert line.ahead == Count(n=2)
    await perform(services, story.OPERATOR, Cancel(others[0]))
    line = (await told(services, old)).line
    assert line is not None
    assert (line.ahead, line.waiting) == (Count(n=1), Count(n=2))


async def test_what_is_not_due_is_not_in_the_line(services: Services) -> None:
    await story.worker(services)
    slow = replace(services, settings=replace(services.settings, retry_delay_scale=1.0))
    early = (await story.submitted(services)).job_ids[0]
    await execution.fail(slow, await story.begun(services, early), Failure(FailureCode.SOURCE_UNREACHABLE), "")
    waiting = (await story.submitted(services)).job_ids[0]
    line = (await told(services, waiting)).line
    assert line is not None
    assert (line.ahead, line.waiting) == (Count(n=0), Count(n=1))


async def test_each_pipeline_has_a_line_of_its_own(services: Services) -> None:
    both = replace(services, pipelines=("documents", "other"))
    await story.worker(both)
    await story.submitted(services, "a", "b")
    command = Submit([Item("folder", "/nowhere/c", "c", "/nowhere")], label="another", pipeline="other")
    job_id = (await perform(both, story.OPERATOR, command)).job_ids[0]
    line = (await told(both, job_id)).line
    assert line is not None
    assert (line.ahead, line.waiting) == (Count(n=0), Count(n=1))


async def test_a_job_without_a_ticket_has_no_place(services: Services) -> None:
    await story.worker(services)
    lost, kept = (await story.submitted(services, "a", "b")).job_ids
    await change(services, "DELETE FROM queue.pgqueuer WHERE dedupe_key LIKE %s", f"{lost}/%")
    shown, other = await told(services, lost), await told(services, kept)
    assert shown.line is not None
    assert other.line is not None
    assert (shown.kind, shown.line.ahead, other.line.ahead) == (StandingKind.WAITING, None, Count(n=0))


async def test_no_worker_for_the_pipeline_says_since_when(services: Services) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    shown = await told(services, job_id)
    assert (shown.kind, shown.crew.last_seen_at, shown.crew.elsewhere) == (StandingKind.NO_WORKER, None, 0)
    gone = await story.worker(services)
    assert (await told(services, job_id)).kind is StandingKind.WAITING
    await execution.dismiss(services, gone)
    await story.worker(replace(services, pipelines=("other",)))
    shown = await told(services, job_id)
    assert shown.crew.last_seen_at is not None
    assert (shown.kind, shown.crew.workers, shown.crew.elsewhere) == (StandingKind.NO_WORKER, 0, 1)
    assert shown.as_of - timedelta(minutes=1) < shown.crew.last_seen_at <= shown.as_of
    assert await marked(services, job_id) is StandingKind.NO_WORKER


async def test_a_planned_retry_tells_when_and_how_many(services: Services) -> None:
    await story.worker(services)
    slow = replace(services, settings=replace(services.settings, retry_delay_scale=1.0))
    job_id = (await story.submitted(services)).job_ids[0]
    await execution.fail(slow, await story.begun(services, job_id), Failure(FailureCode.SOURCE_UNREACHABLE), "")
    shown = await told(services, job_id)
    assert shown.kind is StandingKind.RETRY_LATER
    assert shown.retry is not None
    assert shown.retry.at > shown.as_of
    most = CATALOGUE[FailureCode.SOURCE_UNREACHABLE].automatic
    assert (shown.retry.number, shown.retry.of, shown.retry.attempts) == (1, most, 1 + most)
    await change(services, "UPDATE job SET run_after = now() - interval '1 second' WHERE id = %s", job_id)
    assert (await told(services, job_id)).kind is StandingKind.WAITING


async def test_a_lost_worker_tells_when_the_job_is_queued_again(services: Services) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    await story.submitted(services, "a", "b")
    hold = await story.begun(services, job_id)
    await silence(services, hold.worker_id, 1)
    shown = await told(services, job_id)
    assert shown.holder is not None
    assert (shown.kind, shown.requeued_at, shown.gives_up) == (StandingKind.WORKER_LOST, None, False)
    await story.worker(services)
    shown = await told(services, job_id)
    assert shown.holder is not None
    assert shown.requeued_at == max(shown.as_of, shown.holder.lease_until + timedelta(seconds=execution.REAP_SECONDS))
    assert shown.line is not None
    assert shown.line.waiting == Count(n=2)
    await silence(services, hold.worker_id, 60)
    shown = await told(services, job_id)
    assert shown.requeued_at == shown.as_of
    assert await marked(services, job_id) is StandingKind.WORKER_LOST


async def test_a_worker_that_stopped_or_is_forgotten_is_lost_too(services: Services) -> None:
    await story.worker(services)
    job_id = (await story.submitted(services)).job_ids[0]
    hold = await story.begun(services, job_id)
    assert (await told(services, job_id)).kind is StandingKind.MOVING
    await execution.dismiss(services, hold.worker_id)
    assert (await told(services, job_id)).kind is StandingKind.WORKER_LOST
    await change(services, "DELETE FROM worker WHERE id = %s", hold.worker_id)
    shown = await told(services, job_id)
    assert (shown.kind, shown.holder) == (StandingKind.WORKER_LOST, None)
    assert shown.requeued_at == shown.as_of + timedelta(seconds=execution.REAP_SECONDS)


async def test_a_job_that_was_lost_too_often_is_told_to_fail(services: Services) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    await story.worker(services)
    for attempt_no in range(1, 2 + CATALOGUE[FailureCode.WORKER_LOST].automatic):
        hold = await story.begun(services, job_id, attempt_no)
        await silence(services, hold.worker_id)
        shown = await told(services, job_id)
        assert shown.gives_up is (attempt_no > CATALOGUE[FailureCode.WORKER_LOST].automatic)
        assert (shown.requeued_at is None) is shown.gives_up
        await execution.reap(services)
        state = (await story.job(services, job_id)).summary.state
        assert state is (State.FAILED if shown.gives_up else State.QUEUED)


async def reading_since(services: Services, seconds: float) -> Hold:
    """A job whose third step, reading, began so long ago and has reported nothing since."""
    job_id = (await story.submitted(services)).job_ids[0]
    hold = await story.begun(services, job_id)
    await execution.start_step(services, hold, 3, 5, "extract")
    await stand_still(services, job_id, seconds)
    await change(services, "UPDATE step SET started_at = now() - make_interval(secs => %s) WHERE job_id = %s", seconds, job_id)
    return hold


async def test_a_job_without_progress_names_the_limit_that_ends_it(services: Services) -> None:
    hold = await reading_since(services, STILL_SECONDS + 5)
    shown = await told(services, hold.job_id)
    assert shown.kind is StandingKind.NO_PROGRESS
    assert shown.limit is not None
    assert shown.limit.seconds == services.settings.parse_timeout
    assert abs((shown.limit.ends_at - shown.as_of).total_seconds() - (services.settings.parse_timeout - STILL_SECONDS - 5)) < 5
    assert await marked(services, hold.job_id) is StandingKind.NO_PROGRESS
    await execution.set_progress(services, hold, 1, 9, "pages")
    assert (await told(services, hold.job_id)).kind is StandingKind.MOVING
    assert await marked(services, hold.job_id) is None


@pytest.mark.parametrize(("step_no", "kind", "limited"), [(1, "folder", False), (1, "url", True), (4, "folder", False)])
async def test_only_a_limit_that_is_there_is_named(services: Services, step_no: int, kind: str, limited: bool) -> None:
    items = [Item(kind, "https://example.org/a" if kind == "url" else "/nowhere/a", "a", None)]
    job_id = (await perform(services, story.OPERATOR, Submit(items, label="one"))).job_ids[0]
    hold = await story.begun(services, job_id)
    await execution.start_step(services, hold, step_no, 5, "a step")
    limit = (await told(services, job_id)).limit
    assert (limit.seconds if limit else None) == (services.settings.fetch_timeout if limited else None)


async def test_a_pipeline_that_this_process_does_not_know_has_no_known_limit(services: Services) -> None:
    both = replace(services, pipelines=("documents", "elsewhere"))
    command = Submit([Item("folder", "/nowhere/c", "c", "/nowhere")], label="another", pipeline="elsewhere")
    job_id = (await perform(both, story.OPERATOR, command)).job_ids[0]
    hold = await story.begun(both, job_id)
    await execution.start_step(both, hold, 3, 5, "extract")
    shown = await told(both, job_id)
    assert (shown.kind, shown.limit) == (StandingKind.MOVING, None)


async def test_a_job_that_has_ended_stands_nowhere(services: Services) -> None:
    job = await story.job(services, await story.failed(services))
    assert await standing(services, story.OPERATOR.actor, job) is None


async def test_who_may_not_read_jobs_is_not_told(services: Services) -> None:
    job = await story.job(services, (await story.submitted(services)).job_ids[0])
    with pytest.raises(Unauthenticated):
        await standing(services, ANONYMOUS, job)


async def test_a_stranger_among_workers_is_no_holder(services: Services) -> None:
    """A running job whose worker id nobody has is marked as lost, whoever else is alive."""
    job_id = (await story.submitted(services)).job_ids[0]
    hold = await story.begun(services, job_id)
    await change(services, "UPDATE job SET worker_id = %s WHERE id = %s", new_id(), job_id)
    assert hold.worker_id in {worker.id for worker in await reading.list_workers(services, story.OPERATOR.actor)}
    assert await marked(services, job_id) is StandingKind.WORKER_LOST
