"""The outbox of requests to other systems to run an attempt, and how each is asked. Addresses and references stay inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.domain.ids import new_id

SQL = named_sql(__file__)


@dataclass(frozen=True)
class NewCall:
    """An attempt that another system is to run."""

    job_id: UUID
    attempt_no: int
    namespace: str


class DueCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call to be made now, taken for a while; `tries` counts this one. `run_id` is the run before, None when there was none."""

    id: UUID
    job_id: UUID
    attempt_no: int
    namespace: str
    created_at: datetime
    tries: int
    url: str
    secret_ref: str
    pipeline: str
    name: str
    run_id: UUID | None


class AskedRun(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that a system came for; `restart` is what it had sealed for itself when it told of the run before."""

    id: UUID
    job_id: UUID
    attempt: int
    pipeline: str
    name: str
    run_id: UUID | None
    restart: str | None


class System(msgspec.Struct, frozen=True, kw_only=True):
    """How a system is asked: by a signed call to `url`, or it comes itself, last at `polled_at`."""

    namespace: str
    url: str | None
    secret_ref: str | None
    polled_at: datetime | None
    created_at: datetime


class _Fresh(msgspec.Struct):
    is_new: bool


class _Number(msgspec.Struct):
    n: int


async def open_calls(connection: Connection, calls: Sequence[NewCall]) -> None:
    """Put calls into the outbox, in the transaction that queued their attempts."""
    await SQL.run(
        connection, "open_calls", ids=[new_id() for _ in calls], job_ids=[call.job_id for call in calls],
        attempts=[call.attempt_no for call in calls], namespaces=[call.namespace for call in calls],
    )  # fmt: skip


async def withdraw(connection: Connection, job_id: UUID) -> None:
    """Close what is open of a job: nobody waits for it any more."""
    await SQL.run(connection, "withdraw_calls", job_id=job_id)


async def take_due(connection: Connection, *, lease: float, limit: int) -> list[DueCall]:
    """Take calls that are due, for `lease` seconds; one that is not settled by then is due again."""
    return await SQL.all(connection, DueCall, "take_due_calls", lease=lease, limit=limit)


async def claim(connection: Connection, namespace: str, *, lease: float, limit: int) -> list[AskedRun]:
    """Take calls of a system that comes for them itself, for `lease` seconds; a run that begins one closes it."""
    return await SQL.all(connection, AskedRun, "claim_calls", namespace=namespace, lease=lease, limit=limit)


async def settle(connection: Connection, id: UUID, delivery: str, status: int | None, wait: float | None) -> None:
    """Write down what came of a try; `wait` seconds to the next, None when there is none."""
    await SQL.run(connection, "settle_call", id=id, delivery=delivery, status=status, wait=wait)


async def set_system(connection: Connection, namespace: str, url: str, secret_ref: str) -> None:
    """Write down how a system is called."""
    await SQL.run(connection, "set_system", namespace=namespace, url=url, secret_ref=secret_ref)


async def remove_system(connection: Connection, namespace: str) -> bool:
    """Forget how a system is asked; False when it was not known."""
    return await SQL.run(connection, "remove_system", namespace=namespace) == 1


async def note_poll(connection: Connection, namespace: str) -> bool:
    """Note that a system came asking; True when it was the first time."""
    row = await SQL.one(connection, _Fresh, "note_poll", namespace=namespace)
    return row is not None and row.is_new


async def list_systems(connection: Connection) -> list[System]:
    """Return the known systems by namespace."""
    return await SQL.all(connection, System, "list_systems")


async def count_systems(connection: Connection) -> int:
    """Return how many systems are known."""
    row = await SQL.one(connection, _Number, "count_systems")
    return row.n if row else 0
