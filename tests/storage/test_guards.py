"""What the database itself refuses, whoever asks: the second of the four guards."""

import itertools

import psycopg
import pytest
from psycopg import errors, sql

from tests import story
from tidegate.audit.record import Target, record
from tidegate.audit.vocabulary import AuditAction, AuditOutcome, TargetKind
from tidegate.db.connect import transaction
from tidegate.domain.failures import FailureCode
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import TRANSITIONS, Origin, State
from tidegate.ledger import repair, writes
from tidegate.operations.door import Services

LEGAL = {(t.before, t.after) for t in TRANSITIONS}

FORM = {
    State.QUEUED: "started_at = NULL, ended_at = NULL, worker_id = NULL, outcome = NULL",
    State.RUNNING: "started_at = now(), ended_at = NULL, worker_id = gen_random_uuid(), outcome = NULL",
    State.SUCCEEDED: "ended_at = now(), failure_code = NULL, outcome = 'ingested'",
    State.FAILED: "ended_at = now(), failure_code = 'internal', outcome = NULL",
    State.CANCELLED: "ended_at = now(), outcome = NULL",
}


async def put(connection: psycopg.AsyncConnection[object], job_id: object, state: State) -> int:
    """Write a state with the columns that it wants, as the application role, around every module of ours."""
    statement = sql.SQL("UPDATE job SET state = {}, {} WHERE id = %s").format(sql.Literal(state.value), sql.SQL(FORM[state]))
    return (await connection.execute(statement, (job_id,))).rowcount


@pytest.mark.parametrize(("before", "after"), list(itertools.permutations(State, 2)))
async def test_the_database_knows_the_same_transitions(services: Services, before: State, after: State) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    route = {State.QUEUED: [], State.RUNNING: [State.RUNNING], State.CANCELLED: [State.CANCELLED]}.get(
        before, [State.RUNNING, before]
    )
    async with services.pool.connection() as connection:
        with pytest.raises(errors.CheckViolation, match="illegal") if (before, after) not in LEGAL else Nothing():
            async with connection.transaction(force_rollback=True):
                for state in [*route, after]:
                    assert await put(connection, job_id, state) == 1


class Nothing:
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


@pytest.mark.parametrize(
    "change",
    [
        "state = 'running', started_at = now()",
        "state = 'running', worker_id = gen_random_uuid()",
        "ended_at = now()",
        "outcome = 'ingested'",
        "started_at = now()",
        "attempt_no = 0",
    ],
)
async def test_times_and_workers_are_tied_to_states(services: Services, change: str) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    async with services.pool.connection() as connection:
        with pytest.raises(errors.CheckViolation):
            await connection.execute(sql.SQL("UPDATE job SET {} WHERE id = %s").format(sql.SQL(change)), (job_id,))


async def test_a_cancellation_without_its_audit_event_is_refused_at_commit(services: Services) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    with pytest.raises(errors.IntegrityConstraintViolation, match="without its audit event"):
        async with transaction(services.pool) as connection:
            await put(connection, job_id, State.CANCELLED)
    assert (await story.job(services, job_id)).summary.state is State.QUEUED


async def test_a_persons_retry_without_its_audit_event_is_refused_at_commit(services: Services) -> None:
    job_id = await story.failed(services)
    old_event = (await story.job(services, job_id)).summary.audit_event_id
    with pytest.raises(errors.IntegrityConstraintViolation, match="without its audit event"):
        async with transaction(services.pool) as connection:
            await writes.requeue(connection, job_id, 1, origin=Origin.PERSON, audit_event_id=old_event)


async def test_a_retry_may_not_pass_as_an_automatic_one(services: Services) -> None:
    job_id = await story.failed(services)
    with pytest.raises(errors.IntegrityConstraintViolation, match="without its audit event"):
        async with transaction(services.pool) as connection:
            await writes.requeue(connection, job_id, 1, origin=Origin.AUTOMATIC)


@pytest.mark.parametrize("about", ["another job", "a denied try"])
async def test_the_audit_event_must_be_of_this_job_and_allowed(services: Services, about: str) -> None:
    job_id, other_id = await story.failed(services), await story.failed(services)
    with pytest.raises(errors.IntegrityConstraintViolation, match="without its audit event"):
        async with transaction(services.pool) as connection:
            target = Target(TargetKind.JOB, other_id if about == "another job" else job_id)
            outcome = AuditOutcome.DENIED if about == "a denied try" else AuditOutcome.ALLOWED
            event = await record(connection, story.OPERATOR.actor, AuditAction.RETRY, target, outcome=outcome)
            await writes.requeue(connection, job_id, 1, origin=Origin.PERSON, audit_event_id=event)


async def test_jobs_without_the_audit_event_of_their_batch_are_refused(services: Services) -> None:
    with pytest.raises(errors.IntegrityConstraintViolation, match="submission without"):
        async with transaction(services.pool) as connection:
            await connection.execute(
                "INSERT INTO job (id, batch_id, audit_event_id, pipeline, name, source_kind, source_locator, submitter_name) "
                "VALUES (%s, gen_random_uuid(), gen_random_uuid(), 'documents', 'x', 'upload', 'x', 'x')",
                (new_id(),),
            )


@pytest.mark.parametrize(
    "act", ["UPDATE audit_event SET payload = payload", "DELETE FROM audit_event", "TRUNCATE audit_event CASCADE"]
)
async def test_the_application_cannot_change_the_audit_log(services: Services, act: str) -> None:
    await story.submitted(services)
    async with services.pool.connection() as connection:
        with pytest.raises(errors.InsufficientPrivilege):
            await connection.execute(act)


@pytest.mark.parametrize("act", ["UPDATE audit_event SET payload = payload", "DELETE FROM audit_event"])
async def test_not_even_the_owner_changes_it_by_mistake(services: Services, owner_url: str, act: str) -> None:
    await story.submitted(services)
    async with await psycopg.AsyncConnection.connect(owner_url) as connection:
        with pytest.raises(errors.RestrictViolation, match="append-only"):
            await connection.execute(act)


@pytest.mark.parametrize(
    "act",
    [
        "DROP TRIGGER job_transition_audited ON job",
        "ALTER TABLE job DISABLE TRIGGER ALL",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "DROP TABLE audit_event CASCADE",
        "UPDATE schema_migration SET digest = ''",
        "UPDATE job_event SET after = 'succeeded'",
        "SET session_replication_role = replica",
        "CREATE TABLE mine (id int)",
    ],
)
async def test_the_application_role_owns_nothing(services: Services, act: str) -> None:
    async with services.pool.connection() as connection:
        with pytest.raises(errors.InsufficientPrivilege):
            await connection.execute(act)


async def test_counters_equal_the_table_after_every_kind_of_move(services: Services) -> None:
    await story.submitted(services, "a", "b", "c")
    await story.failed(services)
    await story.failed(services, FailureCode.SOURCE_UNREACHABLE)
    await story.begun(services, (await story.submitted(services)).job_ids[0])
    query = "SELECT state::text, {} FROM {} GROUP BY state HAVING {} <> 0 ORDER BY 1"
    for compacted in (False, True):
        async with transaction(services.pool) as connection:
            if compacted:
                await repair.SQL.run(connection, "compact_counts")
            counted = await (
                await connection.execute(sql.SQL(query).format(*map(sql.SQL, ["sum(n)::int", "job_count", "sum(n)"])))
            ).fetchall()
            true = await (
                await connection.execute(sql.SQL(query).format(*map(sql.SQL, ["count(*)::int", "job", "count(*)"])))
            ).fetchall()
        assert counted == true == [("failed", 1), ("queued", 4), ("running", 1)]


async def test_history_tells_every_transition_in_order(services: Services) -> None:
    job_id = await story.failed(services, FailureCode.WORKER_LOST)
    told = [(t.before, t.after, t.attempt_no) for t in (await story.job(services, job_id)).history]
    assert told == [
        (None, State.QUEUED, 1),
        (State.QUEUED, State.RUNNING, 1),
        (State.RUNNING, State.FAILED, 1),
        (State.FAILED, State.QUEUED, 2),
    ]


async def test_jobs_lie_in_the_partition_of_their_month(services: Services) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    async with services.pool.connection() as connection:
        row = await (await connection.execute("SELECT tableoid::regclass::text FROM job WHERE id = %s", (job_id,))).fetchone()
        assert row is not None
        assert row[0].startswith("job_20")
        made = await connection.execute(
            "SELECT ensure_partitions('2031-11-15', '2032-01-15'), ensure_partitions('2031-11-15', '2032-01-15')"
        )
        assert await made.fetchone() == (12, 0)
