"""Messages that wait for their channels: gathered by cause, claimed under a lease, tried until delivered or given up."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from tidegate.channels.channel import ChannelKind, Event
from tidegate.db.queries import Connection, named_sql
from tidegate.domain.ids import new_id

SQL = named_sql(__file__)

LEASE_SECONDS = 60.0
"""Longer than any try may take; a notifier that died in the middle of one is followed after so long."""

KEPT_DAYS = 30


class Outcome(StrEnum):
    """What came of a try, or of the whole delivery: a closed word, safe to show."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    BLOCKED_ADDRESS = "blocked_address"
    SECRET_UNAVAILABLE = "secret_unavailable"
    DROPPED = "dropped"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says: an event, its cause and how often. `reason` is a failure's code, or how it is stuck."""

    event: Event
    reason: str = ""
    pipeline: str = ""
    step: str = ""
    source_kind: str = ""
    n: int = 1
    first_at: datetime
    last_at: datetime


class Claimed(Told, frozen=True, kw_only=True):
    """A message to send now, the `tries`-th time, and how its channel is reached."""

    id: UUID
    tries: int
    kind: ChannelKind
    target: str
    secret: str
    language: str

    @property
    def webhook_id(self) -> str:
        """The receiver's key against doubles: the same for every try."""
        return f"msg_{self.id.hex}"


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """One try that came to an end; `status` is what the other side answered, by HTTP or SMTP."""

    no: int
    at: datetime
    outcome: Outcome
    status: int | None
    milliseconds: int


class Delivery(Told, frozen=True, kw_only=True):
    """A message in the log: gathering, waiting, delivered or given up. `outcome` is that of the newest try."""

    id: UUID
    channel_id: UUID
    due_at: datetime
    closed_at: datetime | None
    tries: int
    outcome: Outcome | None
    status: int | None
    done_at: datetime | None
    log: list[Try]


async def gather(connection: Connection, channel_id: UUID, told: Told, window_seconds: float) -> None:
    """Add what happened to the message of this cause that still gathers, or begin one."""
    await SQL.run(
        connection, "gather", id=new_id(), channel_id=channel_id, window_seconds=window_seconds, **_values(told)
    )  # fmt: skip


async def add_test(connection: Connection, channel_id: UUID, told: Told) -> UUID:
    """Add a message that goes out at once, quiet hours or not, and return its id."""
    id = new_id()
    await SQL.run(connection, "add_test", id=id, channel_id=channel_id, **_values(told))
    return id


async def claim(connection: Connection, limit: int) -> list[Claimed]:
    """Take messages that are due and whose channels are neither paused nor quiet; nobody else sends them for a lease."""
    return await SQL.all(connection, Claimed, "claim", lease_seconds=LEASE_SECONDS, limit=limit)


async def settle(
    connection: Connection, claimed: Claimed, outcome: Outcome, status: int | None, milliseconds: int, wait: float | None
) -> None:
    """Record what came of a try; `wait` is the seconds until the next one, None for none."""
    await SQL.run(
        connection, "settle", id=claimed.id, tries=claimed.tries, outcome=outcome.value, status=status,
        milliseconds=milliseconds, wait=wait,
    )  # fmt: skip


async def list_deliveries(connection: Connection, channel_id: UUID, *, before: UUID | None, limit: int) -> Sequence[Delivery]:
    """Return one page of a channel's messages, newest first, each with its tries."""
    return await SQL.all(connection, Delivery, "list_deliveries", channel_id=channel_id, before=before, limit=limit)


async def forget(connection: Connection) -> None:
    """Delete messages that came to an end long ago."""
    await SQL.run(connection, "forget", days=KEPT_DAYS)


def _values(told: Told) -> dict[str, object]:
    fields = {name: getattr(told, name) for name in Told.__struct_fields__}
    return {**fields, "event": told.event.value}
