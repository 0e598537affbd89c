"""A morning's worth of jobs, written straight into the tables so that times, durations and ages are as in life.

For screens only: guards and triggers are off while it is written. What tests act on they make by `tests.story`.
"""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from tests.acceptance.morning import MORNING, Tale
from tests.acceptance.sample_text import PASSAGES
from tidegate.domain.ids import first_id_at, new_id
from tidegate.operations.diagnostics import seal
from tidegate.operations.door import Services

PASSWORD = "the tide comes in at nine"
MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "html": "text/html",
    "eml": "message/rfc822",
    "tiff": "image/tiff",
    "md": "text/markdown",
}

STEPS = ("fetch", "identify", "extract", "chunk", "index")
SHARES = (0.12, 0.02, 0.66, 0.12, 0.08)
DETAIL = """Traceback (most recent call last):
  File "pipeline/reading/extraction.py", line 88, in read
    raise ParserFailed(code, text)
ParserFailed: xref table is broken at byte 48211"""
COUNTING = (
    """INSERT INTO job_count (pipeline, state, attention, submitter_name, source_kind, failure_code, step, n)
       SELECT pipeline, state, attention, submitter_name, source_kind, CASE WHEN state = 'failed' THEN failure_code END,
              CASE WHEN state = 'failed' THEN coalesce(step_name, '') END, count(*) FROM job GROUP BY 1, 2, 3, 4, 5, 6, 7""",
    """INSERT INTO failure_count (failure_code, pipeline, step, source_kind, what, hour, n)
       SELECT failure_code, pipeline, coalesce(step_name, ''), source_kind, what, date_trunc('hour', ended_at, 'UTC'), count(*)
       FROM job CROSS JOIN unnest(ARRAY['happened', attention::text]) AS what WHERE state = 'failed' GROUP BY 1, 2, 3, 4, 5, 6""",
    """INSERT INTO pulse_delta (slot, pipeline, state, class, n)
       SELECT date_bin('5 minutes', started_at, 'epoch'), 'documents', 'running', span_class(started_at - queued_at), 1
       FROM attempt WHERE started_at IS NOT NULL
       UNION ALL
       SELECT date_bin('5 minutes', ended_at, 'epoch'), 'documents', state, span_class(ended_at - started_at), 1
       FROM attempt WHERE ended_at IS NOT NULL""",
)
"""What the triggers would have counted."""
PEOPLE = {"ada": "admin", "grace": "power_user", "linus": "viewer"}


async def seed(owner_url: str, services: Services, *, worker: bool = True, tales: list[Tale] | None = None) -> dict[str, UUID]:
    """Write the tales as batches of one submitter each and return the ids of the jobs by name."""
    async with await psycopg.AsyncConnection.connect(owner_url) as connection:
        await connection.execute("SET session_replication_role = replica")
        writer = Writer(connection, services, datetime.now(UTC))
        return await writer.write(MORNING if tales is None else tales, worker=worker)


class Writer:
    """Writes tales; `at` turns 'seconds ago' into an instant, `roles` are those of the people in them."""

    def __init__(
        self, connection: psycopg.AsyncConnection, services: Services, now: datetime, roles: Mapping[str, str] = PEOPLE
    ) -> None:
        self.connection, self.services, self.now, self.roles = connection, services, now, roles
        self.people: dict[str, UUID] = {}
        self.worker = new_id()
        self.chance = random.Random(7)  # noqa: S311  # the same ids and references each time

    def at(self, ago: float | None) -> datetime | None:
        return None if ago is None else self.now - timedelta(seconds=ago)

    def id_at(self, ago: float) -> UUID:
        return UUID(int=first_id_at(self.now - timedelta(seconds=ago)).int | 0x7 << 76 | 1 << 63 | self.chance.getrandbits(61))

    async def insert(self, table: str, **values: object) -> None:
        names = ", ".join(values)
        marks = ", ".join(f"%({name})s" for name in values)
        await self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})".encode(), values)  # noqa: S608  # names of ours

    async def write(self, tales: list[Tale], *, worker: bool) -> dict[str, UUID]:
        for person in await (await self.connection.execute("SELECT login, id FROM person")).fetchall():
            self.people[person[0]] = person[1]
        for offset, host in enumerate(("ingest-1", "ingest-2")) if worker else ():
            await self.insert(
                "worker", id=self.worker if not offset else new_id(), host=host, pid=4112 + offset, pipelines=["documents"],
                concurrency=4, lease_until=self.now + timedelta(days=1), started_at=self.at(7 * 3600.0),
            )  # fmt: skip
        ids: dict[str, UUID] = {}
        groups: dict[tuple[str, str, int], list[Tale]] = {}
        for tale in sorted(tales, key=lambda tale: -tale.tries[0].queued):
            groups.setdefault((tale.by, tale.kind, int(tale.tries[0].queued // 3600)), []).append(tale)
        for (by, _, _), group in groups.items():
            ids |= await self.batch(by, group)
        for counting in COUNTING:
            await self.connection.execute(counting)
        await self.connection.execute(
            "INSERT INTO batch_count (batch_id, state, n) SELECT batch_id, state, count(*) FROM job GROUP BY batch_id, state"
        )
        await self.connection.commit()
        return ids

    async def batch(self, by: str, tales: list[Tale]) -> dict[str, UUID]:
        oldest = max(tale.tries[0].queued for tale in tales)
        batch_id = self.id_at(oldest + 1)
        label = f"{tales[0].name} +{len(tales) - 1}" if len(tales) > 1 else tales[0].name
        after = {"pipeline": "documents", "jobs": len(tales), "label": label}
        event = await self.event(oldest + 1, by, "ingestion.submit", {"kind": "batch", "id": batch_id}, after=after)
        await self.insert(
            "batch", id=batch_id, label=label, pipeline="documents", submitted_by=self.people.get(by), submitter_name=by,
            created_at=self.at(oldest), job_total=len(tales), audit_event_id=event,
        )  # fmt: skip
        return {tale.name: await self.job(batch_id, event, tale) for tale in tales}

    async def event(self, ago: float, by: str, action: str, target: dict[str, object], **more: object) -> UUID:
        id = self.id_at(ago)
        body = {
            "id": id, "time": self.at(ago), "action": action, "outcome": "allowed",
            "actor": {"kind": "person", "id": self.people.get(by), "name": by, "role": self.roles.get(by), "credential_id": None},
            "target": target, "reason": None, "request_id": str(new_id()), "parent_id": None, "before": None, "after": None,
            **more,
        }  # fmt: skip
        await self.insert("audit_event", id=id, payload=msgspec.json.encode(body).decode(), recorded_at=self.at(ago))
        return id

    async def job(self, batch_id: UUID, submitted: UUID, tale: Tale) -> UUID:
        id, last = self.id_at(tale.tries[0].queued), tale.tries[-1]
        latest = await self.attempts(id, submitted, tale)
        began = self.at(last.queued - last.waited) if tale.state != "queued" else None
        over = tale.state not in {"queued", "running"}
        ended = self.at(last.queued - last.waited - (last.ran or 0)) if over else None
        before_last = tale.tries[-2].code if len(tale.tries) > 1 and not over else None
        done, total, unit = tale.progress or (None, None, None)
        outcome = "duplicate_content" if tale.duplicate else "ingested"
        await self.insert(
            "job", id=id, batch_id=batch_id, pipeline="documents", name=tale.name, source_kind=tale.kind, source_locator="/srv",
            submitted_by=self.people.get(tale.by), submitter_name=tale.by, created_at=self.at(tale.tries[0].queued),
            state=tale.state, version=len(tale.tries) * 2, attempt_no=len(tale.tries),
            automatic_used=sum(this.origin == "automatic" for this in tale.tries), queued_at=self.at(last.queued),
            run_after=self.at(tale.run_after), started_at=began, ended_at=ended, worker_id=self.worker if began else None,
            step_no=last.step if began else 0, step_total=5 if began else 0, step_name=STEPS[last.step - 1] if began else None,
            progress_done=done, progress_total=total, progress_unit=unit,
            failure_code=last.code if tale.state == "failed" else before_last,
            failure_params=Jsonb(last.params) if last.params and tale.state == "failed" else None,
            diagnostic_ref=await self.diagnostic(id, len(tale.tries)) if tale.state == "failed" else None,
            outcome=outcome if tale.state == "succeeded" else None,
            document_id=await self.document(id, tale, ended) if tale.state == "succeeded" and not tale.duplicate else None,
            audit_event_id=latest,
        )  # fmt: skip
        return id

    async def attempts(self, job_id: UUID, submitted: UUID, tale: Tale) -> UUID:
        """Write a job's attempts and what people did; return the latest event."""
        latest, target = submitted, {"kind": "job", "id": job_id}
        for number, this in enumerate(tale.tries, 1):
            if this.origin == "person":
                before = {"state": "failed", "attempt": number - 1, "failure": tale.tries[number - 2].code}
                after = {"state": "queued", "attempt": number, "mode": "resume"}
                latest = await self.event(
                    this.queued, this.by, "ingestion.retry", target, reason=this.reason, before=before, after=after
                )
            await self.attempt(job_id, number, tale, submitted if number == 1 else latest if this.origin == "person" else None)
        if tale.state == "cancelled":
            last = tale.tries[-1]
            before, after = {"state": "running", "attempt": 1}, {"state": "cancelled", "attempt": 1}
            at = last.queued - last.waited - (last.ran or 0)
            latest = await self.event(
                at, tale.stopped_by, "ingestion.cancel", target, reason=tale.why, before=before, after=after
            )
        return latest

    async def attempt(self, job_id: UUID, number: int, tale: Tale, event: UUID | None) -> None:
        this, is_last = tale.tries[number - 1], number == len(tale.tries)
        state = tale.state if is_last else "failed"
        began, failed = this.queued - this.waited, state == "failed"
        ended = self.at(began - (this.ran or 0)) if state in {"succeeded", "failed", "cancelled"} else None
        by = this.by if this.origin == "person" else tale.by if number == 1 else None
        await self.insert(
            "attempt", job_id=job_id, attempt_no=number, state=state, origin=this.origin, retry_of=number - 1 or None,
            audit_event_id=event, requested_by=by, reason=this.reason, queued_at=self.at(this.queued),
            run_after=self.at(tale.run_after) if is_last else None, started_at=None if state == "queued" else self.at(began),
            ended_at=ended, worker_id=None if state == "queued" else self.worker, failure_code=this.code if failed else None,
            failure_params=Jsonb(this.params) if this.params and failed else None,
        )  # fmt: skip
        if state != "queued":
            await self.steps(job_id, number, tale, state, began)

    async def steps(self, job_id: UUID, number: int, tale: Tale, state: str, began: float) -> None:
        this, kept = tale.tries[number - 1], tale.tries[number - 2].step - 1 if number > 1 else 0
        whole, at = (this.ran if this.ran is not None else began), began
        shares = [SHARES[no - 1] if no > kept else 0.0 for no in range(1, this.step + 1)]
        for no, share in enumerate(shares, 1):
            took, last = whole * share / (sum(shares) or 1), no == this.step
            running = last and state == "running"
            read = STEPS[no - 1] == "extract" and no > kept and tale.pages and (not last or state == "succeeded")
            done, total, unit = (tale.progress if running else (tale.pages, tale.pages, "pages") if read else None) or (None,) * 3
            await self.insert(
                "step", job_id=job_id, attempt_no=number, step_no=no, name=STEPS[no - 1], state=state if last else "succeeded",
                resumed=no <= kept, started_at=self.at(at), ended_at=None if running else self.at(at - took),
                progress_done=done, progress_total=total, progress_unit=unit,
            )  # fmt: skip
            at -= took

    async def document(self, job_id: UUID, tale: Tale, made: datetime | None) -> UUID:
        id, pages = new_id(), tale.pages
        kind = MEDIA.get(tale.name.rpartition(".")[2], "text/plain")
        bodies = tale.text or [PASSAGES[(n + len(tale.name)) % len(PASSAGES)] for n in range(min(pages or 3, 12))]
        title = tale.name.rpartition(".")[0].replace("-", " ").replace("_", " ")
        await self.insert(
            "document", id=id, pipeline="documents", sha256=id.hex * 2, job_id=job_id, attempt_no=1,
            name=tale.name,
            title=title[:1].upper() + title[1:], media_type=kind,
            size_bytes=(pages or 2) * 48_211, characters=(pages or 2) * 2_914, pages=pages,
            chunk_total=len(bodies), created_at=made,
        )  # fmt: skip
        for n, body in enumerate(bodies):
            await self.insert(
                "chunk",
                document_id=id,
                ordinal=n,
                page_from=n + 1 if pages else None,
                page_to=n + 1 if pages else None,
                body=body,
            )
        return id

    async def diagnostic(self, job_id: UUID, number: int) -> str:
        letters = "".join(self.chance.choice("23456789ABCDEFGHJKMNPQRSTUVWXYZ") for _ in range(12))
        reference = f"D-{letters[:4]}-{letters[4:8]}-{letters[8:]}"
        await self.insert(
            "diagnostic", reference=reference, job_id=job_id, attempt_no=number, expires_at=self.now + timedelta(days=14),
            sealed=seal(self.services.diagnostic_key, reference, DETAIL),
        )  # fmt: skip
        return reference
