"""A server is killed in the middle of working off a retry of thousands; another one finishes; nothing is lost or doubled."""

import asyncio
import os
import signal
from collections import Counter

import psycopg
import pytest

from tests import many, processes, story
from tidegate.domain.failures import FailureCode
from tidegate.ledger.bulk import BulkRetry
from tidegate.ledger.views import JobFilter
from tidegate.operations import bulk_retry
from tidegate.operations.bulk_retry import RetryMany
from tidegate.operations.door import Services, perform

JOBS = 4000
SETTLED_ONCE = """
    SELECT a.n, e.n, q.n, job.state::text, job.attempt_no, job.version
    FROM job
    LEFT JOIN (SELECT job_id AS id, count(*) AS n FROM attempt GROUP BY 1) AS a USING (id)
    LEFT JOIN (SELECT target_id AS id, count(*) AS n FROM audit_event WHERE action = 'ingestion.retry' GROUP BY 1) AS e USING (id)
    LEFT JOIN (SELECT split_part(dedupe_key, '/', 1)::uuid AS id, count(*) AS n FROM queue.pgqueuer GROUP BY 1) AS q USING (id)
"""
"""Of each job: attempts, audit events of its retry, tickets, and how it stands."""


async def until_working(services: Services, retry: BulkRetry) -> BulkRetry:
    """Wait until some of the jobs are retried and others still wait."""
    while True:
        seen = await bulk_retry.get(services, story.OPERATOR.actor, retry.id)
        assert seen.finished_at is None, "it was over before it could be killed: raise JOBS"
        if seen.retried:
            return seen
        await asyncio.sleep(0.01)


@pytest.mark.slow
async def test_a_killed_server_loses_and_doubles_nothing(services: Services, owner_url: str) -> None:
    await many.failed(owner_url, JOBS, FailureCode.DOCUMENT_CORRUPT)
    made = await perform(services, story.OPERATOR, RetryMany(JobFilter(), "the reader is repaired"))
    async with processes.running(services.settings, "serve", "--port", "0") as first:
        await until_working(services, made)
        os.killpg(first.pid, signal.SIGKILL)
        await first.wait()
    halfway = await bulk_retry.get(services, story.OPERATOR.actor, made.id)
    assert 0 < halfway.retried < JOBS

    async with processes.running(services.settings, "serve", "--port", "0"), asyncio.timeout(90):
        while (done := await bulk_retry.get(services, story.OPERATOR.actor, made.id)).finished_at is None:
            await asyncio.sleep(0.05)

    assert (done.retried, done.skipped, done.refused, done.waiting) == (JOBS, 0, 0, 0)
    async with await psycopg.AsyncConnection.connect(owner_url) as owner:
        rows = await (await owner.execute(SETTLED_ONCE.encode())).fetchall()
    assert Counter(rows) == {(2, 1, 1, "queued", 2, 2): JOBS}
