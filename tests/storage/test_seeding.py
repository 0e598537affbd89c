"""A seeded ledger is as the triggers and the guards would have left it, and the same each time."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest

from benchmarks import seeding
from tests.databases import fresh_database
from tidegate.audit.record import EventBody
from tidegate.db.queries import named_sql
from tidegate.domain.actor import Actor, ActorKind, Role
from tidegate.domain.failures import Failure, FailureCode
from tidegate.domain.lifecycle import TRANSITIONS

RULES = named_sql(__file__)
COUNT = 2_000
NOW = datetime(2026, 3, 31, 9, tzinfo=UTC)
PEOPLE = [
    Actor(ActorKind.PERSON, UUID(f"01a20a97-0000-7000-8000-00000000000{number}"), name, Role.POWER_USER)
    for number, name in enumerate(("ada", "grace", "linus"))
]

STANDINGS = """SELECT submitter_name, failure_code, pipeline, step, source_kind, state, attention, sum(n) FROM (
        SELECT submitter_name, failure_code, pipeline, step, source_kind, state, attention, n FROM standing_count
        UNION ALL
        SELECT CASE WHEN whose THEN submitter_name END, failure_code, pipeline, step, source_kind, state, attention, n
        FROM job_count CROSS JOIN unnest(ARRAY[true, false]) AS whose WHERE submitter_name IS NOT NULL
    ) AS told GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4, 5, 6, 7"""
STANDINGS_RECOUNTED = """SELECT submitter_name, code, pipeline, step, source_kind, state, attention, count(*) FROM (
        SELECT *, CASE WHEN state = 'failed' THEN failure_code END AS code,
               CASE WHEN state = 'failed' THEN coalesce(step_name, '') END AS step FROM job
    ) AS stands
    GROUP BY GROUPING SETS ((submitter_name, code, pipeline, step, source_kind, state, attention),
                            (code, pipeline, step, source_kind, state, attention))
    ORDER BY 1, 2, 3, 4, 5, 6, 7"""
"""What is folded with what was added since, of each submitter and of all together (NULL); and a recount."""

COUNTERS = {
    "job_count": (
        "SELECT pipeline, state, attention, sum(n) FROM job_count GROUP BY pipeline, state, attention",
        "SELECT pipeline, state, attention, count(*) FROM job GROUP BY pipeline, state, attention",
    ),
    "standing_count": (STANDINGS, STANDINGS_RECOUNTED),
    "batch_count": (
        "SELECT batch_id, state, sum(n) FROM batch_count GROUP BY batch_id, state",
        "SELECT batch_id, state, count(*) FROM job GROUP BY batch_id, state",
    ),
    "failure_count": (
        "SELECT failure_code, pipeline, step, what, sum(n) FROM failure_count WHERE what <> 'happened' GROUP BY 1, 2, 3, 4",
        "SELECT failure_code, pipeline, step_name, attention::text, count(*) FROM job WHERE state = 'failed' GROUP BY 1, 2, 3, 4",
    ),
    "failure_count, what happened": (
        "SELECT failure_code, sum(n) FROM failure_count WHERE what = 'happened' GROUP BY 1",
        "SELECT failure_code, count(*) FROM attempt WHERE state = 'failed' GROUP BY 1",
    ),
}
"""Each table of counters: what it says, and a recount. A further one is a line here and a `fill_…` in `seeding.sql`."""


@pytest.fixture
async def seeded(owner_url: str) -> str:
    """The address of a database with 2,000 jobs."""
    await seeding.fill(owner_url, COUNT, PEOPLE, now=NOW)
    return owner_url


async def found(url: str, statement: str, **parameters: object) -> list[Any]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        return await (await connection.execute(statement.encode(), parameters or None)).fetchall()


async def test_every_counter_equals_a_recount(seeded: str) -> None:
    counting = await found(seeded, "SELECT relname FROM pg_class WHERE relname LIKE '%\\_count' AND relkind = 'r'")
    assert {name for (name,) in counting} <= COUNTERS.keys()
    for told, recount in COUNTERS.values():
        assert set(await found(seeded, told)) == set(await found(seeded, recount)) != set()


async def test_the_tables_agree(seeded: str) -> None:
    assert {rule: rows for rule in RULES.names if (rows := await found(seeded, RULES.text(rule, {}), now=NOW))} == {}


async def test_moves_are_those_of_the_table(seeded: str) -> None:
    moves = set(await found(seeded, "SELECT DISTINCT before::text, after::text FROM job_event WHERE before IS NOT NULL"))
    assert moves <= {(move.before.value, move.after.value) for move in TRANSITIONS}
    assert len(moves) == 5


async def test_it_is_like_life(seeded: str) -> None:
    shares = {state: 100 * n / COUNT for state, n in await found(seeded, "SELECT state::text, count(*) FROM job GROUP BY state")}
    assert shares["succeeded"] == pytest.approx(90, abs=2)
    assert shares["failed"] == pytest.approx(4, abs=1)
    assert shares["cancelled"] == pytest.approx(1, abs=0.5)
    assert shares["queued"] > 3 > shares["running"] > 0
    tried = dict(await found(seeded, "SELECT state::text, count(*) FROM job WHERE attempt_no > 1 GROUP BY state"))
    assert min(tried["succeeded"], tried["queued"], tried["failed"]) > 0
    [(pipelines, kinds, codes, months)] = await found(
        seeded,
        "SELECT count(DISTINCT pipeline), count(DISTINCT source_kind), count(DISTINCT failure_code),"
        " count(DISTINCT tableoid) FROM job",
    )
    assert (pipelines, kinds, months) == (3, 4, 4)
    assert codes > 15


async def test_what_is_stored_can_be_read(seeded: str) -> None:
    for (payload,) in await found(seeded, "SELECT payload FROM audit_event"):
        msgspec.json.decode(payload, type=EventBody)
    for code, params in await found(seeded, "SELECT DISTINCT failure_code, failure_params FROM job WHERE state = 'failed'"):
        Failure(FailureCode(code), params or {})


async def test_the_indexes_are_back(cluster: str, template: str, seeded: str) -> None:
    names = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename !~ '_20\\d\\d_'"
    async with fresh_database(cluster, template) as untouched:
        assert set(await found(seeded, names)) == set(await found(untouched, names))


async def test_the_same_seed_gives_the_same_jobs(cluster: str, template: str, seeded: str) -> None:
    digest = (
        "SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM (SELECT * FROM job) AS t"
        " UNION ALL SELECT md5(string_agg(t::text, '' ORDER BY job_id, attempt_no)) FROM (SELECT * FROM attempt) AS t"
        " UNION ALL SELECT md5(string_agg(payload, '' ORDER BY id)) FROM audit_event"
    )
    async with fresh_database(cluster, template) as again, fresh_database(cluster, template) as other:
        await seeding.fill(again, COUNT, PEOPLE, now=NOW)
        await seeding.fill(other, COUNT, PEOPLE, now=NOW, seed=8)
        assert await found(seeded, digest) == await found(again, digest) != await found(other, digest)
