"""An attempt keeps the trace in which it was asked for, whoever asks: a person, the catalogue, or the reaper."""

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from tests import story
from tests.collector import collecting
from tidegate.domain.failures import Failure, FailureCode
from tidegate.operations import execution
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Retry
from tidegate.tracing.otlp import Otlp
from tidegate.tracing.port import Tracing


@pytest.fixture
def tracing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tracing]:
    with collecting() as collector:
        for name, text in collector.environment.items():
            monkeypatch.setenv(name, text)
        otlp = Otlp("tests", collector.environment)
        yield otlp
        otlp.close()


async def kept(services: Services) -> list[str | None]:
    """Return the traceparents of all attempts, in their order."""
    async with services.pool.connection() as connection:
        rows = await connection.execute("SELECT traceparent FROM attempt ORDER BY job_id, attempt_no")
        return [text for (text,) in await rows.fetchall()]


async def test_without_tracing_nothing_is_kept(services: Services) -> None:
    await story.failed(services, FailureCode.RATE_LIMITED)
    assert await kept(services) == [None, None]


async def test_an_automatic_retry_is_below_the_attempt_that_failed(services: Services, tracing: Tracing) -> None:
    traced = replace(services, tracing=tracing)
    job_id = (await story.submitted(traced)).job_ids[0]
    hold = await story.begun(traced, job_id)
    with tracing.span("attempt", {}, parent=(await kept(services))[0]):
        here = tracing.here()
        await execution.fail(traced, hold, Failure(FailureCode.RATE_LIMITED), "")
    first, second = await kept(services)
    assert first is not None
    assert second is not None
    assert second == here
    assert second[3:35] == first[3:35]


async def test_what_the_reaper_starts_again_stays_in_the_trace(services: Services, tracing: Tracing) -> None:
    job_id = (await story.submitted(replace(services, tracing=tracing))).job_ids[0]
    hold = await story.begun(services, job_id)
    await execution.dismiss(services, hold.worker_id)
    assert await execution.reap(services) == 1
    first, second = await kept(services)
    assert first is not None
    assert second == first


async def test_a_persons_retry_begins_their_own_trace(services: Services, tracing: Tracing) -> None:
    traced = replace(services, tracing=tracing)
    job_id = await story.failed(traced)
    await perform(traced, story.OPERATOR, Retry(job_id))
    first, second = await kept(services)
    assert first is not None
    assert second is not None
    assert second[3:35] != first[3:35]


async def test_the_database_keeps_nothing_but_a_context(services: Services) -> None:
    await story.submitted(services)
    async with services.pool.connection() as connection:
        with pytest.raises(psycopg.errors.CheckViolation):
            await connection.execute("UPDATE attempt SET traceparent = 'a name'")
