"""The commands of docs/tutorial/first-failure.md do, one after another, what the page says of them."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.command_line import Shell, shell

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "first-failure.md"


@pytest.fixture
def home() -> Iterator[Shell]:
    """A home with a running Tidegate and the demo's viewer in it. What the demo adds besides, test_cli_demo.py looks at."""
    with shell(held=True) as made:
        assert made.run("person", "add", "viewer", "--role", "viewer").returncode == 0
        with made.start("up", "--port", "0") as up:
            up.line(" is at ")
            yield made
            up.process.send_signal(signal.SIGTERM)
            up.process.wait(60)


def commands() -> list[str]:
    """Return the blocks of commands of the page, without the two that set up the terminals."""
    return re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)[2:]


def bash(home: Shell, text: str) -> subprocess.CompletedProcess[str]:
    """Run what the page says in a shell that finds `tidegate`."""
    here = home._environment({})
    path = os.pathsep.join([str(Path(sys.executable).parent), here.get("PATH", os.defpath)])
    command = ["bash", "-c", text]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=100, env=here | {"PATH": path})


def state_at_the_end(home: Shell) -> str:
    """Wait for the end of the one job and return its state."""
    until = time.monotonic() + 60
    while (state := str(home.json("jobs")["jobs"][0]["state"])) in {"queued", "running"}:
        assert time.monotonic() < until
        time.sleep(0.2)
    return state


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_tutorial_leads_from_a_failure_to_its_proof(home: Shell) -> None:
    broken, fixed, retry, find, prove, forbidden, denied = commands()
    told = bash(home, broken)
    assert re.match(r"Batch [0-9a-f-]+: 0 of 1 succeeded \(0 known already\), 1 failed, 0 cancelled\.\n", told.stdout)
    assert "1 document_empty: There is no text in the document." in told.stdout
    [job] = home.json("jobs", "--state", "failed")["jobs"]
    bash(home, fixed)
    again = bash(home, retry.replace(" ID ", f" {job['id']} "))
    assert "tides.csv" in again.stdout, again.stderr
    assert state_at_the_end(home) == "succeeded"
    assert "tides.csv" in bash(home, find).stdout
    assert "The export ran again" in home.run("audit", "--action", "ingestion.retry", "--json").stdout
    assert "ingestion.retry" in bash(home, prove).stdout
    refused = bash(home, forbidden.replace("retry ID", f"retry {job['id']}; echo $?"))
    assert (refused.stderr.splitlines()[-1], refused.stdout) == ("tidegate: This needs the role power user.", "2\n")
    assert "ingestion.retry" in bash(home, denied).stdout
