"""What the pulse says: figures of a window, what waits, and what every worker does."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests import story
from tidegate.domain.actor import ANONYMOUS
from tidegate.domain.failures import Failure, FailureCode
from tidegate.domain.histogram import middle
from tidegate.domain.lifecycle import State
from tidegate.domain.refusals import Unauthenticated
from tidegate.domain.windows import BARS, Window
from tidegate.operations import execution
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Cancel
from tidegate.operations.pulse import Spans, get_pulse

ACTOR = story.OPERATOR.actor


async def put(services: Services, slot: datetime, state: State, span_class: int, n: int, pipeline: str = "documents") -> None:
    """Count `n` attempts that came into a state, as triggers do."""
    async with services.pool.connection() as connection:
        added = (
            "INSERT INTO pulse_delta (slot, pipeline, state, class, n) SELECT date_bin('5 minutes', %s, 'epoch'), %s, %s, %s, %s"
        )
        await connection.execute(added, (slot, pipeline, state.value, span_class, n))


async def test_figures_are_those_of_the_attempts(services: Services) -> None:
    done, broken, left = (await story.submitted(services, "a", "b", "c")).job_ids
    await execution.succeed(services, await story.begun(services, done), None)
    await execution.fail(services, await story.begun(services, broken), Failure(FailureCode.DOCUMENT_CORRUPT), "")
    await perform(services, story.OPERATOR, Cancel(left))
    for window in Window:
        pulse = await get_pulse(services, ACTOR, window)
        told = pulse.total
        assert (told.succeeded, told.failed, told.cancelled, told.ended, told.failure_share) == (1, 1, 1, 3, 0.5)
        assert told.wait is not None
        assert told.run is not None
        assert len(pulse.bars) == BARS[window][1]
        assert sum(bar.ended for bar in pulse.bars[-2:]) == 3
        [pipeline] = pulse.pipelines
        assert (pipeline.pipeline, pipeline.ended, pipeline.waiting) == ("documents", 3, None)


async def test_nothing_counted_is_no_share_and_no_span(services: Services) -> None:
    pulse = await get_pulse(services, ACTOR)
    assert (pulse.total.ended, pulse.total.failure_share, pulse.total.wait, pulse.total.run) == (0, None, None, None)
    assert [figures.pipeline for figures in pulse.pipelines] == list(services.pipelines)


@pytest.mark.parametrize("window", Window)
@pytest.mark.parametrize("folded", [False, True])
async def test_a_slot_is_in_the_bar_that_it_began_in_folded_or_not(services: Services, window: Window, folded: bool) -> None:
    zone = ZoneInfo("Asia/Kolkata")
    edges = window.edges(datetime.now(UTC), zone)
    await put(services, edges[0] - timedelta(minutes=1), State.FAILED, 10, 100)
    for number, edge in enumerate(edges[:-1], 1):
        await put(services, edge, State.SUCCEEDED, 40, number)
    if folded:
        await execution.tidy(services)
    pulse = await get_pulse(services, ACTOR, window, zone=zone)
    told = {bar.start: bar.succeeded for bar in pulse.bars}
    expected = {edge: number for number, edge in enumerate(edges[:-1], 1)}
    assert [told[start] for start in expected if start in told] == [n for start, n in expected.items() if start in told]
    assert len(told.keys() & expected.keys()) >= len(expected) - 1  # one less when the clock has just begun another bar
    assert (pulse.total.succeeded, pulse.total.failed) == (sum(told.values()), 0)


async def test_percentiles_are_those_of_the_classes(services: Services) -> None:
    now = datetime.now(UTC)
    for span_class, n in ((8, 10), (30, 84), (60, 6)):
        await put(services, now, State.RUNNING, span_class, n)
    await put(services, now, State.FAILED, 44, 1)
    pulse = await get_pulse(services, ACTOR, Window.HOUR)
    assert pulse.total.wait == Spans(middle(30), middle(60))
    assert pulse.total.wait in [bar.wait for bar in pulse.bars]
    assert pulse.total.run == Spans(middle(44), middle(44))


async def test_one_pipeline_is_told_apart(services: Services) -> None:
    now = datetime.now(UTC)
    await put(services, now, State.SUCCEEDED, 9, 3)
    await put(services, now, State.FAILED, 9, 5, pipeline="mail")
    everything, mail = await get_pulse(services, ACTOR), await get_pulse(services, ACTOR, pipeline="mail")
    assert [(figures.pipeline, figures.ended) for figures in everything.pipelines] == [("documents", 3), ("mail", 5)]
    assert (everything.total.ended, mail.total.ended, mail.total.failure_share) == (8, 5, 1.0)
    assert [figures.pipeline for figures in mail.pipelines] == ["mail"]
    await story.worker(services)
    assert (await get_pulse(services, ACTOR, pipeline="mail")).workers == []


async def test_the_job_that_is_due_the_longest_is_named(services: Services) -> None:
    slow = await story.failed(services, FailureCode.SOURCE_UNREACHABLE, "later.pdf")
    async with services.pool.connection() as connection:
        await connection.execute("UPDATE job SET run_after = now() + interval '1 hour' WHERE id = %s", (slow,))
    [figures] = (await get_pulse(services, ACTOR)).pipelines
    assert figures.waiting is not None
    assert figures.waiting.since is not None
    assert (figures.waiting.n, figures.waiting.name) == (1, "later.pdf")
    assert figures.waiting.since > datetime.now(UTC)
    oldest = (await story.submitted(services, "first.pdf")).job_ids[0]
    await story.submitted(services, "second.pdf")
    [figures] = (await get_pulse(services, ACTOR)).pipelines
    assert figures.waiting is not None
    assert (figures.waiting.n, figures.waiting.job_id, figures.waiting.name) == (3, oldest, "first.pdf")


async def test_workers_tell_what_they_do(services: Services) -> None:
    idle, busy = await story.worker(services), await story.worker(services)
    jobs = (await story.submitted(services, "a.pdf", "b.pdf")).job_ids
    for job_id in jobs:
        await story.begun(services, job_id, worker_id=busy)
    hold = await story.begun(services, (await story.submitted(services, "c.pdf")).job_ids[0])
    await execution.start_step(services, hold, 3, 5, "extract")
    await execution.dismiss(services, idle)
    workers = {found.worker.id: found for found in (await get_pulse(services, ACTOR)).workers}
    assert set(workers) == {busy, hold.worker_id}
    assert [job.name for job in workers[busy].doing] == ["a.pdf", "b.pdf"]
    [job] = workers[hold.worker_id].doing
    assert (job.job_id, job.step_name, job.step_no, job.step_total) == (hold.job_id, "extract", 3, 5)


async def test_nobody_sees_it_without_signing_in(services: Services) -> None:
    with pytest.raises(Unauthenticated):
        await get_pulse(services, ANONYMOUS)
