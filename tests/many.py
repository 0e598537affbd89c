"""Failed jobs by the thousand, written straight into the tables: guards and triggers are off while they are written."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import psycopg

from tests.acceptance.seeds import COUNTING
from tidegate.domain.failures import FailureCode
from tidegate.domain.ids import new_id

JOBS = """
    COPY job (id, batch_id, pipeline, name, source_kind, source_locator, submitter_name, state, started_at, ended_at, step_no,
              step_total, step_name, failure_code, audit_event_id) FROM STDIN
"""
ATTEMPTS = """
    COPY attempt (job_id, attempt_no, state, origin, audit_event_id, started_at, ended_at, failure_code) FROM STDIN
"""
BATCH = """
    INSERT INTO batch (id, label, pipeline, submitter_name, job_total, audit_event_id)
    VALUES (%s, 'many', 'documents', 'many', %s, %s)
"""


async def failed(owner_url: str, n: int, code: FailureCode = FailureCode.DOCUMENT_CORRUPT) -> list[UUID]:
    """Write failed jobs of one batch, each with its one attempt, and return their ids."""
    ids, batch_id, event = [new_id() for _ in range(n)], new_id(), new_id()
    ended = datetime.now(UTC) - timedelta(minutes=1)
    begun = ended - timedelta(seconds=1)
    async with await psycopg.AsyncConnection.connect(owner_url) as connection:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("INSERT INTO audit_event (id, payload) VALUES (%s, %s)", (event, _payload(event, batch_id)))
        await connection.execute(BATCH.encode(), (batch_id, n, event))
        async with connection.cursor() as cursor, cursor.copy(JOBS.encode()) as copy:
            for number, id in enumerate(ids):
                await copy.write_row((
                    id, batch_id, "documents", f"many-{number}.pdf", "folder", "/nowhere", "many", "failed", begun, ended, 3, 5,
                    "extract", code.value, event,
                ))  # fmt: skip
        async with connection.cursor() as cursor, cursor.copy(ATTEMPTS.encode()) as copy:
            for id in ids:
                await copy.write_row((id, 1, "failed", "submitted", event, begun, ended, code.value))
        for counting in COUNTING:
            await connection.execute(counting.encode())
    return ids


def _payload(event: UUID, batch_id: UUID) -> str:
    actor = {"kind": "operator", "id": None, "name": "many", "role": None, "credential_id": None}
    body = {
        "id": event, "time": datetime.now(UTC), "action": "ingestion.submit", "outcome": "allowed", "actor": actor,
        "target": {"kind": "batch", "id": batch_id}, "reason": None, "request_id": None, "parent_id": None, "before": None,
        "after": None,
    }  # fmt: skip
    return msgspec.json.encode(body).decode()
