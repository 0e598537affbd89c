"""Retention drops whole months, never one in which something is still to be done, and the counters forget what is gone."""

from datetime import UTC, datetime

import psycopg
import pytest

from benchmarks import seeding
from tests.storage.test_seeding import COUNTERS, PEOPLE, found
from tidegate.db.connect import transaction
from tidegate.ledger import repair
from tidegate.operations import execution
from tidegate.operations.door import Services

COUNT = 500
MONTHS = "SELECT DISTINCT to_char(created_at AT TIME ZONE 'UTC', 'YYYY_MM') FROM job ORDER BY 1"
JOBS = "SELECT count(*) FROM job WHERE to_char(created_at AT TIME ZONE 'UTC', 'YYYY_MM') = %(month)s"
TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '_20\\d\\d_\\d\\d$' AND relname LIKE '%%\\_' || %(month)s"
)


async def months(url: str) -> list[str]:
    return [month for (month,) in await found(url, MONTHS)]


async def drop(services: Services, kept: int) -> repair.Month | None:
    async with transaction(services.pool) as connection:
        return await repair.drop_month(connection, kept=kept)


@pytest.fixture
async def before(services: Services, owner_url: str) -> list[str]:
    """The months of a ledger that reaches back 90 days, this one last."""
    await seeding.fill(owner_url, COUNT, PEOPLE)
    return await months(owner_url)


async def test_the_oldest_month_goes_whole(services: Services, owner_url: str, before: list[str]) -> None:
    events = await found(owner_url, "SELECT count(*) FROM audit_event")
    [(jobs,)] = await found(owner_url, JOBS, month=before[0])
    assert await drop(services, kept=1) == repair.Month(before[0], jobs)
    assert await months(owner_url) == before[1:]
    assert await found(owner_url, TABLES, month=before[0]) == []
    for told, recount in (COUNTERS[name] for name in COUNTERS if name != "failure_count, what happened"):
        zero = {row for row in await found(owner_url, told) if not row[-1]}
        assert set(await found(owner_url, told)) - zero == set(await found(owner_url, recount))
    assert await found(owner_url, "SELECT FROM batch WHERE NOT EXISTS (SELECT FROM job WHERE batch_id = batch.id)") == []
    assert await found(owner_url, "SELECT count(*) FROM audit_event") == events


async def test_runs_of_other_systems_go_with_their_jobs(services: Services, owner_url: str, before: list[str]) -> None:
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as owner:
        await owner.execute(
            "INSERT INTO external_run (run_id, job_id, attempt_no, pipeline, slot) SELECT id, id, 1, 'p', '' FROM job"
        )
        await owner.execute("INSERT INTO rerun_call (id, job_id, attempt_no, namespace) SELECT id, id, 1, 'n' FROM job")
    assert await drop(services, kept=1)
    jobs = await found(owner_url, "SELECT id FROM job ORDER BY id")
    assert jobs == await found(owner_url, "SELECT job_id FROM external_run ORDER BY job_id")
    assert jobs == await found(owner_url, "SELECT job_id FROM rerun_call ORDER BY job_id")


async def test_months_that_are_kept_stay(services: Services, before: list[str]) -> None:
    dropped = []
    while month := await drop(services, kept=2):
        dropped.append(month.month)
    now = datetime.now(UTC)
    oldest_kept = f"{now.year - (now.month <= 2)}_{(now.month - 3) % 12 + 1:02}"
    assert dropped == [month for month in before if month < oldest_kept]


async def test_a_month_with_work_to_do_stays(services: Services, owner_url: str, before: list[str]) -> None:
    await _queue_one(owner_url, before[0])
    dropped = await drop(services, kept=1)
    assert dropped is None or dropped.month == before[1]
    assert before[0] in await months(owner_url)


async def test_nobody_drops_this_month(services: Services, before: list[str]) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        await drop(services, kept=-1)


async def test_nothing_goes_unless_it_is_asked_for(services: Services, owner_url: str, before: list[str]) -> None:
    assert services.settings.retention_months == 0
    await execution.forget(services)
    assert await months(owner_url) == before


async def test_readers_are_not_kept_waiting(services: Services, owner_url: str, before: list[str]) -> None:
    async with await psycopg.AsyncConnection.connect(owner_url) as reader:
        await reader.execute("SELECT FROM job LIMIT 1")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            await drop(services, kept=1)
    assert await months(owner_url) == before


async def _queue_one(owner_url: str, month: str) -> None:
    """Have a job of a month wait again, past all guards."""
    async with await psycopg.AsyncConnection.connect(owner_url) as owner:
        await owner.execute("SET session_replication_role = replica")
        await owner.execute(
            "UPDATE job SET state = 'queued', started_at = NULL, ended_at = NULL, worker_id = NULL, outcome = NULL WHERE id ="
            " (SELECT id FROM job WHERE state = 'succeeded' AND to_char(created_at AT TIME ZONE 'UTC', 'YYYY_MM') = %s LIMIT 1)",
            (month,),
        )
