"""Every error is one line with a status, and none tells what a foreign exception says."""

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from tidegate.cli.application import main
from tidegate.cli.errors import Failed, WrongUse, told
from tidegate.db.migrate import MigrationChanged
from tidegate.domain.actor import Permission, Role
from tidegate.domain.refusals import Conflict, Forbidden, Invalid
from tidegate.embedded import EmbeddedDatabaseError
from tidegate.settings import SettingError

SECRET = "postgresql://owner:hunter2@db"


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (Conflict("job_not_failed", "Only a failed job can be retried."), 2, "Only a failed job can be retried."),
        (Forbidden(Permission.JOB_RETRY, Role.POWER_USER), 2, "This needs the role power user."),
        (Invalid("unknown_pipeline", "No such pipeline.", known="documents"), 2, "No such pipeline. Known: documents."),
        (WrongUse("name something"), 2, "name something"),
        (SettingError("TIDEGATE_PORT is wrong"), 2, "TIDEGATE_PORT is wrong"),
        (Failed("it did not start"), 1, "it did not start"),
        (EmbeddedDatabaseError("no account"), 1, "no account"),
        (psycopg.OperationalError(SECRET), 1, "the database does not answer; `tidegate doctor` looks into it"),
        (PoolTimeout(SECRET), 1, "the database does not answer; `tidegate doctor` looks into it"),
        (psycopg.errors.InsufficientPrivilege(SECRET), 1,
         "the database refused this (InsufficientPrivilege); `tidegate doctor` looks into it"),
        (MigrationChanged("0001_ledger.sql"), 1,
         "migration 0001_ledger.sql is not the one that the database was made with; run the version that made it"),
        (ModuleNotFoundError(SECRET, name="quay"), 1, "a module is missing: quay; check TIDEGATE_PIPELINES and the installation"),
        (PermissionError(13, "Permission denied", "/quay"), 1, "Permission denied: /quay"),
        (RuntimeError(SECRET), 1, "an unexpected RuntimeError; TIDEGATE_LOG_LEVEL=debug shows where"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)  # fmt: skip
def test_an_error_is_one_safe_line(error: Exception, status: int, line: str) -> None:
    assert told(error) == (line, status)


def test_a_database_that_is_away_is_told_without_its_address(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("TIDEGATE_DATABASE_URL", "postgresql://owner:hunter2@127.0.0.1:9/none")
    monkeypatch.setenv("TIDEGATE_HOME", str(tmp_path_factory.mktemp("home")))
    assert main(["jobs"]) == 1
    assert capsys.readouterr().err == "tidegate: the database does not answer; `tidegate doctor` looks into it\n"
