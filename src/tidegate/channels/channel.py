"""What a channel is: where people are told, of what, in which language, and when they are left in peace."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from tidegate.db.queries import Connection, named_sql

SQL = named_sql(__file__)

LANGUAGES = ("en", "de")
"""Languages of messages: those of the console."""

CHANNELS_LIMIT = 200
"""Channels at most: each failure is compared with every one of them."""


class ChannelKind(StrEnum):
    """By what means people are told."""

    WEBHOOK = "webhook"
    SLACK = "slack"
    EMAIL = "email"


class Event(StrEnum):
    """What people are told of; `test` is not chosen but asked for."""

    FAILED = "failed"
    RECOVERED = "recovered"
    STUCK = "stuck"
    TEST = "test"


CHOICES = (Event.FAILED, Event.RECOVERED, Event.STUCK)
"""The events that a channel may be for."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What an administrator decides about a channel.

    `target` is a web address, or e-mail addresses with commas between; empty for Slack, whose address is a secret. `secret` is
    a reference, `env:NAME` or `file:/path`. Quiet hours are `HH:MM` in `zone`; `window_seconds` is how long a message gathers.
    """

    name: str
    kind: ChannelKind
    target: str = ""
    secret: str = ""
    events: list[Event]
    language: str = "en"
    quiet_from: str | None = None
    quiet_to: str | None = None
    zone: str = "UTC"
    window_seconds: int = 60
    paused: bool = False


class Channel(Terms, frozen=True, kw_only=True):
    """A channel as it stands."""

    id: UUID
    created_at: datetime

    @property
    def terms(self) -> Terms:
        """What was decided about it."""
        return Terms(**{name: getattr(self, name) for name in Terms.__struct_fields__})


class _Known(msgspec.Struct):
    known: bool


async def list_channels(connection: Connection) -> list[Channel]:
    """Return every channel that is not removed, by name."""
    return await SQL.all(connection, Channel, "list_channels", limit=CHANNELS_LIMIT)


async def get_channel(connection: Connection, id: UUID) -> Channel | None:
    """Return a channel, None when there is none or it is removed."""
    return await SQL.one(connection, Channel, "get_channel", id=id)


async def lock_channel(connection: Connection, id: UUID) -> Channel | None:
    """Return a channel and hold it for this transaction."""
    return await SQL.one(connection, Channel, "lock_channel", id=id)


async def insert_channel(connection: Connection, id: UUID, terms: Terms, audit_event_id: UUID) -> None:
    """Add a channel."""
    await SQL.run(connection, "insert_channel", id=id, audit_event_id=audit_event_id, **_values(terms))


async def update_channel(connection: Connection, id: UUID, terms: Terms, audit_event_id: UUID) -> None:
    """Give a channel other terms."""
    await SQL.run(connection, "update_channel", id=id, audit_event_id=audit_event_id, **_values(terms))


async def remove_channel(connection: Connection, id: UUID, audit_event_id: UUID) -> None:
    """Remove a channel and drop what still waits for it; what was delivered stays on record for a while."""
    await SQL.run(connection, "remove_channel", id=id, audit_event_id=audit_event_id)
    await SQL.run(connection, "drop_waiting", id=id)


async def knows_zone(connection: Connection, zone: str) -> bool:
    """Tell whether the database, which reckons the quiet hours, knows a time zone."""
    found = await SQL.one(connection, _Known, "knows_zone", zone=zone)
    return found is not None and found.known


def _values(terms: Terms) -> dict[str, object]:
    return {**msgspec.structs.asdict(terms), "kind": terms.kind.value, "events": [event.value for event in terms.events]}
