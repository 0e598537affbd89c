"""The maintained counters equal a recount of the jobs, after every kind of move, folded or not."""

import psycopg
import pytest
from psycopg import sql

from tests import story
from tests.storage.test_seeding import STANDINGS, STANDINGS_RECOUNTED
from tidegate.audit.vocabulary import AuditAction
from tidegate.db.connect import transaction
from tidegate.db.migrate import migrations
from tidegate.domain.failures import Failure, FailureCode
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Attention, State, attention
from tidegate.ledger import repair
from tidegate.ledger.views import JobFilter
from tidegate.operations import execution
from tidegate.operations.acknowledging import Acknowledge, Unacknowledge
from tidegate.operations.bulk_retry import RetryMany
from tidegate.operations.bulk_working import work_piece
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Cancel, Retry

STATES = (
    """SELECT pipeline, state::text, attention::text, sum(n)::int FROM job_count GROUP BY 1, 2, 3
       HAVING sum(n) <> 0 ORDER BY 1, 2, 3""",
    "SELECT pipeline, state::text, attention::text, count(*)::int FROM job GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
)
CAUSES = (
    """SELECT failure_code, pipeline, step, source_kind::text, what, hour, sum(n)::int FROM failure_count
       WHERE what <> 'happened' GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4, 5, 6""",
    """SELECT failure_code, pipeline, coalesce(step_name, ''), source_kind::text, attention::text, date_trunc('hour', ended_at),
       count(*)::int FROM job WHERE state = 'failed' GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6""",
)
HAPPENED = (
    "SELECT failure_code, sum(n)::int FROM failure_count WHERE what = 'happened' GROUP BY 1 ORDER BY 1",
    "SELECT failure_code, count(*)::int FROM attempt WHERE state = 'failed' GROUP BY 1 ORDER BY 1",
)
FRESH = "SELECT DISTINCT true FROM job_count WHERE submitter_name IS NOT NULL"
TWICE = """SELECT failure_code, what FROM failure_count GROUP BY failure_code, pipeline, step, source_kind, what, hour
           HAVING count(*) > 1"""


async def rows(services: Services, query: str) -> list[tuple[object, ...]]:
    async with services.pool.connection() as connection:
        return await (await connection.execute(sql.SQL(query))).fetchall()


async def busy_morning(services: Services) -> None:
    """Every move that a job can make, at least once."""
    waiting, cancelled = (await story.submitted(services, "a", "b")).job_ids
    await perform(services, story.OPERATOR, Cancel(cancelled))
    await story.begun(services, waiting)
    await story.failed(services, FailureCode.SOURCE_UNREACHABLE)
    for _ in range(3):
        await story.failed(services, FailureCode.DOCUMENT_ENCRYPTED)
    kept = await story.failed(services)
    await perform(services, story.OPERATOR, Acknowledge(kept, "known"))
    undone = await story.failed(services)
    await perform(services, story.OPERATOR, Acknowledge(undone, "known"))
    await perform(services, story.OPERATOR, Unacknowledge(undone))
    reopened = await story.failed(services)
    await perform(services, story.OPERATOR, Acknowledge(reopened, "known"))
    await perform(services, story.OPERATOR, Retry(reopened))
    again = await story.failed(services)
    await perform(services, story.OPERATOR, Retry(again))
    await execution.fail(services, await story.begun(services, again, 2), Failure(FailureCode.DOCUMENT_CORRUPT), "x")
    mended = await story.failed(services)
    await perform(services, story.OPERATOR, Retry(mended))
    hold = await story.begun(services, mended, 2)
    await execution.succeed_as_duplicate(services, hold, new_id())
    await perform(services, story.OPERATOR, RetryMany(JobFilter(failure_code=FailureCode.DOCUMENT_ENCRYPTED), "keys are here"))
    while await work_piece(services):
        pass
    lost = await story.begun(services, (await story.submitted(services, "lost")).job_ids[0])
    await execution.dismiss(services, lost.worker_id)
    assert await execution.reap(services) == 1


@pytest.mark.parametrize("folded", [False, True])
async def test_counters_equal_the_table_after_every_kind_of_move(services: Services, folded: bool) -> None:
    await busy_morning(services)
    if folded:
        async with transaction(services.pool) as connection:
            await repair.SQL.run(connection, "compact_counts")
            await repair.SQL.run(connection, "compact_failures")
    for counted, true in (STATES, CAUSES, HAPPENED):
        found = await rows(services, true)
        assert await rows(services, counted) == found
        assert found
    assert set(await rows(services, STANDINGS)) == set(await rows(services, STANDINGS_RECOUNTED)) != set()
    assert await rows(services, FRESH) == ([] if folded else [(True,)])
    assert bool(await rows(services, TWICE)) is not folded


async def test_standings_that_nobody_has_any_more_are_forgotten(services: Services) -> None:
    waiting = (await story.submitted(services, "a")).job_ids[0]
    await fold(services)
    assert await rows(services, "SELECT state::text, n FROM standing_count ORDER BY n") == [("queued", 1), ("queued", 1)]
    await perform(services, story.OPERATOR, Cancel(waiting))
    await fold(services)
    assert await rows(services, "SELECT state::text, n FROM standing_count ORDER BY n") == [("cancelled", 1), ("cancelled", 1)]


async def test_the_migration_counts_what_was_there_before_it(services: Services, owner_url: str) -> None:
    await busy_morning(services)
    [migration] = [one for one in migrations() if one.name == "0025_standings.sql"]
    *_, counting = migration.text.strip().split(";\n\n")
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as owner:
        await owner.execute("UPDATE job_count SET submitter_name = NULL, source_kind = NULL, failure_code = NULL, step = NULL")
        assert await rows(services, STANDINGS) == []
        await owner.execute(counting.encode())
    assert await rows(services, STANDINGS) == await rows(services, STANDINGS_RECOUNTED) != []


async def fold(services: Services) -> None:
    async with transaction(services.pool) as connection:
        await repair.SQL.run(connection, "compact_counts")


async def test_what_is_older_than_every_window_keeps_its_jobs_and_loses_its_hours(services: Services) -> None:
    await story.failed(services)
    await rows_changed(services, "UPDATE failure_count SET hour = hour - interval '41 days'")
    async with transaction(services.pool) as connection:
        await repair.SQL.run(connection, "compact_failures")
    assert await rows(services, "SELECT what, hour::text, n FROM failure_count") == [("unresolved", "-infinity", 1)]


async def rows_changed(services: Services, query: str) -> None:
    async with services.pool.connection() as connection:
        assert (await connection.execute(sql.SQL(query))).rowcount


async def test_the_database_knows_the_same_attention(services: Services) -> None:
    await busy_morning(services)
    found = await rows(services, "SELECT state::text, attempt_no, acknowledged_at IS NOT NULL, attention::text FROM job")
    told = [
        (state, no, said, attention(State(str(state)), int(str(no)), acknowledged=bool(said))) for state, no, said, _ in found
    ]
    assert [(state, no, said, kind and Attention(str(kind))) for state, no, said, kind in found] == told
    assert {kind for *_, kind in told} == {None, *Attention}
    assert await story.events(services, action=AuditAction.UNACKNOWLEDGE)
