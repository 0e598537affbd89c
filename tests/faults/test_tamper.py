"""Every falsified log is found and named, no honest one is accused; on exports, and in the database by its superuser."""

import random
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests import story
from tests.databases import fresh_database
from tests.faults.falsifying import truncate_at_a_checkpoint
from tests.faults.honest_logs import HonestLog, honest_log
from tests.faults.tampering import CLASSES, LOGS, Class, attempt, checked
from tidegate import wiring
from tidegate.audit import export, seal
from tidegate.audit.keys import Signer, new_signer
from tidegate.audit.lines import write
from tidegate.audit.report import Tampering
from tidegate.audit.verify import verify
from tidegate.db.queries import Connection, NamedSql
from tidegate.settings import Settings

COUNT = 210
HONEST = 60


@pytest.fixture(scope="module")
def logs() -> list[HonestLog]:
    return [honest_log(seed) for seed in range(LOGS)]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.name)
def test_every_tampering_is_found_and_named(kind: Class, logs: list[HonestLog]) -> None:
    outcome = attempt(kind, COUNT, logs)
    assert outcome.missed == []
    assert (outcome.tried, outcome.found, outcome.named) == (COUNT, COUNT, COUNT)


@pytest.mark.parametrize("seed", range(1000, 1000 + HONEST))
def test_no_honest_log_is_accused(seed: int) -> None:
    log = honest_log(seed)
    report = checked(log, log.lines, against_outside=True)
    assert report.findings == []
    assert all(verify(log.lines, log.signer.trusted, [note]).is_sound for note in log.notes)


def test_without_a_checkpoint_from_elsewhere_a_clean_cut_is_not_seen_and_the_report_says_so() -> None:
    log = next(log for log in map(honest_log, range(20)) if not any("expired" in write(line) for line in log.lines))
    report = checked(log, truncate_at_a_checkpoint(log.lines, random.Random(1)))  # noqa: S311
    assert report.is_sound
    assert any("cut off cannot be noticed" in line for line in report.lines())


def test_an_auditor_needs_only_python_and_cryptography(tmp_path: Path) -> None:
    """The program is run in an interpreter in which none of our other libraries can be imported."""
    log = honest_log(7)
    (tmp_path / "log.jsonl").write_text("\n".join(write(line) for line in log.lines) + "\n", encoding="utf-8")
    (tmp_path / "key").write_text("\n".join(map(str, log.signer.trusted)), encoding="utf-8")
    (tmp_path / "kept").write_text(log.notes[-1], encoding="utf-8")
    closed = (
        "import sys\n"
        "for name in ('msgspec', 'psycopg', 'psycopg_pool', 'structlog', 'fsspec', 'litestar'): sys.modules[name] = None\n"
        "import runpy\n"
        "runpy.run_module('tidegate.audit.verify', run_name='__main__')\n"
    )
    arguments = [str(tmp_path / "log.jsonl"), "--key", str(tmp_path / "key"), "--expect", str(tmp_path / "kept")]
    told = subprocess.run([sys.executable, "-c", closed, *arguments], check=False, capture_output=True, text=True)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("The audit log is sound.")
    spoilt = (tmp_path / "log.jsonl").read_text(encoding="utf-8").replace("grace", "ada", 1)
    (tmp_path / "log.jsonl").write_text(spoilt, encoding="utf-8")
    told = subprocess.run([sys.executable, "-c", closed, *arguments], check=False, capture_output=True, text=True)
    assert told.returncode == 1
    assert "edited" in told.stdout


# In the database, by its superuser with all triggers off ----------------------------------------------------------

SIZE = 60

TAMPERINGS = NamedSql(Path(__file__).with_name("database_tamperings.sql").read_text(encoding="utf-8"))
TOLD_AS = {
    "edit_the_payload": "edited",
    "edit_the_payload_and_its_leaf": "altered",
    "edit_a_leaf": "edited",
    "edit_a_node": "altered",
    "edit_a_derived_column": "edited",
    "edit_the_json_column": "edited",
    "expire_without_a_record": "edited",
    "delete_the_event": "deleted",
    "delete_the_leaf": "deleted",
    "delete_both": "deleted",
    "delete_both_and_close_the_gap": "truncated",
    "delete_nodes": "deleted",
    "delete_a_checkpoint": "deleted",
    "insert_behind_the_seal": "inserted",
    "insert_a_leaf": "inserted",
    "swap_two_leaves": "reordered",
    "swap_two_payloads": "edited",
    "truncate": "truncated",
    "empty_the_log": "truncated",
    "forge_a_size": "forged signature",
    "forge_signatures": "forged signature",
}


@dataclass(frozen=True)
class Sealed:
    """A database with a sealed log, and who signed it."""

    url: str
    signer: Signer


@pytest.fixture(scope="module")
async def sealed(cluster: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sealed]:
    """A log of six rounds; no test of this module commits a change to it."""
    signer = new_signer()
    async with fresh_database(cluster, template) as url:
        settings = Settings(home=tmp_path_factory.mktemp("home"), database_url=url)
        async with wiring.running(settings, name="tidegate tests") as services, services.pool.connection() as connection:
            await connection.execute("RESET ROLE")
            for number in range(6):
                for _ in range(SIZE // 6):
                    await story.submitted(services, f"{number}.txt")
                async with connection.transaction():
                    assert await seal.seal(connection, signer) is not None
        yield Sealed(url, signer)


@pytest.fixture
async def sealed_log(sealed: Sealed) -> AsyncIterator[tuple[Connection, Signer]]:
    """A superuser's connection to the sealed log with all triggers off; what it changes is never committed."""
    connection: Connection = await psycopg.AsyncConnection.connect(sealed.url, autocommit=True)
    async with connection, connection.transaction(force_rollback=True):
        await connection.execute("SET LOCAL session_replication_role = replica")
        yield connection, sealed.signer


async def test_the_sealed_log_is_sound(sealed_log: tuple[Connection, Signer]) -> None:
    connection, signer = sealed_log
    head = await seal.get_head(connection)
    assert head is not None
    report = await export.verify_stored(connection, signer.trusted, [head.note])
    assert (report.findings, report.size, report.checkpoints, report.unsealed) == ([], SIZE, 6, 0)


@pytest.mark.parametrize("act", TAMPERINGS.names)
async def test_what_the_superuser_does_is_found(sealed_log: tuple[Connection, Signer], act: str) -> None:
    connection, signer = sealed_log
    head = await seal.get_head(connection)
    assert head is not None
    row = await (await connection.execute("SELECT event_id FROM audit_leaf WHERE index = 23")).fetchone()
    assert row is not None
    for statement in TAMPERINGS.text(act, {}).split(";"):
        parameters = {"event": row[0]} if "%(event)s" in statement else None
        assert (await connection.execute(statement.encode(), parameters)).rowcount != 0
    report = await export.verify_stored(connection, signer.trusted, [head.note])
    assert TOLD_AS[act] in {finding.kind.value for finding in report.findings}, report.lines()


async def test_the_sealer_does_not_sign_on_top_of_a_changed_tree(
    sealed_log: tuple[Connection, Signer],
) -> None:
    connection, signer = sealed_log
    await connection.execute("UPDATE audit_node SET hash = sha256('x') WHERE level = 5 AND index = 0")
    with pytest.raises(seal.LogAltered):
        async with connection.transaction():
            await seal.seal(connection, signer, heartbeat_seconds=0)


def test_each_kind_of_finding_has_been_seen() -> None:
    """FORKED is told by `test_seal_verify`; all others by the classes above."""
    told = set().union(*(kind.told_as for kind in CLASSES))
    assert set(Tampering) - told == {Tampering.FORKED, Tampering.MALFORMED}
