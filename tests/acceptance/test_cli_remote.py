"""Commands against a server: what is named by --server or TIDEGATE_SERVER, with a token, and never the database instead."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from tests import processes, story, visitors
from tests.acceptance.conftest import LiveServer
from tidegate.domain.actor import Role
from tidegate.worker.loop import work


class Remote:
    """A shell on another machine: it knows the server's address and a token, and has no database."""

    def __init__(self, server: LiveServer, token: str, home: Path) -> None:
        kept = {name: value for name, value in processes.environment(server.services.settings).items() if "TIDEGATE_" not in name}
        self.environment = kept | {"HOME": str(home), "TIDEGATE_SERVER": server.url, "TIDEGATE_TOKEN": token}

    async def run(self, *words: object, **environment: str) -> tuple[int, str, str]:
        """Run a command and return its exit status, stdout and stderr."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tidegate", *map(str, words), env=self.environment | environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()


@pytest.fixture
async def remote(live_server: LiveServer, tmp_path: Path) -> Remote:
    person = await story.person(live_server.services, Role.POWER_USER)
    return Remote(live_server, await visitors.token(live_server.services, person), tmp_path)


async def test_a_document_is_sent_waited_for_looked_at_and_retried(
    remote: Remote, live_server: LiveServer, tmp_path: Path
) -> None:
    folder = tmp_path / "papers"
    (folder / "below").mkdir(parents=True)
    (folder / "gate.txt").write_text("The gate opens at six.", encoding="utf-8")
    (folder / "below" / "empty.txt").write_text("", encoding="utf-8")
    stop = asyncio.Event()
    working = asyncio.create_task(work(live_server.services, stop))
    status, out, _ = await remote.run("ingest", folder, "--wait", "--json")
    batch = msgspec.json.decode(out)
    assert (status, batch["states"]) == (1, {"succeeded": 1, "failed": 1})
    status, out, _ = await remote.run("wait", batch["batch"]["id"], "--within", "30")
    assert (status, out.splitlines()[1]) == (1, "  1 document_empty")
    stop.set()
    await working

    _, out, _ = await remote.run("jobs", "--failure", "document_empty")
    columns, row = (line.split("\t") for line in out.splitlines())
    job = dict(zip(columns, row, strict=True))
    assert (job["state"], job["name"]) == ("failed", "empty.txt")
    _, out, _ = await remote.run("job", job["id"])
    assert "document_empty: There is no text in the document." in out
    status, out, _ = await remote.run("retry", job["id"], "--reason", "written since")
    assert out.startswith("Queued as attempt 2; audit event ")
    assert (await story.job(live_server.services, UUID(job["id"]))).attempts[0].reason == "written since"
    status, out, err = await remote.run("retry", job["id"])
    assert (status, out, "queued" in err) == (2, "", True)
    status, out, _ = await remote.run("cancel", job["id"])
    assert (status, out.startswith("Cancelled in attempt 2")) == (0, True)


async def test_what_a_server_cannot_be_asked_is_refused_rather_than_done_elsewhere(remote: Remote) -> None:
    status, _, err = await remote.run("causes")
    assert (status, err) == (
        2,
        "tidegate: this works on the database, not on a server; unset TIDEGATE_SERVER where the database is\n",
    )
    status, _, err = await remote.run("retry", "--failure", "ocr_failed", "--reason", "x")
    assert (status, "one job, by its id" in err) == (2, True)
    status, _, err = await remote.run("jobs", TIDEGATE_TOKEN="tdg_nobody")
    assert (status, err) == (2, "tidegate: Sign in first.\n")
    status, _, err = await remote.run("jobs", TIDEGATE_SERVER="harbour")
    assert (status, "begins with http:// or https://" in err) == (2, True)
