"""What keeps jobs of other systems going: calls in the outbox are made, and what was silent for too long is closed."""

import asyncio
import time
from typing import Any
from uuid import UUID

import msgspec
import structlog

from tidegate.db.connect import transaction
from tidegate.db.queries import Connection
from tidegate.domain.failures import Failure, FailureCode
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import State
from tidegate.ledger import attempts, external, rerun_calls, writes
from tidegate.ledger.attempts import Hold
from tidegate.ledger.rerun_calls import DueCall
from tidegate.operations.door import Services
from tidegate.operations.turns import keep_turning
from tidegate.outbound.secrets import SecretUnavailable, read_keys
from tidegate.outbound.sending import Delivery, Sender, Sent, next_wait

SILENCE_SECONDS = 15.0
"""How often it is looked for what was silent for too long."""

AT_ONCE = 8
"""Calls that one process makes at once: they wait for others, not for us."""

LEASE_SECONDS = 60.0
"""How long a taken call may take until another process takes it: longer than any answer is waited for."""

NO_SECRET = "no_secret"

log = structlog.get_logger("tidegate.external")


async def keep_external(services: Services) -> None:
    """Make due calls and close the silent, until cancelled. Several processes share the work."""
    look_at = time.monotonic()

    async def turn() -> bool:
        nonlocal look_at
        made = await make_calls(services)
        if time.monotonic() >= look_at:
            await close_silent(services)
            look_at = time.monotonic() + SILENCE_SECONDS
        return made > 0

    await keep_turning(turn, log, "external_turn_failed")


async def make_calls(services: Services) -> int:
    """Make the calls that are due and return their number. None is made inside a transaction."""
    async with transaction(services.pool) as connection:
        due = await rerun_calls.take_due(connection, lease=LEASE_SECONDS, limit=AT_ONCE)
    if due:
        sender = Sender(services.settings.allowed_hosts)
        await asyncio.gather(*(_call(services, sender, call) for call in due))
    return len(due)


async def close_silent(services: Services) -> int:
    """Close as lost what was not heard of for the time that the setting allows; return the number of jobs."""
    silence = services.settings.external_silence
    if not silence:
        return 0
    async with transaction(services.pool) as connection:
        lost = await external.silent(connection, silence)
        for job in lost:
            if job.state is State.QUEUED:
                await _give_up(connection, Hold(job.id, job.attempt_no, new_id()), FailureCode.EXTERNAL_LOST)
            elif job.worker_id is not None:
                await attempts.fail(
                    connection, Hold(job.id, job.attempt_no, job.worker_id), Failure(FailureCode.EXTERNAL_LOST), None
                )
        return len(lost)


def body_of(call: DueCall) -> bytes:
    """Return what a system is told: which job and attempt, and the run before. Nothing that a person wrote."""
    data: dict[str, Any] = {
        "job_id": call.job_id, "attempt": call.attempt_no, "namespace": call.namespace, "pipeline": call.pipeline,
        "name": call.name, "run_id": call.run_id,
    }  # fmt: skip
    return msgspec.json.encode({"type": "ingestion.retry", "timestamp": call.created_at, "data": data})


async def _call(services: Services, sender: Sender, call: DueCall) -> None:
    try:
        keys = await asyncio.to_thread(read_keys, call.secret_ref)
    except SecretUnavailable:
        sent, delivery = None, NO_SECRET
    else:
        sent = await sender.send(call.url, keys, f"msg_{call.id.hex}", body_of(call))
        delivery = sent.delivery.value
    async with transaction(services.pool) as connection:
        await _settle(connection, call, sent, delivery)


async def _settle(connection: Connection, call: DueCall, sent: Sent | None, delivery: str) -> None:
    wait = None if sent and sent.is_final else next_wait(call.tries)
    await rerun_calls.settle(connection, call.id, delivery, sent.status if sent else None, wait)
    if wait is None and delivery != Delivery.DELIVERED:
        await _refused(connection, call.job_id, call.attempt_no, call.id)


async def _refused(connection: Connection, job_id: UUID, attempt_no: int, call_id: UUID) -> None:
    """Fail the attempt that no system took, unless a run began it after all, or it was cancelled."""
    job = await writes.lock_job(connection, job_id)
    if job is not None and job.state is State.QUEUED and job.attempt_no == attempt_no:
        await _give_up(connection, Hold(job_id, attempt_no, call_id), FailureCode.EXTERNAL_UNREACHABLE)


async def _give_up(connection: Connection, hold: Hold, code: FailureCode) -> None:
    """Close a queued attempt as failed, by the two transitions that there are for it."""
    await external.begin(connection, hold)
    await attempts.fail(connection, hold, Failure(code), None)
    await rerun_calls.withdraw(connection, hold.job_id)
