"""The example in docs/how-to/own-pipeline.md is a pipeline that a real worker runs, and whose failure it explains."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests import processes, story
from tidegate.domain.lifecycle import State
from tidegate.ledger.views import JobFilter
from tidegate.operations import reading
from tidegate.operations.diagnostics import OpenDiagnostic
from tidegate.operations.door import Services, perform

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "own-pipeline.md"
WORKER_SECONDS = 30.0
PIPELINES = "csv_rows,borrower"
BORROWER = """
from csv_rows import NO_ROWS
from tidegate.pipeline.documents import fetch
from tidegate.pipeline.registry import pipeline, step
from tidegate.pipeline.step import StepFailed


@step
async def borrow(context):
    raise StepFailed(NO_ROWS, "what another pipeline declares", lines=7)


pipeline("borrower", steps=[fetch, borrow])
"""
"""A pipeline that fails by another's code, which it has not declared and may not declare."""


def example() -> str:
    """Return the one block of Python on the page."""
    [code] = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return str(code)


@pytest.fixture
async def worker(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[processes.Process]:
    """A worker process that was told of the module, and is alive."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "csv_rows.py").write_text(example(), encoding="utf-8")
    (modules / "borrower.py").write_text(BORROWER, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(modules))
    async with processes.running(services.settings, "work", pipelines=PIPELINES) as process:
        async with asyncio.timeout(WORKER_SECONDS):
            while not await reading.list_workers(services, story.OPERATOR.actor):
                assert process.returncode is None
                await asyncio.sleep(0.1)
        yield process


async def ingest(services: Services, path: Path, pipeline: str = "csv_rows") -> tuple[int, dict[str, Any]]:
    """Run `tidegate ingest … --wait --json` and return its exit status and its result."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tidegate", "ingest", str(path), "--pipeline", pipeline, "--wait", "--json",
        env=processes.environment(services.settings, pipelines=PIPELINES),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, json.loads(out)


async def the_job(services: Services, batch_id: str) -> UUID:
    """Return the id of a batch's only job."""
    narrowed = JobFilter(batch_id=UUID(batch_id))
    [found] = (await reading.list_jobs(services, story.OPERATOR.actor, narrowed)).jobs
    return found.id


@pytest.mark.usefixtures("worker")
async def test_the_documented_pipeline_counts_rows(services: Services, tmp_path: Path) -> None:
    table = tmp_path / "tides.csv"
    table.write_text("hour,level\n0,1.2\n6,4.8\n12,1.1\n", encoding="utf-8")
    status, result = await ingest(services, table)
    assert (status, result["succeeded"]) == (0, 1)

    job = await story.job(services, await the_job(services, result["batch_id"]))
    [alive] = await reading.list_workers(services, story.OPERATOR.actor)
    assert [attempt.worker_id for attempt in job.attempts] == [alive.id]
    assert [(step.name, step.state) for step in job.steps] == [
        (name, State.SUCCEEDED) for name in ("fetch", "count_rows", "keep")
    ]
    assert job.document is not None
    content = await reading.read_content(services, story.OPERATOR.actor, job.document.id)
    assert [chunk.body for chunk in content.chunks] == ["3 rows"]


@pytest.mark.usefixtures("worker")
async def test_the_documented_failure_is_one_of_the_pipelines_own(services: Services, tmp_path: Path) -> None:
    table = tmp_path / "tides.csv"
    table.write_text("hour,level\n", encoding="utf-8")
    status, result = await ingest(services, table)
    assert (status, result["failures"]) == (1, {"csv_rows.no_rows": 1})

    job = await story.job(services, await the_job(services, result["batch_id"]))
    assert [(step.name, step.state) for step in job.steps] == [
        ("fetch", State.SUCCEEDED),
        ("count_rows", State.FAILED),
    ]
    assert (job.summary.failure_code, job.summary.failure_params) == ("csv_rows.no_rows", {"lines": 1})
    assert job.summary.failure is not None
    assert job.summary.failure.message == "The pipeline failed for a reason of its own: csv_rows.no_rows."  # not loaded here


@pytest.mark.usefixtures("worker")
async def test_another_pipelines_failure_becomes_internal_and_its_name_stays_in_the_diagnostic(
    services: Services, tmp_path: Path
) -> None:
    table = tmp_path / "tides.csv"
    table.write_text("hour,level\n0,1.2\n", encoding="utf-8")
    status, result = await ingest(services, table, "borrower")
    assert (status, result["failures"]) == (1, {"internal": 1})
    reference = (await story.job(services, await the_job(services, result["batch_id"]))).summary.diagnostic_ref
    assert reference is not None
    opened = await perform(services, story.OPERATOR, OpenDiagnostic(reference))
    assert opened.detail == "csv_rows.no_rows is not declared by this pipeline\nwhat another pipeline declares"
