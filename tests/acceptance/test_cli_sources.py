"""Sources by command, with what a running worker makes of them."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command_line import Shell, shell
from tests.operations.sources.places import files


@pytest.fixture(scope="module")
def home() -> Iterator[Shell]:
    with shell(held=True) as made:
        yield made


@pytest.fixture
def folder() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="tidegate-source-", dir="/tmp"))
    files(place, 3)
    yield place
    shutil.rmtree(place)


def ended(home: Shell, id: str, n: int) -> list[dict[str, Any]]:
    """Wait for the end of `n` scans of a source and return them, newest first."""
    scans: list[dict[str, Any]] = []
    for _ in range(60):
        scans = home.json("sources", "log", id)
        if len(scans) == n and scans[0]["ended_at"]:
            return scans
        time.sleep(0.5)
    raise AssertionError(scans)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_source_is_kept_by_commands(home: Shell, folder: Path) -> None:
    roots = {"TIDEGATE_FOLDER_ROOTS": str(folder)}
    assert home.run("sources", "list").stdout.count("\n") == 1
    refused = home.run("sources", "add", "inbox", folder)
    assert (refused.returncode, "TIDEGATE_FOLDER_ROOTS" in refused.stderr) == (2, True)
    wrong = home.run("sources", "add", "inbox", folder, "--every", "often", **roots)
    assert (wrong.returncode, "such as 15m" in wrong.stderr) == (2, True)
    id = home.json("sources", "add", "inbox", folder, "--every", "1d", "--pattern", "*.txt", **roots)["id"]
    with home.start("work", **roots):
        [first] = ended(home, id, 1)
        assert (first["seen"], first["submitted"], first["unchanged"], first["scheduled"]) == (3, 3, 0, True)
        (folder / "new.txt").write_text("new", encoding="utf-8")
        assert home.json("sources", "change", id, "--every", "hand", **roots)["id"] == id
        asked = home.json("sources", "scan", id, "--reason", "there is a new one")
        [second, _] = ended(home, id, 2)
    assert (second["id"], second["seen"], second["submitted"], second["unchanged"]) == (asked["scan_id"], 4, 1, 3)
    assert home.json("jobs", "--batch", second["batch_id"])["jobs"][0]["name"] == "new.txt"
    [row] = home.run("sources", "list").stdout.splitlines()[1:]
    assert row.split("\t")[1:6] == ["inbox", str(folder), "documents", "by hand", "no"]
    assert home.run("sources", "log", id).stdout.splitlines()[1].split("\t")[8] == "done"

    assert home.run("sources", "pause", id).stdout.startswith("Paused; audit event ")
    assert home.run("sources", "scan", id).stderr == "tidegate: This source is paused: resume it first.\n"
    assert home.run("sources", "resume", id).returncode == 0
    assert home.run("sources", "remove", id, "--reason", "moved").returncode == 0
    acts = [event["body"]["action"] for event in home.json("audit", "--target", id)["events"]]
    assert acts == [f"source.{act}" for act in ("remove", "resume", "pause", "scan", "change", "create")]
