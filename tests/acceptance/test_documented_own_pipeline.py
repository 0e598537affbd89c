"""The blocks of docs/tutorial/own-pipeline.md do, one after another, what the page says of them; and its steps may be killed."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests import processes, story
from tests.acceptance.command_line import Shell, shell
from tidegate.domain.lifecycle import Origin, State
from tidegate.ledger.views import JobFilter
from tidegate.operations import reading
from tidegate.operations.door import Services

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "own-pipeline.md"
ROWS = 40_000
SECONDS = 60.0


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def module() -> str:
    """Return the module of the page, whose two blocks stand in one file."""
    failures, steps, _ = blocks("python")
    return f"{failures}\n\n{steps}"


def bash(home: Shell, text: str) -> str:
    """Run what the page says in a shell with its variables, that finds `tidegate` and `python`; return all that it prints."""
    set_up = blocks("sh")[0].replace("TIDEGATE_HOME=$HOME/tidegate-tides", f"TIDEGATE_HOME={home.home}")
    here = home._environment({})
    path = os.pathsep.join([str(Path(sys.executable).parent), here.get("PATH", os.defpath)])
    done = subprocess.run(
        ["bash", "-c", f"{set_up}\n{text}"], check=False, capture_output=True, text=True, timeout=100, env=here | {"PATH": path}
    )
    return done.stdout + done.stderr


@pytest.fixture
def home() -> Iterator[Shell]:
    """A home with the page's module in it, and a running Tidegate that has loaded it."""
    with shell(held=True) as made:
        bash(made, "")
        folder = made.home / "pipelines"
        (folder / "tides.py").write_text(module(), encoding="utf-8")
        (folder / "show_tides.py").write_text(blocks("python")[2], encoding="utf-8")
        with made.start("up", "--port", "0", PYTHONPATH=str(folder), TIDEGATE_PIPELINES="tides") as up:
            up.line(" is at ")
            yield made
            up.process.send_signal(signal.SIGTERM)
            up.process.wait(60)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_tutorial_leads_from_two_failures_of_its_own_to_a_table(home: Shell) -> None:
    _, _, missing, found, mended, mended_too, rows, again, away = blocks("sh")
    told = bash(home, missing)
    assert "  1 tides.column_missing: A column is missing. Export the file with the columns" in told
    [job] = home.json("jobs", "--failure", "tides.column_missing")["jobs"]

    def said(block: str) -> str:
        return bash(home, re.sub(r"\bID\b", job["id"], block).replace("BATCH", job["batch_id"]))

    told = said(found)
    assert "levels.csv" in told
    assert "The column level is missing." in told
    assert re.search(r"tides\.column_missing\ttides\tcheck", told)
    assert "0 of 1 succeeded, 1 failed" in said(mended)
    told = said("tidegate job ID")
    assert "Row 3: the level is not a number." in told
    assert "high" not in told
    told = said(mended_too)
    assert "1 of 1 succeeded" in told
    assert re.search(r"3\t2\tcheck\tsucceeded\t.*\t3/3 items", told), told
    assert re.search(r"3\t3\tstore\tsucceeded\t.*\t3/3 items", told), told
    assert "recovered" in told
    table, _, hits = bash(home, rows).partition("Tolkmicko 0 0.9\n")
    assert table == "Elbing 0 1.2\nElbing 6 4.8\n"
    assert "levels.csv" in hits
    assert "1 of 1 succeeded (1 known already)" in bash(home, again)

    bash(home, "\n".join(away.splitlines()[:2]))
    [job] = home.json("jobs", "--failure", "tides.column_missing")["jobs"]
    told = said("\n".join(away.splitlines()[2:]))
    assert "other.csv" in told
    assert "The pipeline failed for a reason of its own: tides.column_missing." in told


@asynccontextmanager
async def working(services: Services, folder: Path) -> AsyncIterator[processes.Process]:
    """A worker process that has loaded the page's module from a folder."""
    under = {"PYTHONPATH": str(folder)}
    async with processes.running(services.settings, "work", under=under, pipelines="tides", lease_seconds="12") as process:
        yield process


async def counted(services: Services) -> int:
    """Return how many rows are stored."""
    async with services.pool.connection() as connection:
        row = await (await connection.execute("SELECT to_regclass('pipelines.tides') IS NOT NULL")).fetchone()
        if row is None or not row[0]:
            return 0
        row = await (await connection.execute("SELECT count(*) FROM pipelines.tides")).fetchone()
        return int(row[0]) if row else 0


async def first_rows(services: Services) -> list[object]:
    """Return the versions of the first rows, which change when a row is written again."""
    async with services.pool.connection() as connection:
        found = await connection.execute("SELECT xmin::text FROM pipelines.tides WHERE hour < 500 ORDER BY hour")
        return [row[0] for row in await found.fetchall()]


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_worker_that_is_killed_in_the_middle_costs_no_row_and_none_is_written_twice(
    services: Services, tmp_path: Path
) -> None:
    (tmp_path / "tides.py").write_text(module(), encoding="utf-8")
    table = tmp_path / "levels.csv"
    table.write_text("station,hour,level\n" + "".join(f"Elbing,{n},{n / 10}\n" for n in range(ROWS)), encoding="utf-8")
    async with asyncio.timeout(3 * SECONDS):
        async with working(services, tmp_path) as worker:
            submitting = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tidegate", "ingest", str(table), "--pipeline", "tides", stdout=asyncio.subprocess.DEVNULL,
                env={**processes.environment(services.settings, pipelines="tides"), "PYTHONPATH": str(tmp_path)},
            )  # fmt: skip
            assert await submitting.wait() == 0
            while await counted(services) < 2_000:
                await asyncio.sleep(0.02)
            worker.kill()
            await worker.wait()
        before, versions = await counted(services), await first_rows(services)
        assert 2_000 <= before < ROWS
        [job] = (await reading.list_jobs(services, story.OPERATOR.actor, JobFilter())).jobs
        async with working(services, tmp_path):
            while not (seen := await story.job(services, job.id)).summary.state.is_terminal:
                await asyncio.sleep(0.2)
    assert seen.summary.state is State.SUCCEEDED
    assert [(attempt.origin, attempt.failure_code) for attempt in seen.attempts] == [
        (Origin.WORKER_LOST, None), (Origin.SUBMITTED, "worker_lost"),
    ]  # fmt: skip
    steps = {step.name: step for step in seen.steps if step.attempt_no == 2}
    assert (steps["check"].resumed, steps["store"].progress_done, steps["store"].progress_total) == (True, ROWS, ROWS)
    assert (await counted(services), await first_rows(services)) == (ROWS, versions)
