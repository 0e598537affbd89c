"""One submission is one trace, from the request over the worker's attempt to each step, as a real collector gets it."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from tests import story
from tests.acceptance.conftest import serving
from tests.collector import Collector, Seen, collecting
from tests.processes import environment, running
from tests.visitors import visiting
from tidegate import wiring
from tidegate.audit.vocabulary import AuditAction
from tidegate.domain.actor import Role
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import State
from tidegate.operations.door import Services
from tidegate.settings import Settings

STEPS = ["fetch", "identify", "extract", "chunk", "index"]
OUTSIDE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
"""A caller's own span (the example of W3C Trace Context)."""
SECRET = "velvet-anchorage"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as found:
        for name, text in found.environment.items():
            monkeypatch.setenv(name, text)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=known")
        yield found


@pytest.fixture
async def services(collector: Collector, settings: Settings) -> AsyncIterator[Services]:
    """The services of a web process that traces."""
    async with wiring.running(settings, name="tidegate serve") as running:
        yield running


async def ended(services: Services, job_id: UUID) -> State:
    """Wait until a job has come to its end."""
    async with asyncio.timeout(90):
        while not (state := (await story.job(services, job_id)).summary.state).is_terminal:
            await asyncio.sleep(0.05)
    return state


async def worked(services: Services, *job_ids: UUID) -> None:
    """Let a worker process run jobs to their ends and stop."""
    async with running(services.settings, "work") as worker:
        for id in job_ids:
            await ended(services, id)
        worker.send_signal(signal.SIGTERM)
        await asyncio.wait_for(worker.wait(), 60)
    await asyncio.to_thread(services.tracing.close)


async def uploaded(services: Services, name: str, content: bytes, **headers: str) -> UUID:
    """Submit a file by the API of a real server as a power user."""
    async with (
        serving(services, wiring.asgi) as server,
        httpx.AsyncClient(base_url=server.url) as nobody,
        visiting(server.services, nobody, Role.POWER_USER) as visitor,
    ):
        answer = await visitor.http.post("/api/ingestion/uploads", files={"file": (name, content)}, headers=headers)
    assert answer.status_code == 202, answer.text
    return UUID(answer.json()["job_ids"][0])


def below(collector: Collector, span: Seen) -> list[str]:
    """Return the names of the spans right below one, in the order in which they ended."""
    return [one.name for one in collector.spans() if one.parent == span.id]


async def test_a_submission_is_one_trace(services: Services, collector: Collector) -> None:
    job_id = await uploaded(services, f"{SECRET}.txt", f"Tide tables of {SECRET}.".encode(), traceparent=OUTSIDE)
    await worked(services, job_id)
    [request] = [span for span in collector.spans() if span.facts.get("http.route") == "/api/ingestion/uploads"]
    [submit], [attempt] = collector.named(AuditAction.SUBMIT), collector.named("attempt documents")
    assert (request.trace, request.parent) == (OUTSIDE[3:35], OUTSIDE[36:52])
    assert request.facts["http.response.status_code"] == 202
    assert (submit.parent, attempt.parent) == (request.id, submit.id)
    assert below(collector, submit) == ["issue tickets", "attempt documents"]
    assert below(collector, attempt) == [f"step {step}" for step in STEPS]
    assert {span.trace for span in (submit, attempt)} == {request.trace}
    assert (request.service, attempt.service) == ("tidegate-serve", "tidegate-worker")
    assert attempt.facts["tidegate.job.id"] == str(job_id)
    assert (attempt.facts["tidegate.outcome"], attempt.failed) == ("ingested", None)
    assert collector.named("step index")[0].facts["tidegate.document.passages"] == 1
    assert collector.keys == {"known"}
    assert not any(SECRET.encode() in body for body in collector.bodies)


async def test_a_failure_tells_its_code_and_its_retry_stays_in_the_trace(services: Services, collector: Collector) -> None:
    job_id = await uploaded(services, f"{SECRET}.pdf", b"%PDF-1.7 " + SECRET.encode())
    await worked(services, job_id)
    code = (await story.job(services, job_id)).attempts[-1].failure_code
    assert code == FailureCode.DOCUMENT_CORRUPT
    [attempt], [step] = collector.named("attempt documents"), collector.named("step extract")
    for span in (attempt, step):
        assert span.failed == span.facts["tidegate.failure.code"] == span.facts["error.type"] == code
    assert attempt.facts["tidegate.retried"] is False
    assert not any(SECRET.encode() in body for body in collector.bodies)


async def test_tracing_is_off_and_not_even_imported_without_an_endpoint(settings: Settings) -> None:
    script = (
        "import asyncio, sys\nfrom tidegate import settings, wiring\n"
        "async def main():\n async with wiring.running(settings.load(), name='x') as services:\n"
        "  wiring.asgi(services); print(services.tracing.here(), 'opentelemetry.sdk' in sys.modules)\n"
        "asyncio.run(main())"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, env=environment(settings), cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.PIPE
    )
    assert (await process.communicate())[0].decode().split() == ["None", "False"]
