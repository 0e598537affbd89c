"""The pulse's counters: what triggers add is what attempts say, and folding changes no sum."""

import random
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg import sql

from tests import story
from tidegate.db.connect import transaction
from tidegate.domain.failures import CATALOGUE, Failure, FailureCode
from tidegate.domain.histogram import ERROR, middle
from tidegate.domain.lifecycle import State
from tidegate.ledger.attempts import Hold
from tidegate.operations import execution
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Cancel, Retry

Counts = Counter[tuple[Any, ...]]

RECOUNT = """
SELECT pipeline, 'running', span_class(a.started_at - greatest(a.queued_at, a.run_after)), 1
FROM attempt a JOIN job j ON j.id = a.job_id WHERE a.started_at IS NOT NULL
UNION ALL
SELECT pipeline, a.state::text, span_class(a.ended_at - a.started_at), 1
FROM attempt a JOIN job j ON j.id = a.job_id WHERE a.ended_at IS NOT NULL
"""
ADDED = "SELECT pipeline, state::text, class, n FROM pulse_delta"
ADDED_BY_SLOT = "SELECT date_bin({}, slot, 'epoch'), pipeline, state::text, class, n FROM pulse_delta"
FOLDED_BY_SLOT = "SELECT slot, pipeline, state::text, class, n FROM pulse WHERE make_interval(mins => minutes) = {}"
OLD_SLOTS = """
INSERT INTO pulse (minutes, slot, pipeline, state, class, n) SELECT minutes, now() - age, 'documents', 'failed', 9, 1
FROM (VALUES (5, interval '61 minutes'), (5, '3 hours'), (30, '34 days'), (30, '36 days')) AS v (minutes, age)
"""


async def counted(services: Services, query: str, width: timedelta | None = None) -> Counts:
    """Add up the last column by the others."""
    found: Counts = Counter()
    async with services.pool.connection() as connection:
        rows = await connection.execute(sql.SQL(query).format(sql.Literal(width)) if width else query.encode())
        for *key, n in await rows.fetchall():
            found[tuple(key)] += n
    return found


class Chance:
    """A random story: jobs are submitted, begun, ended in every way, retried, and lost with their worker."""

    def __init__(self, services: Services, seed: int) -> None:
        self.services, self.random = services, random.Random(seed)  # noqa: S311  # the same story each time
        self.jobs: list[UUID] = []
        self.holds: list[Hold] = []

    async def go_on(self, moves: int) -> None:
        acts = [self.submit, self.begin, self.begin, self.begin, self.end, self.end, self.cancel, self.retry, self.lose]
        for _ in range(moves):
            await self.pass_time()
            await self.random.choice(acts)()

    async def pass_time(self) -> None:
        """Let up to two days go by for what has not ended: all its times move back."""
        by = timedelta(seconds=10 ** self.random.uniform(-3, 5.2))
        async with transaction(self.services.pool) as connection:
            for table in ("job", "attempt"):
                moved = "UPDATE {} SET queued_at = queued_at - {by}, run_after = run_after - {by}, started_at = started_at - {by}"
                statement = sql.SQL(moved + " WHERE ended_at IS NULL").format(sql.Identifier(table), by=sql.Literal(by))
                await connection.execute(statement)

    async def submit(self) -> None:
        names = (f"{len(self.jobs) + n}.txt" for n in range(self.random.randint(1, 4)))
        self.jobs += (await story.submitted(self.services, *names)).job_ids

    async def begin(self) -> None:
        for job_id in self.random.sample(self.jobs, len(self.jobs)):
            summary = (await story.job(self.services, job_id)).summary
            hold = Hold(job_id, summary.attempt_no, await story.worker(self.services))
            if summary.state is State.QUEUED and await execution.begin(self.services, hold) is not None:
                self.holds.append(hold)
                return

    async def end(self) -> None:
        if not self.holds:
            return
        hold = self.holds.pop()
        if self.random.random() < 0.5:
            await execution.succeed(self.services, hold, None)
        else:
            await execution.fail(self.services, hold, Failure(self.random.choice(list(FailureCode))), "")

    async def cancel(self) -> None:
        standing = [(await story.job(self.services, id)).summary for id in self.jobs]
        for job in [job for job in standing if not job.state.is_terminal][:1]:
            await perform(self.services, story.OPERATOR, Cancel(job.id, "a story"))
            self.holds = [hold for hold in self.holds if hold.job_id != job.id]

    async def retry(self) -> None:
        standing = [(await story.job(self.services, id)).summary for id in self.jobs]
        for job in standing:
            if job.state is State.FAILED and job.failure_code and CATALOGUE[job.failure_code].by_person:
                await perform(self.services, story.OPERATOR, Retry(job.id))
                return

    async def lose(self) -> None:
        if self.holds:
            hold = self.holds.pop()
            await execution.dismiss(self.services, hold.worker_id)
            assert await execution.reap(self.services) == 1


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_counted_is_what_the_attempts_say(services: Services, seed: int) -> None:
    chance = Chance(services, seed)
    await chance.go_on(120)
    added = await counted(services, ADDED)
    assert added == await counted(services, RECOUNT)
    assert {key[1] for key in added} == {"running", "succeeded", "failed", "cancelled"}
    classes = {key[2] for key in added}
    assert len(classes) > 20
    assert None in classes


async def test_folding_keeps_every_sum_in_both_widths(services: Services) -> None:
    chance, widths = Chance(services, 11), [timedelta(minutes=5), timedelta(minutes=30)]
    expected: dict[timedelta, Counts] = {width: Counter() for width in widths}
    for _ in range(3):
        await chance.go_on(25)
        for width in widths:
            expected[width] += await counted(services, ADDED_BY_SLOT, width)
        await execution.tidy(services)
        assert await counted(services, ADDED) == {}
        assert {width: await counted(services, FOLDED_BY_SLOT, width) for width in widths} == expected
    assert sum(expected[widths[0]].values()) == (await counted(services, RECOUNT)).total() > 30


async def test_a_wait_begins_when_the_job_is_due_and_each_beginning_ends_one(services: Services) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    async with services.pool.connection() as connection:
        await connection.execute("UPDATE job SET queued_at = now() - interval '1 day', run_after = now() - interval '8 ms'")
    hold = await story.begun(services, job_id)
    [(_, _, wait)] = await counted(services, ADDED)
    assert middle(wait) < 60
    await execution.give_back(services, hold)
    await story.begun(services, job_id)
    assert await counted(services, "SELECT state::text, n FROM pulse_delta") == {("running",): 2}


async def test_folding_neither_waits_for_an_open_transaction_nor_loses_what_it_adds(services: Services) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    await story.begun(services, job_id)
    async with transaction(services.pool) as connection:
        await connection.execute("UPDATE job SET state = 'failed', ended_at = now(), failure_code = 'internal'")
        await execution.tidy(services)
        assert [key[2] for key in await counted(services, FOLDED_BY_SLOT, timedelta(minutes=5))] == ["running"]
    assert [key[1] for key in await counted(services, ADDED)] == ["failed"]


async def test_slots_that_no_window_shows_are_dropped(services: Services) -> None:
    async with services.pool.connection() as connection:
        await connection.execute(OLD_SLOTS)
    await execution.tidy(services)
    assert await counted(services, "SELECT minutes, now() - slot > interval '1 day', n FROM pulse") == {
        (5, False): 1,
        (30, True): 1,
    }


async def test_the_databases_classes_keep_the_promised_error(services: Services) -> None:
    chance = random.Random(5)  # noqa: S311  # the same spans each time
    spans = [timedelta(milliseconds=10 ** chance.uniform(0, 9.5)) for _ in range(2000)]
    async with services.pool.connection() as connection:
        rows = await connection.execute("SELECT span, span_class(span) FROM unnest(%s::interval[]) AS span", (spans,))
        for span, span_class in await rows.fetchall():
            assert middle(span_class) == pytest.approx(span.total_seconds(), rel=ERROR + 1e-6)
        edges = await connection.execute("SELECT span_class('-1 s'), span_class('0.9 ms'), span_class('1 ms'), span_class(NULL)")
        assert await edges.fetchone() == (0, 0, 0, None)
