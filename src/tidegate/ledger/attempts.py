"""What workers write about the attempts that they run. Every write carries the fence: (job, attempt, worker, running)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.domain.failures import Code, Failure
from tidegate.domain.lifecycle import Fenced, Outcome

SQL = named_sql(__file__)


@dataclass(frozen=True)
class Hold:
    """The fence of a running attempt: every write of its worker carries it."""

    job_id: UUID
    attempt_no: int
    worker_id: UUID

    @property
    def attempt(self) -> tuple[UUID, int]:
        """The attempt that it is about."""
        return self.job_id, self.attempt_no

    @property
    def parameters(self) -> dict[str, object]:
        """As statements take it."""
        return {"job_id": self.job_id, "attempt_no": self.attempt_no, "worker_id": self.worker_id}


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt just claimed; the job has lost `losses` workers since a person last asked for it."""

    job_id: UUID
    attempt_no: int
    version: int
    pipeline: str
    name: str
    source_kind: str
    source_locator: str
    source_root: str | None
    losses: int
    traceparent: str | None

    @property
    def is_first(self) -> bool:
        """Whether nobody has run this job before: each transition counts its version up from 1."""
        return self.version == 2


class Checkpoint(msgspec.Struct, frozen=True):
    """The stored result of a finished step, 1-based, as the pipeline encoded it."""

    step_no: int
    name: str
    value: bytes


class FencedJob(msgspec.Struct, frozen=True):
    """A running job under its worker's fence, row-locked."""

    id: UUID
    pipeline: str
    name: str
    automatic_used: int


@dataclass(frozen=True)
class FirstStep:
    """The step that an attempt of a pipeline begins with when nothing is to be resumed, and how many there are."""

    name: str
    step_total: int


@dataclass(frozen=True)
class FinishedStep:
    """A step that has ended, what it leaves to resume from, and how far it came (done, total, unit)."""

    step_no: int
    name: str
    checkpoint: bytes
    progress: tuple[int, int | None, str] | None = None


class SealedDiagnostic(msgspec.Struct, frozen=True):
    """A diagnostic as stored: encrypted."""

    reference: str
    job_id: UUID
    attempt_no: int
    created_at: datetime
    expires_at: datetime
    sealed: bytes


class _Number(msgspec.Struct):
    n: int


class _Version(msgspec.Struct):
    version: int


class _Id(msgspec.Struct):
    id: UUID


async def begin(connection: Connection, hold: Hold) -> Begun | None:
    """Claim a queued attempt, or return None when it is not there to be claimed: a second delivery ends here."""
    return await SQL.one(connection, Begun, "begin_attempt", **hold.parameters)


async def list_checkpoints(connection: Connection, job_id: UUID) -> list[Checkpoint]:
    """Return what earlier attempts left, in step order."""
    return await SQL.all(connection, Checkpoint, "list_checkpoints", job_id=job_id)


async def take_fence(connection: Connection, hold: Hold) -> FencedJob:
    """Lock the job under the fence until the transaction ends. Raises Fenced."""
    row = await SQL.one(connection, FencedJob, "fenced_job", **hold.parameters)
    if row is None:
        raise Fenced
    return row


async def start_step(connection: Connection, hold: Hold, step_no: int, step_total: int, name: str) -> None:
    """Record that a step begins. Raises Fenced."""
    if not await SQL.run(connection, "set_step", step_no=step_no, step_total=step_total, name=name, **hold.parameters):
        raise Fenced
    await SQL.run(connection, "insert_step", job_id=hold.job_id, attempt_no=hold.attempt_no, step_no=step_no, name=name)


async def resume_step(connection: Connection, hold: Hold, step_no: int, name: str) -> None:
    """Record that a step is passed over because an earlier attempt finished it; under a fence already taken."""
    await SQL.run(connection, "insert_resumed_step", job_id=hold.job_id, attempt_no=hold.attempt_no, step_no=step_no, name=name)


async def set_progress(connection: Connection, hold: Hold, done: int, total: int | None, unit: str) -> None:
    """Record how far the current step has come. Raises Fenced."""
    if not await SQL.run(connection, "set_progress", done=done, total=total, unit=unit, **hold.parameters):
        raise Fenced


async def finish_step(connection: Connection, hold: Hold, finished: FinishedStep) -> None:
    """Record a step's end and keep its checkpoint; under a fence already taken."""
    done, total, unit = finished.progress or (None, None, None)
    here = {"job_id": hold.job_id, "attempt_no": hold.attempt_no, "step_no": finished.step_no}
    await SQL.run(connection, "finish_step", **here, done=done, total=total, unit=unit)
    await SQL.run(connection, "save_checkpoint", **here, name=finished.name, value=finished.checkpoint)


async def known_document(connection: Connection, pipeline: str, sha256: str) -> UUID | None:
    """Return the document that this content already became in this pipeline, or None."""
    row = await SQL.one(connection, _Id, "known_document", pipeline=pipeline, sha256=sha256)
    return row.id if row else None


async def insert_document(
    connection: Connection, document: dict[str, object], chunks: Sequence[tuple[int | None, int | None, str]]
) -> bool:
    """Write a document with its passages (page from, page to, text); False when the content is known already."""
    if not await SQL.run(connection, "insert_document", **document, chunk_total=len(chunks)):
        return False
    await SQL.run(
        connection, "insert_chunks", document_id=document["id"], page_from=[c[0] for c in chunks],
        page_to=[c[1] for c in chunks], bodies=[c[2] for c in chunks],
    )  # fmt: skip
    return True


async def succeed(connection: Connection, hold: Hold, outcome: Outcome, document_id: UUID | None) -> None:
    """Close attempt and job as succeeded and drop the checkpoints. Raises Fenced."""
    if not await SQL.run(connection, "succeed_job", outcome=outcome.value, document_id=document_id, **hold.parameters):
        raise Fenced
    await SQL.run(connection, "succeed_attempt", **hold.parameters)
    await SQL.run(connection, "close_steps", id=hold.job_id, attempt_no=hold.attempt_no, state="succeeded")
    await SQL.run(connection, "drop_checkpoints", job_id=hold.job_id)


async def fail(connection: Connection, hold: Hold, failure: Failure, diagnostic_ref: str | None) -> None:
    """Close attempt and job as failed. Raises Fenced."""
    params = msgspec.json.encode(failure.params).decode() if failure.params else None
    what = {"code": str(failure.code), "params": params, "diagnostic_ref": diagnostic_ref, **hold.parameters}
    if not await SQL.run(connection, "fail_job", **what):
        raise Fenced
    await SQL.run(connection, "fail_attempt", **what)
    await SQL.run(connection, "close_steps", id=hold.job_id, attempt_no=hold.attempt_no, state="failed")


async def automatic_retries(connection: Connection, job_id: UUID, code: Code) -> int:
    """Return how often this code has closed an attempt since a person last asked for one."""
    row = await SQL.one(connection, _Number, "automatic_retries", job_id=job_id, code=str(code))
    return row.n if row else 0


async def give_back(connection: Connection, hold: Hold) -> int:
    """Put a running attempt back in the queue, unharmed, and return the job's new version. Raises Fenced."""
    row = await SQL.one(connection, _Version, "give_back_job", **hold.parameters)
    if row is None:
        raise Fenced
    await SQL.run(connection, "give_back_attempt", **hold.parameters)
    return row.version


async def insert_diagnostic(connection: Connection, reference: str, hold: Hold, days: int, sealed: bytes) -> None:
    """Keep the encrypted detail of a failure for `days`."""
    await SQL.run(
        connection,
        "insert_diagnostic",
        reference=reference,
        job_id=hold.job_id,
        attempt_no=hold.attempt_no,
        days=days,
        sealed=sealed,
    )


async def get_diagnostic(connection: Connection, reference: str) -> SealedDiagnostic | None:
    """Return a diagnostic that has not expired, still encrypted, or None."""
    return await SQL.one(connection, SealedDiagnostic, "get_diagnostic", reference=reference)
