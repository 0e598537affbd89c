"""What docs/how-to/retry-every-morning.md says is done as it stands there, on a real home and against a real server."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest

from tests.acceptance.command_line import Shell, shell
from tidegate.demo import DOCUMENTS

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "retry-every-morning.md"
SERVER = "http://127.0.0.1:8750"


@pytest.fixture
def home() -> Iterator[Shell]:
    """A home with one document that is protected by a password."""
    with shell(held=True) as made:
        [protected] = DOCUMENTS.glob("crew-salaries-protected.docx")
        assert made.json("ingest", protected, "--wait")["failures"] == {"document_encrypted": 1}
        yield made


def commands() -> list[str]:
    """The blocks of commands of the page."""
    return re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def script() -> str:
    """The one script of the page."""
    [found] = re.findall(r"^```bash\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return str(found)


def bash(home: Shell, text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run what a page says in a shell that finds `tidegate`."""
    here = home._environment(environment)
    path = os.pathsep.join([str(Path(sys.executable).parent), here.get("PATH", os.defpath)])
    return subprocess.run(
        ["bash", "-eu", "-c", text], check=False, capture_output=True, text=True, timeout=100, env=here | {"PATH": path}
    )


def worked_off(home: Shell, id: str) -> None:
    """Wait until the server has decided on every job of a retry."""
    until = time.monotonic() + 60
    while home.json("retries", id)["retry"]["finished_at"] is None:
        assert time.monotonic() < until, "the server does not work it off"
        time.sleep(0.2)


def test_the_commands_look_retry_and_acknowledge(home: Shell) -> None:
    causes, look, retry, listing, _, acknowledge = commands()
    assert "document_encrypted" in bash(home, causes).stdout
    assert bash(home, look).stdout.startswith("1 would be retried.\n  1 from the first step\n")
    done = bash(home, retry)
    assert (done.returncode, done.stdout.partition(",")[0]) == (0, "1 retried")
    assert "The passwords came at six" in bash(home, listing).stdout
    again = bash(home, retry)
    assert (again.returncode, again.stderr) == (0, "tidegate: nothing to retry\n")
    assert (bash(home, acknowledge).returncode, bash(home, acknowledge).stderr) == (0, "tidegate: nothing to acknowledge\n")


@pytest.mark.skipif(not (which("curl") and which("jq")), reason="the script takes curl and jq")
def test_the_script_retries_once_and_is_quiet_when_there_is_nothing(home: Shell) -> None:
    token = bash(home, commands()[4]).stdout.splitlines()[-1]
    assert token.startswith("tdg_")
    with home.start("serve", "--port", "0") as server:
        address = server.line(" is at ").partition(" is at ")[2]
        morning = script().replace(SERVER, address)
        first = bash(home, morning, TIDEGATE_TOKEN=token)
        assert first.returncode == 0, first.stdout + first.stderr
        told, id = first.stdout.splitlines()
        assert told == "1 to retry, 0 left out"
        retry = home.json("retries", id)["retry"]
        assert (retry["requester_name"], retry["reason"], retry["total"]) == ("morning", "The passwords came at six", 1)
        worked_off(home, id)
        again = bash(home, morning, TIDEGATE_TOKEN=token)
        assert (again.returncode, again.stdout) == (0, "0 to retry, 0 left out\n")
        assert bash(home, morning, TIDEGATE_TOKEN="tdg_no").returncode == 22
