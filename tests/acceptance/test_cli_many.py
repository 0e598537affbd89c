"""Many jobs from the shell: by cause, looked at first, retried as one act, worked off without a server, acknowledged."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.command_line import COMMAND, Shell, shell
from tests.documents import write


@dataclass(frozen=True)
class Failed:
    """Three jobs of one batch that have failed for one cause, the newest first."""

    batch: str
    ids: list[str]

    @property
    def which(self) -> tuple[str, ...]:
        """The options that narrow to them."""
        return ("--failure", "document_empty", "--batch", self.batch)


@pytest.fixture(scope="module")
def home() -> Iterator[Shell]:
    with shell(held=True) as made:
        yield made


@pytest.fixture
def failed(home: Shell, tmp_path: Path) -> Failed:
    for name in ("a.txt", "b.txt", "c.txt"):
        write(tmp_path, name, b"")
    batch = home.json("ingest", tmp_path, "--wait")["batch_id"]
    return Failed(batch, [job["id"] for job in home.json("jobs", "--batch", batch)["jobs"]])


@contextmanager
def terminal(answer: str) -> Iterator[int]:
    """Give a terminal at which a person has typed an answer."""
    person, program = os.openpty()
    try:
        os.write(person, f"{answer}\n".encode())
        yield program
    finally:
        os.close(person)
        os.close(program)


def asked(home: Shell, answer: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command whose question a person answers."""
    with terminal(answer) as stdin:
        return subprocess.run(
            [*COMMAND, *words], check=False, stdin=stdin, capture_output=True, text=True, timeout=100, cwd="/",
            env=home._environment({}),
        )  # fmt: skip


def states(home: Shell, *words: str) -> list[str]:
    return [job["state"] for job in home.json("jobs", *words)["jobs"]]


def test_a_cause_counts_what_its_list_has(home: Shell, failed: Failed) -> None:
    [cause] = home.json("causes", "--window", "7d")["causes"]
    listed = home.json("jobs", "--failure", "document_empty", "--attention", "unresolved", "--step", cause["key"]["step"])["jobs"]
    assert set(failed.ids) <= {job["id"] for job in listed}
    assert (cause["key"]["failure_code"], cause["unresolved"]) == ("document_empty", len(listed))
    row = home.run("causes").stdout.splitlines()[1].split("\t")
    assert (row[0], row[3], row[-1][-1]) == (str(len(listed)), "document_empty", "█")


def test_what_was_looked_at_is_retried_without_a_server(home: Shell, failed: Failed) -> None:
    shown = home.run("retry", *failed.which, "--failed-since", "1h", "--dry-run")
    assert shown.stdout == "3 would be retried.\n  3 from the first step\nSuch as: c.txt, b.txt, a.txt\n"
    assert home.json("retry", *failed.which, "--dry-run")["will_retry"] == 3
    assert states(home, *failed.which) == ["failed"] * 3

    done = home.run("retry", *failed.which, "--reason", "filled", "--yes", "--wait")
    assert (done.returncode, done.stdout.partition(".")[0]) == (0, "3 retried, 0 skipped, 0 refused, 0 left out")
    assert states(home, "--batch", failed.batch, "--attention", "retrying") == ["queued"] * 3

    [retry] = home.json("retries", "--limit", "1")["retries"]
    one = home.json("retries", retry["id"], "--verdict", "retried")
    assert (one["retry"]["retried"], one["outcomes"]) == (3, {"retrying": 3})
    assert [item["job_id"] for item in one["items"]] == failed.ids
    assert "reason\tfilled\n" in home.run("retries", retry["id"]).stdout
    events = home.json("audit", "--action", "ingestion.retry", "--limit", "3")["events"]
    assert {event["body"]["parent_id"] for event in events} == {retry["audit_event_id"]}


def test_a_person_is_asked_before_many_are_retried(home: Shell, failed: Failed) -> None:
    again = ("retry", *failed.which, "--reason", "again")
    unasked = home.run(*again)
    assert (unasked.returncode, unasked.stdout) == (2, "")
    assert unasked.stderr.endswith("tidegate: this would retry 3 jobs: --yes does it, --dry-run only looks\n")
    no = asked(home, "no", *again)
    assert (no.returncode, no.stdout) == (0, "")
    assert "Retry these 3? [y/N] Nothing was retried." in no.stderr
    assert states(home, *failed.which) == ["failed"] * 3
    yes = asked(home, "y", *again)
    assert (yes.returncode, yes.stdout.splitlines()[0]) == (0, "3 will be retried by a server or a worker, 0 left out.")
    newest, *older = home.json("retries")["retries"]
    assert newest["narrowed"]["batch_id"] == failed.batch
    assert home.json("retries", "--before", newest["id"])["retries"] == older


def test_ids_are_retried_together_and_what_cannot_be_is_told(home: Shell, failed: Failed) -> None:
    assert home.json("retry", failed.ids[0])["attempt_no"] == 2
    many = home.json("retry", *failed.ids, "--reason", "again", "--yes")
    assert (many["total"], many["left_out"]) == (2, 0)
    quiet = home.run("retry", "--batch", failed.batch, "--step", "index", "--reason", "again", "--yes", "--json")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "null\n", "tidegate: nothing to retry\n")
    nothing = home.run("retry", failed.ids[0], failed.ids[0], "--reason", "again", "--yes")
    assert (nothing.returncode, nothing.stderr) == (2, "tidegate: None of these jobs can be retried now.\n")


def test_failures_are_acknowledged_one_or_many_and_taken_back(home: Shell, failed: Failed) -> None:
    assert home.json("acknowledge", failed.ids[0], "--reason", "a template")["acknowledged"] is True
    assert "a template" in home.run("job", failed.ids[0]).stdout
    many = ("acknowledge", "--batch", failed.batch, "--reason", "templates")
    unasked = home.run(*many)
    assert (unasked.returncode, unasked.stderr) == (2, "tidegate: this would acknowledge 2 failures: --yes does it\n")
    assert "Nothing was acknowledged." in asked(home, "", *many).stderr
    assert asked(home, "yes", *many).stdout.startswith("Acknowledged 2 failures; audit event ")
    assert states(home, "--batch", failed.batch, "--attention", "acknowledged") == ["failed"] * 3
    none = home.run(*many)
    assert (none.returncode, none.stdout, none.stderr) == (0, "", "tidegate: nothing to acknowledge\n")
    assert home.json("unacknowledge", failed.ids[0], "--reason", "no template")["acknowledged"] is False
    [job] = home.json("jobs", "--batch", failed.batch, "--attention", "unresolved")["jobs"]
    assert job["id"] == failed.ids[0]


def test_a_viewers_token_neither_looks_at_a_retry_nor_makes_one(home: Shell, failed: Failed) -> None:
    assert home.run("person", "add", "vera", "--role", "viewer").returncode == 0
    token = home.run("token", "create", "--person", "vera", "--name", "script").stdout.strip()
    for words in (
        ("retry", *failed.which, "--dry-run"),
        ("retry", *failed.which, "--reason", "please", "--yes"),
        ("acknowledge", *failed.which, "--reason", "please", "--yes"),
    ):
        denied = home.run(*words, TIDEGATE_TOKEN=token)
        assert (denied.returncode, denied.stderr) == (2, "tidegate: This needs the role power user.\n"), words
    assert states(home, *failed.which) == ["failed"] * 3
    for words in (("causes",), ("retries",)):
        assert home.run(*words, TIDEGATE_TOKEN=token).returncode == 0


def test_a_batch_and_a_document_are_read(home: Shell, tmp_path: Path) -> None:
    write(tmp_path, "tides.txt", "High water at noon.\nLow water at six.")
    batch = home.json("ingest", tmp_path, "--wait")["batch_id"]
    shown = home.run("batches", batch).stdout
    assert "jobs\t1\nqueued\t0\nrunning\t0\nsucceeded\t1\n" in shown
    [job] = home.json("jobs", "--batch", batch, "--since", "1h", "--source", "folder")["jobs"]
    assert home.run("content", job["document_id"]).stdout.startswith("High water at noon.\nLow water at six.\n")
    read = home.json("content", job["document_id"])
    assert (read["document"]["name"], len(read["chunks"])) == ("tides.txt", 1)
