"""Each CHECK and unique key of ours refuses what it is there for, by its name; and roles hold no right beside their own."""

import psycopg
import pytest
from psycopg import errors, sql

from tests import story
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Origin
from tidegate.ledger import writes
from tidegate.operations.door import Services

Columns = dict[str, str]

JOB = {
    "id": "uuid_floor(now())", "batch_id": "gen_random_uuid()", "pipeline": "'p'", "name": "'n'", "source_kind": "'upload'",
    "source_locator": "'x'", "submitter_name": "'x'", "audit_event_id": "gen_random_uuid()",
}  # fmt: skip
FAILED = {**JOB, "state": "'failed'", "started_at": "now()", "ended_at": "now()", "failure_code": "'internal'"}
ATTEMPT = {"job_id": "uuid_floor(now())", "attempt_no": "1", "origin": "'submitted'", "audit_event_id": "gen_random_uuid()"}
LATER = {**ATTEMPT, "attempt_no": "2", "origin": "'person'", "retry_of": "1"}
STEP = {"job_id": "uuid_floor(now())", "attempt_no": "1", "step_no": "1", "name": "'fetch'"}
PERSON = {"id": "gen_random_uuid()", "login": "'ada'", "display_name": "'Ada'"}
LEAF = {"index": "0", "event_id": "gen_random_uuid()", "leaf_hash": "decode(repeat('00', 32), 'hex')"}
NODE = {"level": "1", "index": "0", "hash": "decode(repeat('00', 32), 'hex')"}
CHECKPOINT = {"number": "1", "size": "0", "horizon": "'1'", "key": "'k'", "note": "'n'"}
COUNT = {
    "failure_code": "'internal'", "pipeline": "'p'", "step": "''", "source_kind": "'upload'", "what": "'happened'",
    "hour": "now()", "n": "1",
}  # fmt: skip
BULK = {
    "id": "gen_random_uuid()", "requester_name": "'x'", "actor": "'{}'", "narrowed": "'{}'", "mode": "'resume'",
    "reason": "'why'", "as_of": "now()", "total": "2", "audit_event_id": "gen_random_uuid()",
}  # fmt: skip
CALL = {"id": "gen_random_uuid()", "job_id": "gen_random_uuid()", "attempt_no": "2", "namespace": "'n'"}
CHANNEL = {
    "id": "gen_random_uuid()", "name": "'crew'", "kind": "'slack'", "target": "'x'", "secret": "'env:HOOK'",
    "events": "'{failed}'", "language": "'en'", "zone": "'UTC'", "window_seconds": "1", "paused": "false",
    "audit_event_id": "gen_random_uuid()",
}  # fmt: skip
DELIVERY = {
    "id": "gen_random_uuid()", "channel_id": "gen_random_uuid()", "event": "'failed'", "reason": "'internal'", "pipeline": "'p'",
    "step": "''", "source_kind": "'upload'", "n": "1", "first_at": "now()", "last_at": "now()", "due_at": "now()",
}  # fmt: skip
ITEM = {"bulk_id": "gen_random_uuid()", "job_id": "gen_random_uuid()", "attempt_no": "1", "verdict": "'waiting'"}

SOURCE = {
    "id": "gen_random_uuid()", "name": "'s'", "address": "'s3://b'", "endpoint": "''", "pipeline": "'p'", "pattern": "''",
    "recursive": "true", "credential": "'env:BUCKET'", "paused": "false", "actor": "'{}'", "audit_event_id": "gen_random_uuid()",
}  # fmt: skip
SCAN = {
    "id": "gen_random_uuid()", "source_id": "uuid_floor(now())", "scheduled": "true", "actor": "'{}'", "requester_name": "'x'",
    "audit_event_id": "gen_random_uuid()",
}  # fmt: skip
OBJECT = {
    "source_id": "uuid_floor(now())", "version_key": "decode(repeat('00', 32), 'hex')", "scan_id": "gen_random_uuid()"
}  # fmt: skip

REFUSED: dict[str, tuple[str, Columns, Columns]] = {
    "audit_outcome_known": (
        "audit_event", {"id": "gen_random_uuid()", "payload": """'{"action": "a", "outcome": "allowed"}'"""},
        {"payload": """'{"action": "a", "outcome": "perhaps"}'"""},
    ),
    "person_login_form": ("person", PERSON, {"login": "'Ada Lovelace'"}),
    "queued_has_not_begun": ("job", JOB, {"started_at": "now()"}),
    "running_has_a_worker": ("job", FAILED, {"state": "'running'", "ended_at": "NULL"}),
    "ended_has_an_end": ("job", FAILED, {"ended_at": "NULL"}),
    "failed_has_a_code": ("job", FAILED, {"failure_code": "NULL"}),
    "succeeded_has_outcome": ("job", FAILED, {"outcome": "'ingested'"}),
    "succeeded_is_clean": ("job", FAILED, {"state": "'succeeded'", "outcome": "'ingested'"}),
    "counts_are_counts": ("job", JOB, {"attempt_no": "0"}),
    "a_person_leaves_an_event": ("attempt", LATER, {"audit_event_id": "NULL"}),
    "first_is_submitted": ("attempt", LATER, {"origin": "'submitted'"}),
    "later_retries_one": ("attempt", LATER, {"retry_of": "NULL"}),
    "attempt_ended_has_an_end": ("attempt", ATTEMPT, {"ended_at": "now()"}),
    "attempt_failed_has_code": ("attempt", ATTEMPT, {"failure_code": "'internal'"}),
    "failure_code_has_the_form": ("job", FAILED, {"failure_code": "'No such file: /etc/passwd'"}),
    "own_failure_is_its_pipelines": ("job", {**FAILED, "failure_code": "'p.bad_row'"}, {"failure_code": "'q.bad_row'"}),
    "attempt_failure_has_the_form": (
        "attempt", {**ATTEMPT, "state": "'failed'", "ended_at": "now()", "failure_code": "'p.bad_row'"},
        {"failure_code": "'p.q.bad_row'"},
    ),
    "step_ended_has_an_end": ("step", STEP, {"ended_at": "now()"}),
    "traceparent_has_the_form": ("attempt", ATTEMPT, {"traceparent": "'00-ada'"}),
    "leaf_hash_is_sha256": ("audit_leaf", LEAF, {"leaf_hash": "'x'"}),
    "leaf_index_counts": ("audit_leaf", LEAF, {"index": "-1"}),
    "node_hash_is_sha256": ("audit_node", NODE, {"hash": "'x'"}),
    "node_is_above": ("audit_node", NODE, {"level": "0"}),
    "checkpoint_counts": ("audit_checkpoint", CHECKPOINT, {"number": "0"}),
    "person_identity_subject_form": (
        "person_identity",
        {"issuer": "'i'", "subject": "'s'", "person_id": "gen_random_uuid()", "audit_event_id": "gen_random_uuid()"},
        {"subject": "''"},
    ),
    "acknowledged_is_failed": (
        "job", {**FAILED, "acknowledged_at": "now()", "acknowledged_by": "'x'", "acknowledged_reason": "'x'"},
        {"state": "'cancelled'"},
    ),
    "acknowledged_is_whole": ("job", FAILED, {"acknowledged_by": "'x'"}),
    "failure_count_known": ("failure_count", COUNT, {"what": "'perhaps'"}),
    "pulse_is_of_what_begins_or_ends": (
        "pulse_delta", {"slot": "now()", "pipeline": "'p'", "state": "'running'", "n": "1"}, {"state": "'queued'"}
    ),
    "bulk_mode_known": ("bulk_retry", BULK, {"mode": "'perhaps'"}),
    "bulk_adds_up": ("bulk_retry", BULK, {"retried": "3"}),
    "bulk_finished_is_done": ("bulk_retry", BULK, {"finished_at": "now()"}),
    "why_when_not_retried": ("bulk_retry_item", ITEM, {"why": "'gone'"}),
    "external_has_a_namespace": ("job", {**JOB, "external_namespace": "NULL"}, {"external_namespace": "'airflow://prod'"}),
    "call_needs_a_secret": ("external_system", {"namespace": "'n'"}, {"url": "'https://example.org/'"}),
    "delivery_known": ("rerun_call", CALL, {"delivery": "'perhaps'"}),
    "channel_kind_known": ("channel", CHANNEL, {"kind": "'pigeon'"}),
    "channel_tells": ("channel", CHANNEL, {"events": "'{}'"}),
    "channel_quiet_whole": ("channel", CHANNEL, {"quiet_from": "'22:00'"}),
    "channel_secret_is_a_reference": ("channel", CHANNEL, {"secret": "'hunter2'"}),
    "channel_window_is_one": ("channel", CHANNEL, {"window_seconds": "0"}),
    "delivery_event_known": ("delivery", DELIVERY, {"event": "'perhaps'"}),
    "delivery_outcome_known": ("delivery", DELIVERY, {"outcome": "'perhaps'"}),
    "delivery_done_has_outcome": ("delivery", DELIVERY, {"done_at": "now()"}),
    "delivery_is_of_some": ("delivery", DELIVERY, {"n": "0"}),
    "telling_is_one_row": ("telling", {"single": "true"}, {"single": "false"}),
    "source_credential_is_a_reference": ("source", SOURCE, {"credential": "'hunter2'"}),
    "source_of_sftp_has_a_host_key": ("source", SOURCE, {"address": "'sftp://host/in'"}),
    "source_interval_is_one": ("source", SOURCE, {"every_seconds": "0"}),
    "source_due_has_an_interval": ("source", SOURCE, {"next_at": "now()"}),
    "scan_adds_up": ("source_scan", SCAN, {"seen": "1"}),
    "scan_ended_is_free": (
        "source_scan", {**SCAN, "started_at": "now()", "ended_at": "now()"}, {"lease_until": "now()"}
    ),
    "scan_code_at_its_end": ("source_scan", SCAN, {"code": "'internal'"}),
    "scan_submitted_has_a_batch": ("source_scan", SCAN, {"batch_id": "gen_random_uuid()"}),
    "version_key_is_sha256": ("source_object", OBJECT, {"version_key": "'x'"}),
    "retried_has_an_event": ("bulk_retry_item", ITEM, {"verdict": "'retried'"}),
}  # fmt: skip
"""For each CHECK: a table, a row that passes, and the change that it refuses."""


async def insert(connection: psycopg.AsyncConnection[object], table: str, row: Columns) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, row))
    values = sql.SQL(", ").join(map(sql.SQL, row.values()))
    await connection.execute(sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), names, values))


async def unguarded(owner_url: str) -> psycopg.AsyncConnection[object]:
    """A connection of the owner with triggers off: what still refuses is the table itself."""
    connection: psycopg.AsyncConnection[object] = await psycopg.AsyncConnection.connect(owner_url)
    await connection.execute("SET session_replication_role = replica")
    return connection


@pytest.fixture
async def owner(owner_url: str) -> object:
    async with await unguarded(owner_url) as connection:
        yield connection
        await connection.rollback()


async def test_each_check_refuses_what_it_is_there_for(owner: psycopg.AsyncConnection[object]) -> None:
    await owner.execute("DELETE FROM telling")  # it has its one row from the start
    seen = {}
    for name, (table, row, change) in REFUSED.items():
        async with owner.transaction(force_rollback=True):
            await insert(owner, table, row)
        try:
            async with owner.transaction(force_rollback=True):
                await insert(owner, table, {**row, **change})
        except errors.CheckViolation as refused:
            seen[name] = refused.diag.constraint_name
    assert seen == {name: name for name in REFUSED}


async def test_every_check_is_tried(owner: psycopg.AsyncConnection[object]) -> None:
    found = await owner.execute(
        "SELECT DISTINCT conname::text FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
    )
    assert {row[0] for row in await found.fetchall()} == set(REFUSED)  # type: ignore[index]


@pytest.mark.parametrize(
    ("table", "first", "second"),
    [
        ("person", PERSON, {}),
        ("role_grant", {"id": "gen_random_uuid()", "person_id": "uuid_floor(now())", "role": "'viewer'",
                        "audit_event_id": "gen_random_uuid()"}, {"role": "'admin'"}),
        ("attempt", LATER, {"attempt_no": "3"}),
        ("source", SOURCE, {"id": "uuid_floor(now())"}),
        ("source_scan", SCAN, {"id": "uuid_floor(now())"}),
        ("source_object", OBJECT, {"scan_id": "uuid_floor(now())"}),
    ],
)  # fmt: skip
async def test_what_is_there_once_is_there_once(
    owner: psycopg.AsyncConnection[object], table: str, first: Columns, second: Columns
) -> None:
    await insert(owner, table, first)
    with pytest.raises(errors.UniqueViolation):
        await insert(owner, table, {**first, **second})


RIGHTS = [
    ("tidegate_app", "UPDATE", "role_grant", False), ("tidegate_app", "DELETE", "role_grant", False),
    ("tidegate_app", "DELETE", "job_event", False), ("tidegate_app", "DELETE", "person_identity", False),
    ("tidegate_app", "DELETE", "bulk_retry", False), ("tidegate_app", "TRUNCATE", "bulk_retry_item", False),
    ("tidegate_app", "INSERT", "schema_migration", False), ("tidegate_app", "INSERT", "audit_leaf", False),
    ("tidegate_sealer", "UPDATE", "audit_leaf", False), ("tidegate_sealer", "DELETE", "audit_checkpoint", False),
    ("tidegate_sealer", "INSERT", "audit_event", False), ("tidegate_sealer", "INSERT", "audit_leaf", True),
]  # fmt: skip


@pytest.mark.parametrize(("role", "right", "table", "held"), RIGHTS)
async def test_roles_hold_what_they_need(
    owner: psycopg.AsyncConnection[object], role: str, right: str, table: str, held: bool
) -> None:
    found = await (await owner.execute("SELECT has_table_privilege(%s, %s, %s)", (role, table, right))).fetchone()
    assert found == (held,)


@pytest.mark.parametrize(
    ("role", "function", "held"),
    [
        ("tidegate_sealer", "ensure_partitions(timestamptz, timestamptz)", False),
        ("tidegate_app", "ensure_partitions(timestamptz, timestamptz)", True),
        ("tidegate_app", "expire_audit_payloads(bigint, bigint, uuid)", False),
    ],
)
async def test_functions_are_for_those_who_need_them(
    owner: psycopg.AsyncConnection[object], role: str, function: str, held: bool
) -> None:
    found = await (await owner.execute("SELECT has_function_privilege(%s, %s, 'EXECUTE')", (role, function))).fetchone()
    assert found == (held,)


async def test_a_persons_attempt_is_not_saved_by_the_end_of_the_one_before(services: Services) -> None:
    """Closing and retrying in one transaction is the catalogue's privilege."""
    job_id = (await story.submitted(services)).job_ids[0]
    old_event = (await story.job(services, job_id)).summary.audit_event_id
    await story.begun(services, job_id)
    with pytest.raises(errors.IntegrityConstraintViolation, match="without its audit event"):
        async with services.pool.connection() as connection, connection.transaction():
            await connection.execute(
                "UPDATE job SET state = 'failed', ended_at = now(), failure_code = 'internal' WHERE id = %s", (job_id,)
            )
            await connection.execute(
                "UPDATE attempt SET state = 'failed', ended_at = now(), failure_code = 'internal' WHERE job_id = %s", (job_id,)
            )
            await writes.requeue(connection, job_id, 1, origin=Origin.PERSON, audit_event_id=old_event)


EXPIRY = {"action": "audit.expire", "outcome": "allowed", "last": 0, "at_once": True}


async def expire(owner_url: str, *, action: str, outcome: str, last: int, at_once: bool) -> None:
    event = new_id()
    payload = f'{{"action": "{action}", "outcome": "{outcome}", "after": {{"last_index": {last}}}}}'
    async with await psycopg.AsyncConnection.connect(owner_url) as connection:
        await connection.execute("INSERT INTO audit_event (id, payload) VALUES (%s, %s)", (event, payload))
        if not at_once:
            await connection.commit()
        await connection.execute("SELECT expire_audit_payloads(0, 0, %s)", (event,))
        with pytest.raises(errors.RestrictViolation):  # the permission ends with the function
            async with connection.transaction():
                await connection.execute("UPDATE audit_event SET payload = payload")


@pytest.mark.parametrize("other", [{"action": "audit.export"}, {"outcome": "denied"}, {"last": 1}, {"at_once": False}])
async def test_content_expires_under_its_own_event_alone(owner_url: str, other: dict[str, object]) -> None:
    await expire(owner_url, **EXPIRY)  # type: ignore[arg-type]
    with pytest.raises(errors.IntegrityConstraintViolation, match="without its audit event"):
        await expire(owner_url, **{**EXPIRY, **other})  # type: ignore[arg-type]


async def test_the_record_of_an_expiry_does_not_expire_nor_a_stub_again(owner_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(owner_url) as connection:
        for n, action in enumerate(["audit.expire", "ingestion.retry"]):
            id, payload = new_id(), f'{{"action": "{action}", "outcome": "allowed", "after": {{"last_index": 1}}}}'
            await connection.execute("INSERT INTO audit_event (id, payload) VALUES (%s, %s)", (id, payload))
            await connection.execute(
                "INSERT INTO audit_leaf (index, event_id, leaf_hash) VALUES (%s, %s, decode(repeat('00', 32), 'hex'))", (n, id)
            )
        record = await (await connection.execute("SELECT id FROM audit_event WHERE action = 'audit.expire'")).fetchone()
        for expected in (1, 0):
            found = await connection.execute("SELECT expire_audit_payloads(0, 1, %s)", record)
            assert await found.fetchone() == (expected,)


@pytest.mark.parametrize("table", ["audit_leaf", "audit_event"])
async def test_an_expiry_changes_payloads_and_deletes_nothing(owner_url: str, table: str) -> None:
    async with await psycopg.AsyncConnection.connect(owner_url) as connection:
        await connection.execute("SET tidegate.expiring = 'yes'")
        with pytest.raises(errors.RestrictViolation):
            await connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
