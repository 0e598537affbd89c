"""Every statement that people or workers wait for goes by its index at a million jobs.

Ten thousand jobs are really there; the planner is told that there are a hundred times as many. That takes seconds where seeding a
million takes minutes, and it errs on the safe side: the pages to read through stay as few as they are, so whatever prefers its
index here prefers it all the more over a real million. What only reads is also run, and its rows are counted.
"""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import psycopg
import pytest

from benchmarks import seeding
from tests.architecture.tree import SOURCE, sql_files
from tests.databases import fresh_database
from tests.plans.explaining import Tables, look, objections, plans
from tests.plans.known import given, look_up
from tests.plans.statements import COLD, LINES, WORK, Line
from tidegate import wiring
from tidegate.db.queries import Connection, named_sql
from tidegate.settings import Settings

JOBS, TIMES = 10_000, 100
MAKING = named_sql(__file__)
GROWING = re.compile(
    r"\b(?:FROM|JOIN|UPDATE)\s+(?:job|attempt|step|job_event|audit_event|audit_leaf|audit_node|audit_checkpoint|batch|batch_count"
    r"|document|chunk|checkpoint|diagnostic|session|api_token|signin_link|idempotency_key|bulk_retry|bulk_retry_item"
    r"|external_run|rerun_call|source_scan|source_object|queue\.pgqueuer|queue\.pgqueuer_log)\b"
)
COMMENT = re.compile(r"--(?! name).*$", re.MULTILINE)


@pytest.fixture(scope="module")
async def grown(cluster: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Connection]:
    """A superuser's connection to a ledger that the planner takes for one of a million jobs."""
    async with fresh_database(cluster, template) as url:
        settings = Settings(home=tmp_path_factory.mktemp("plans"), database_url=url)
        async with wiring.running(settings, name="tidegate plans") as services:
            people = await seeding.hire(services)
        await seeding.fill(url, JOBS, people)
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            for name in MAKING.names[: MAKING.names.index("enlarge")]:
                await MAKING.run(connection, name)
            await MAKING.run(connection, "enlarge", times=TIMES)
            yield connection


@pytest.fixture(scope="module")
async def tables(grown: Connection) -> Tables:
    return await look(grown)


@pytest.fixture(scope="module")
async def known(grown: Connection) -> dict[str, Any]:
    return await look_up(grown, MAKING)


async def objections_to(line: Line, grown: Connection, tables: Tables, known: dict[str, Any]) -> list[str]:
    statements = named_sql(str(SOURCE / f"{line.file}.py"))
    needed = re.findall(r"%\((\w+)\)", statements.text(line.statement, line.given))
    values = given(needed, line.given, known)
    found = await plans(grown, statements, line.statement, values)
    once = await plans(grown, statements, line.statement, values, planned_once=True) if line in WORK else []
    told, of_once = (
        [objection for plan in these for objection in objections(plan, tables, line.uses, line.touches)]
        for these in (found, once)
    )
    # Any limit is taken for a tenth of all.
    return told + [one for one in of_once if "limit" not in needed or not one.startswith("sorts")]


async def test_the_planner_believes_in_a_million(tables: Tables) -> None:
    assert sum(n for name, n in tables.rows.items() if re.fullmatch(r"job_\d{4}_\d\d", name)) == pytest.approx(
        JOBS * TIMES, rel=0.05
    )


@pytest.mark.parametrize("line", LINES, ids=str)
async def test_it_goes_by_its_index(line: Line, grown: Connection, tables: Tables, known: dict[str, Any]) -> None:
    assert await objections_to(line, grown, tables, known) == []


def test_every_hot_statement_has_a_line() -> None:
    told = {f"{line.file} {line.statement}" for line in LINES}
    hot = set(hot_statements())
    assert sorted(hot - told - COLD.keys()) == []
    assert sorted(COLD.keys() & told) == []
    assert sorted(COLD.keys() - hot) == []


@pytest.mark.parametrize(
    ("spoiled", "objection"),
    [
        ("DROP INDEX job_by_source", "does not use job_by_source"),
        ("DROP INDEX job_by_source", "looks at"),
    ],
)
async def test_it_can_fail(spoiled: str, objection: str, grown: Connection, tables: Tables, known: dict[str, Any]) -> None:
    line = Line("ledger/reads", "list_jobs", ("job_by_source",), {"source": "store", "limit": 51})
    async with grown.transaction(force_rollback=True):
        await grown.execute(spoiled.encode())
        found = await objections_to(line, grown, tables, known)
    assert any(one.startswith(objection) for one in found)


def hot_statements() -> Iterator[str]:
    """Each statement that looks at what grows, optional lines included, as 'ledger/reads get_job'."""
    for path in sql_files():
        parts = re.split(r"^-- name: (\w+)$", COMMENT.sub("", path.read_text(encoding="utf-8")), flags=re.MULTILINE)[1:]
        for name, body in zip(parts[::2], parts[1::2], strict=True):
            if GROWING.search(body):
                yield f"{path.relative_to(SOURCE).with_suffix('')} {name}"
