"""`tidegate ingest` in a fresh home: every document ends, and the answer and the status tell how."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.command_line import Shell, shell
from tests.documents import long_pdf, pdf, write
from tidegate.demo import DOCUMENTS


@pytest.fixture(scope="module")
def home() -> Iterator[Shell]:
    with shell(held=True) as made:
        yield made


def test_all_succeeded_is_status_0(home: Shell, tmp_path: Path) -> None:
    write(tmp_path, "gate.pdf", pdf(["The northern gate is closed at flood tide."]))
    write(tmp_path / "below", "watch.txt", "The night watch saw a drifting buoy.")
    done = home.run("ingest", tmp_path, "--wait", "--json")
    assert done.returncode == 0
    answer = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", done.stdout)
    assert answer == '{"batch_id":"ID","submitted":2,"succeeded":2,"failed":0,"cancelled":0,"duplicates":0,"failures":{}}\n'
    hits = home.json("search", "northern", "gate")
    assert [hit["name"] for hit in hits] == ["gate.pdf"]
    assert home.json("search", '"drifting buoy"')[0]["name"] == "watch.txt"


def test_some_failed_is_status_1_with_their_codes(home: Shell, tmp_path: Path) -> None:
    write(tmp_path, "empty.pdf", b"")
    write(tmp_path, "program.pdf", (DOCUMENTS / "invoice-4711.pdf").read_bytes())
    write(tmp_path, "fine.txt", "The pilot boards west of the light.")
    write(tmp_path, "twice.txt", "The pilot boards west of the light.")
    done = home.run("ingest", tmp_path / "fine.txt", tmp_path, "--wait")
    assert done.returncode == 1
    assert "3 of 5 succeeded (2 known already), 2 failed" in done.stdout
    assert "1 document_empty: There is no text in the document." in done.stdout
    assert "this command works itself" in done.stderr
    page = home.json("jobs", "--state", "failed", "--failure", "type_mismatch")
    assert [job["name"] for job in page["jobs"]] == ["program.pdf"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["/no/such/folder"], "/no/such/folder: There is no such file or folder."),
        (["ftp://quay.example/a.pdf"], "ftp://quay.example/a.pdf: This is no web address"),
        (["https://"], "https://: This is no web address"),
        (["/etc/hostname", "--pipeline", "smelter"], "There is no pipeline of this name. Known: documents."),
        (["/etc/hostname", "--reason", "x" * 501], "A reason has at most 500 characters."),
    ],
)
def test_wrong_use_submits_nothing(home: Shell, words: list[str], told: str) -> None:
    before = home.json("jobs", "--limit", "1")["jobs"]
    done = home.run("ingest", *words, "--wait", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"tidegate: {told}")
    assert done.stderr.count("\n") == 1
    assert home.json("jobs", "--limit", "1")["jobs"] == before


def test_a_folder_outside_of_the_roots_is_refused(home: Shell, tmp_path: Path) -> None:
    (tmp_path / "allowed").mkdir()
    (tmp_path / "allowed" / "out").symlink_to("/etc")
    for source in (tmp_path, tmp_path / "allowed" / "out" / "hostname"):
        done = home.run("ingest", source, TIDEGATE_FOLDER_ROOTS=str(tmp_path / "allowed"))
        assert done.returncode == 2
        assert done.stderr == f"tidegate: {source}: This path is not below a folder that may be ingested from.\n"


def test_an_address_on_a_private_network_fails_its_job_alone(home: Shell) -> None:
    done = home.run("ingest", "http://127.0.0.1:9/a.pdf", "--wait", "--json")
    assert done.returncode == 1
    assert '"failures":{"source_blocked_address":1}' in done.stdout


def test_without_waiting_the_jobs_are_left_to_a_worker(home: Shell, tmp_path: Path) -> None:
    write(tmp_path, "later.txt", "Later.")
    batch = home.json("ingest", tmp_path)["batch_id"]
    assert [job["state"] for job in home.json("jobs", "--batch", batch)["jobs"]] == ["queued"]


def test_interrupted_waiting_leaves_the_jobs_in_the_ledger(home: Shell, tmp_path: Path) -> None:
    for number in range(6):
        write(tmp_path, f"{number}.pdf", long_pdf(60 + number))
    with home.start("ingest", tmp_path, "--wait", "--json", TIDEGATE_STOP_SECONDS="0", TIDEGATE_CONCURRENCY="1") as waiting:
        assert waiting.process.stderr is not None
        assert "works itself" in waiting.process.stderr.readline()
        waiting.process.send_signal(2)
        rest = waiting.process.communicate(timeout=20)
        assert (waiting.process.returncode, rest[0]) == (130, "")
    found = re.search(r"no longer waiting; the jobs remain. Follow them with `tidegate jobs --batch ([0-9a-f-]+)`", rest[1])
    assert found
    states = {job["state"] for job in home.json("jobs", "--batch", found[1])["jobs"]}
    assert "queued" in states
    assert states <= {"queued", "succeeded"}
