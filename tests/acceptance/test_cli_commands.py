"""The commands on one home: what the operator does, and what a person may do by token."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.command_line import Shell, shell
from tests.documents import write


@pytest.fixture(scope="module")
def home() -> Iterator[Shell]:
    with shell(held=True) as made:
        yield made


@pytest.fixture
def failed(home: Shell, tmp_path: Path) -> str:
    """The id of a job that has failed."""
    write(tmp_path, "empty.txt", b"")
    batch = home.json("ingest", tmp_path, "--wait")["batch_id"]
    return str(home.json("jobs", "--batch", batch)["jobs"][0]["id"])


def test_batches_are_listed_and_one_is_shown(home: Shell, failed: str) -> None:
    newest = home.json("batches", "--limit", 1)
    [row] = newest["batches"]
    batch = home.json("job", failed)["summary"]["batch_id"]
    assert (row["batch"]["id"], row["states"]) == (batch, {"failed": 1})
    shown = home.run("batches", batch).stdout
    assert "failed\t1\n" in shown
    assert "failed: document_empty\t1\n" in shown
    assert home.json("batches", batch)["failures"] == {"document_empty": 1}
    assert home.run("batches").stdout.startswith("id\tsubmitted\tby\tpipeline\tjobs\tqueued\t")


def token_of(home: Shell, login: str, role: str) -> str:
    assert home.run("person", "add", login, "--role", role).returncode == 0
    return home.run("token", "create", "--person", login, "--name", "script").stdout.strip()


def test_a_job_is_shown_with_its_remedy_and_retried_on_record(home: Shell, failed: str) -> None:
    shown = home.run("job", failed).stdout
    assert "failure\tdocument_empty\n" in shown
    assert "remedy\tCheck that this is the right file." in shown
    retried = home.json("retry", failed, "--reason", "the file is there now")
    assert (retried["attempt_no"], retried["mode"]) == (2, "restart")
    assert "standing\tno worker is running for the pipeline documents; " in home.run("job", failed).stdout
    assert home.json("job", failed)["standing"]["kind"] == "no_worker"
    (event,) = home.json("audit", "--action", "ingestion.retry", "--target", failed)["events"]
    assert (event["id"], event["body"]["reason"]) == (retried["audit_event_id"], "the file is there now")
    again = home.run("retry", failed)
    assert (again.returncode, again.stderr) == (2, "tidegate: Only a failed job can be retried; this one is queued.\n")
    assert home.json("cancel", failed, "--reason", "enough")["attempt_no"] == 2
    assert home.json("job", failed)["summary"]["state"] == "cancelled"


def test_a_token_may_what_its_person_may_and_a_denial_is_recorded(home: Shell, failed: str) -> None:
    token = token_of(home, "vera", "viewer")
    denied = home.run("retry", failed, TIDEGATE_TOKEN=token)
    assert (denied.returncode, denied.stderr) == (2, "tidegate: This needs the role power user.\n")
    assert home.json("audit", "--target", failed, "--outcome", "denied")["events"][0]["body"]["actor"]["name"] == "vera"
    assert home.run("person", "role", "vera", "power_user").returncode == 0
    assert home.run("retry", failed, TIDEGATE_TOKEN=token).returncode == 0
    (kept,) = home.json("token", "list", TIDEGATE_TOKEN=token)
    assert home.run("token", "revoke", kept["id"], TIDEGATE_TOKEN=token).returncode == 0
    ended = home.run("jobs", TIDEGATE_TOKEN=token)
    assert (ended.returncode, ended.stderr) == (2, "tidegate: TIDEGATE_TOKEN holds no valid token.\n")


def test_a_diagnostic_is_opened_on_record(home: Shell, failed: str) -> None:
    reference = home.json("job", failed)["summary"]["diagnostic_ref"]
    opened = home.json("diagnostic", reference, "--reason", "looking into it")
    assert opened["job_id"] == failed
    assert home.json("audit", "--action", "diagnostic.open")["events"][0]["id"] == opened["audit_event_id"]
    assert home.run("diagnostic", "D-2222-2222-2222", "--reason", "x").returncode == 2


def test_people_are_added_with_a_link_or_a_password(home: Shell) -> None:
    added = home.json("person", "add", "astrid", "--role", "admin", "--name", "Astrid")
    assert added["link"].startswith("http://127.0.0.1:8750/sign-in/link?token=")
    assert (
        "link"
        not in home.run(
            "person", "add", "eve", "--role", "viewer", "--password-stdin", "--no-content", stdin="a-long-password\n"
        ).stdout
    )
    short = home.run("person", "add", "bob", "--role", "viewer", "--password-stdin", stdin="short\n")
    assert (short.returncode, short.stderr) == (2, "tidegate: A password has 12 to 256 characters.\n")
    people = {person["login"]: person for person in home.json("person", "list")}
    assert people["astrid"]["display_name"] == "Astrid"
    assert people["eve"]["reads_content"] is False
    assert "bob" not in people
    assert home.run("person", "link", "astrid").stdout.startswith("http://")
    assert home.run("person", "link", "nobody").stderr == "tidegate: There is no such person.\n"


def test_an_account_is_shown_and_changed_on_record(home: Shell) -> None:
    home.run("person", "add", "ines", "--role", "admin", "--name", "Ines")
    home.run("person", "add", "olga", "--role", "viewer")
    home.run("token", "create", "--person", "olga", "--name", "script")
    home.run("person", "role", "olga", "power_user", "--reason", "on call")
    assert home.json("person", "content", "olga", "no", "--reason", "works elsewhere")["reads_content"] is False
    again = home.run("person", "content", "olga", "no")
    assert (again.returncode, again.stderr) == (2, "tidegate: That is so already.\n")
    shown = home.json("person", "show", "olga")
    assert [(grant["role"], grant["reason"]) for grant in shown["roles"]] == [("power_user", "on call"), ("viewer", None)]
    assert "reads content: no; has a password: no\n" in home.run("person", "show", "olga").stdout
    (token,) = home.json("token", "list", "--person", "olga")
    assert home.json("token", "revoke", token["id"], "--reason", "lost")["id"] == token["id"]
    (event,) = home.json("audit", "--action", "token.revoke", "--target", token["id"])["events"]
    assert (event["body"]["reason"], event["body"]["before"]["login"]) == ("lost", "olga")
    assert home.json("session", "list", "--person", "olga") == []
    missing = home.run("session", "revoke", token["id"])
    assert (missing.returncode, missing.stderr) == (2, "tidegate: There is no such session, or it is not yours to end.\n")
    assert home.json("person", "link", "olga", "--reason", "first day")["link"].startswith("http://")


def test_pipelines_are_listed_with_their_limits(home: Shell) -> None:
    (documents,) = home.json("pipelines")
    assert [step["name"] for step in documents["steps"]] == ["fetch", "identify", "extract", "chunk", "index"]
    assert "TIDEGATE_FETCH_TIMEOUT=120" in home.run("pipelines").stdout


def test_the_doctor_finds_a_fresh_home_well(home: Shell) -> None:
    done = home.run("doctor", TIDEGATE_OCR_LANGUAGES="xxx")
    assert done.returncode == 0, done.stdout
    assert "ok\tPostgreSQL: 1" in done.stdout
    assert "warn\tOCR languages: missing: xxx\tInstall tesseract-ocr-xxx" in done.stdout
    away = home.run("doctor", TIDEGATE_DATABASE_URL="postgresql://owner:hunter2@127.0.0.1:9/none")
    assert away.returncode == 1
    assert "fail\tPostgreSQL: postgresql://owner:***@127.0.0.1:9/none" in away.stdout


def test_settings_are_shown_with_their_source(home: Shell) -> None:
    rows = {row["variable"]: row for row in home.json("config", TIDEGATE_PORT="9000")}
    assert (rows["TIDEGATE_PORT"]["value"], rows["TIDEGATE_PORT"]["source"]) == ("9000", "environment")
    assert rows["TIDEGATE_HOST"]["source"] == "default"


def test_migrating_again_changes_nothing(home: Shell) -> None:
    home.run("migrate")
    assert home.json("migrate") == {"applied": []}
