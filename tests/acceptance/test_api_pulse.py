"""The pulse over HTTP and on the command line."""

from collections.abc import Iterator

import pytest

from tests import story
from tests.acceptance.command_line import Shell, shell
from tests.documents import write
from tests.visitors import Visitor
from tidegate.domain.failures import Failure, FailureCode
from tidegate.domain.windows import BARS, Window
from tidegate.operations import execution
from tidegate.operations.door import Services

PULSE = "/api/ingestion/pulse"


@pytest.mark.parametrize("window", Window)
async def test_the_pulse_tells_what_came_of_attempts(services: Services, viewer: Visitor, window: Window) -> None:
    done, broken, waits = (await story.submitted(services, "a.pdf", "b.pdf", "c.pdf")).job_ids
    await execution.succeed(services, await story.begun(services, done), None)
    await execution.fail(services, await story.begun(services, broken), Failure(FailureCode.DOCUMENT_CORRUPT), "")
    shown = (await viewer.http.get(PULSE, params={"window": window.value})).json()
    assert (shown["window"], len(shown["bars"])) == (window.value, BARS[window][1])
    assert shown["since"] == shown["bars"][0]["start"]
    total = shown["total"]
    assert (total["succeeded"], total["failed"], total["cancelled"], total["failure_share"]) == (1, 1, 0, 0.5)
    assert total["wait"].keys() == total["run"].keys() == {"p50", "p95"}
    [documents] = shown["pipelines"]
    assert (documents["pipeline"], documents["waiting"]["n"], documents["waiting"]["job_id"]) == ("documents", 1, str(waits))


async def test_workers_tell_their_jobs(services: Services, viewer: Visitor) -> None:
    hold = await story.begun(services, (await story.submitted(services, "a.pdf")).job_ids[0])
    await execution.start_step(services, hold, 2, 5, "identify")
    [worker] = (await viewer.http.get(PULSE)).json()["workers"]
    assert (worker["worker"]["id"], worker["worker"]["running"]) == (str(hold.worker_id), 1)
    [job] = worker["doing"]
    assert (job["job_id"], job["name"], job["step_name"], job["step_no"]) == (str(hold.job_id), "a.pdf", "identify", 2)


async def test_one_pipeline_is_asked_for_and_another_window_refused(services: Services, viewer: Visitor) -> None:
    await story.failed(services)
    shown = (await viewer.http.get(PULSE, params={"pipeline": "mail"})).json()
    assert ([figures["pipeline"] for figures in shown["pipelines"]], shown["total"]["failed"]) == (["mail"], 0)
    refused = await viewer.http.get(PULSE, params={"window": "9y"})
    assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")


@pytest.fixture(scope="module")
def home() -> Iterator[Shell]:
    with shell(held=True) as made:
        yield made


def test_the_command_line_shows_it_as_lines_and_as_json(home: Shell, tmp_path: object) -> None:
    write(tmp_path, "empty.txt", b"")  # type: ignore[arg-type]
    write(tmp_path, "tide.txt", b"The spring tide rises.")  # type: ignore[arg-type]
    home.run("ingest", tmp_path, "--wait")
    told = home.run("pulse", "--window", "1h")
    assert told.returncode == 0, told.stderr
    head, documents, between, workers = told.stdout.split("\n")[:4]
    line = dict(zip(head.split("\t"), documents.split("\t"), strict=True))
    assert (line["pipeline"], line["succeeded"], line["failed"], line["failure share"]) == ("documents", "1", "1", "50.0%")
    assert 0 < float(line["run p50"]) <= float(line["run p95"])
    assert (between, workers.split("\t")[0]) == ("", "worker")
    whole = home.json("pulse", "--window", "7d", "--pipeline", "documents")
    assert (whole["total"]["failed"], len(whole["bars"])) == (1, 28)
    wrong = home.run("pulse", "--window", "9y")
    assert (wrong.returncode, wrong.stderr) == (2, "tidegate: '9y' is none of: 1h, 24h, 7d, 30d\n")
