"""What the API gives of channels and of other systems, as a program sees it: references of secrets only."""

from datetime import datetime
from uuid import UUID

import msgspec


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel that people are told by; quiet hours are `HH:MM` in `zone`, `window_seconds` is how long a message gathers."""

    id: UUID
    name: str
    kind: str
    target: str
    secret: str
    events: list[str]
    language: str
    quiet_from: str | None
    quiet_to: str | None
    zone: str
    window_seconds: int
    paused: bool
    created_at: datetime


class Channels(msgspec.Struct, frozen=True):
    """Every channel, by name."""

    items: list[Channel]


class ChannelSet(msgspec.Struct, frozen=True, kw_only=True):
    """A channel that was made, changed or removed, and where that is on record."""

    id: UUID
    audit_event_id: UUID


class ChannelTested(msgspec.Struct, frozen=True, kw_only=True):
    """A test message that was handed in; its delivery tells what comes of it."""

    id: UUID
    delivery_id: UUID
    audit_event_id: UUID


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """One try to deliver; `status` is what the other side answered, by HTTP or SMTP."""

    no: int
    at: datetime
    outcome: str
    status: int | None
    milliseconds: int


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A message: gathering, waiting, delivered or given up. `outcome` is that of the newest try, `n` counts jobs."""

    id: UUID
    channel_id: UUID
    event: str
    reason: str
    pipeline: str
    step: str
    source_kind: str
    n: int
    first_at: datetime
    last_at: datetime
    due_at: datetime
    closed_at: datetime | None
    tries: int
    outcome: str | None
    status: int | None
    done_at: datetime | None
    log: list[Try]


class DeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a channel's messages, newest first."""

    items: list[Delivery]
    next_page_token: str | None


class System(msgspec.Struct, frozen=True, kw_only=True):
    """How a system is asked: by a signed call to `url`, or it comes itself, last at `polled_at`. The address may be a secret."""

    namespace: str
    url: str | None
    secret_ref: str | None
    polled_at: datetime | None
    created_at: datetime

    def __repr__(self) -> str:
        return f"System(namespace={self.namespace!r}, secret_ref={self.secret_ref!r}, polled_at={self.polled_at!r})"


class Systems(msgspec.Struct, frozen=True):
    """The systems that can be asked, by namespace."""

    items: list[System]


class SystemSet(msgspec.Struct, frozen=True, kw_only=True):
    """A system that is asked otherwise from now on, or no more, and where that is on record."""

    namespace: str
    audit_event_id: UUID
