"""What administrators do about channels: make, change, remove and try them; and what they read of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from tidegate.access import policy
from tidegate.audit.record import Facts, Target
from tidegate.audit.vocabulary import AuditAction, TargetKind
from tidegate.channels import channel as channels
from tidegate.channels import outbox
from tidegate.channels.channel import CHANNELS_LIMIT, CHOICES, LANGUAGES, Channel, ChannelKind, Event, Terms
from tidegate.channels.outbox import Delivery, Told
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.ids import new_id
from tidegate.domain.refusals import Conflict, Invalid, NotFound
from tidegate.operations.door import Door, Services
from tidegate.operations.jobs import check_reason
from tidegate.operations.reading import check_page_size
from tidegate.outbound.secrets import is_reference

NAME_LIMIT, TARGET_LIMIT = 100, 2000
WINDOW_MAX = 86_400
"""Seconds that a message may gather: what comes once a day is a report."""

_HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
"""One address as HTML's e-mail fields take it; no quoting, no comments, no line breaks."""


class ChannelSet(msgspec.Struct, frozen=True):
    """A channel was made, changed or removed, and where that is on record."""

    id: UUID
    audit_event_id: UUID


class ChannelTested(msgspec.Struct, frozen=True):
    """A test message was handed in; its delivery tells what comes of it."""

    id: UUID
    delivery_id: UUID
    audit_event_id: UUID


@dataclass(frozen=True)
class AddChannel:
    """Make a channel. Raises Invalid, Conflict."""

    permission: ClassVar[Permission] = Permission.CHANNEL_MANAGE
    action: ClassVar[AuditAction] = AuditAction.CHANNEL_ADD

    terms: Terms
    reason: str | None = None

    @property
    def target(self) -> Target:
        """A channel that does not exist yet."""
        return Target(TargetKind.CHANNEL)

    async def carry_out(self, door: Door) -> ChannelSet:
        """See `Command.carry_out`."""
        check_reason(self.reason)
        await _check(door, self.terms)
        if len(await channels.list_channels(door.connection)) >= CHANNELS_LIMIT:
            raise Conflict("too_many_channels", "There are {limit} channels; remove one first.", limit=CHANNELS_LIMIT)
        id = new_id()
        event = await door.record(Target(TargetKind.CHANNEL, id), reason=self.reason, after=facts_of(self.terms))
        await channels.insert_channel(door.connection, id, self.terms, event)
        return ChannelSet(id, event)


@dataclass(frozen=True)
class ChangeChannel:
    """Give a channel other terms, all of them; pausing is one. Raises Invalid, NotFound."""

    permission: ClassVar[Permission] = Permission.CHANNEL_MANAGE
    action: ClassVar[AuditAction] = AuditAction.CHANNEL_CHANGE

    channel_id: UUID
    terms: Terms
    reason: str | None = None

    @property
    def target(self) -> Target:
        """The channel."""
        return Target(TargetKind.CHANNEL, self.channel_id)

    async def carry_out(self, door: Door) -> ChannelSet:
        """See `Command.carry_out`."""
        check_reason(self.reason)
        await _check(door, self.terms)
        before = await _locked(door, self.channel_id)
        event = await door.record(
            self.target, reason=self.reason, before=facts_of(before.terms), after=facts_of(self.terms)
        )  # fmt: skip
        await channels.update_channel(door.connection, self.channel_id, self.terms, event)
        return ChannelSet(self.channel_id, event)


@dataclass(frozen=True)
class RemoveChannel:
    """Remove a channel; what waits for it is dropped. Raises NotFound, Invalid."""

    permission: ClassVar[Permission] = Permission.CHANNEL_MANAGE
    action: ClassVar[AuditAction] = AuditAction.CHANNEL_REMOVE

    channel_id: UUID
    reason: str | None = None

    @property
    def target(self) -> Target:
        """The channel."""
        return Target(TargetKind.CHANNEL, self.channel_id)

    async def carry_out(self, door: Door) -> ChannelSet:
        """See `Command.carry_out`."""
        check_reason(self.reason)
        before = await _locked(door, self.channel_id)
        event = await door.record(self.target, reason=self.reason, before=facts_of(before.terms))
        await channels.remove_channel(door.connection, self.channel_id, event)
        return ChannelSet(self.channel_id, event)


@dataclass(frozen=True)
class SendTest:
    """Send a test message by a channel, paused and quiet ones too. Raises NotFound, Invalid."""

    permission: ClassVar[Permission] = Permission.CHANNEL_MANAGE
    action: ClassVar[AuditAction] = AuditAction.CHANNEL_TEST

    channel_id: UUID
    reason: str | None = None

    @property
    def target(self) -> Target:
        """The channel."""
        return Target(TargetKind.CHANNEL, self.channel_id)

    async def carry_out(self, door: Door) -> ChannelTested:
        """See `Command.carry_out`."""
        check_reason(self.reason)
        tested = await _locked(door, self.channel_id)
        now = datetime.now(UTC)
        delivery = await outbox.add_test(door.connection, tested.id, Told(event=Event.TEST, first_at=now, last_at=now))
        event = await door.record(self.target, reason=self.reason, after={"name": tested.name})
        return ChannelTested(tested.id, delivery, event)


async def list_channels(services: Services, actor: Actor) -> list[Channel]:
    """Return every channel, by name. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.CHANNEL_MANAGE)
    async with services.pool.connection() as connection:
        return await channels.list_channels(connection)


async def get_channel(services: Services, actor: Actor, id: UUID) -> Channel:
    """Return a channel. Raises NotFound, Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.CHANNEL_MANAGE)
    async with services.pool.connection() as connection:
        found = await channels.get_channel(connection, id)
    if found is None:
        raise _missing()
    return found


async def list_deliveries(
    services: Services, actor: Actor, id: UUID, *, before: UUID | None = None, limit: int = 50
) -> Sequence[Delivery]:
    """Return one page of a channel's messages, newest first. Raises NotFound, Forbidden, Unauthenticated, Invalid."""
    check_page_size(limit)
    await get_channel(services, actor, id)
    async with services.pool.connection() as connection:
        return await outbox.list_deliveries(connection, id, before=before, limit=limit)


def facts_of(terms: Terms) -> Facts:
    """Return what the audit log keeps of a channel: of a web address its host alone, for a path may be a secret."""
    place = urlsplit(terms.target).hostname if terms.kind is ChannelKind.WEBHOOK else terms.target
    return {
        "name": terms.name.strip(),
        "kind": terms.kind.value,
        "target": place or None,
        "secret": terms.secret or None,
        "events": " ".join(terms.events),
        "language": terms.language,
        "quiet": f"{terms.quiet_from}-{terms.quiet_to} {terms.zone}" if terms.quiet_from else None,
        "window_seconds": terms.window_seconds,
        "paused": terms.paused,
    }


async def _locked(door: Door, id: UUID) -> Channel:
    found = await channels.lock_channel(door.connection, id)
    if found is None:
        raise _missing()
    return found


async def _check(door: Door, terms: Terms) -> None:
    """Refuse terms that cannot be kept. Raises Invalid."""
    if not terms.name.strip() or len(terms.name) > NAME_LIMIT or not terms.name.isprintable():
        raise Invalid("bad_channel_name", "A channel has a name of up to {limit} characters.", limit=NAME_LIMIT)
    if not set(terms.events) or not set(terms.events) <= set(CHOICES):
        raise Invalid("bad_channel_events", "Choose at least one: failed, recovered or stuck.")
    if terms.language not in LANGUAGES:
        raise Invalid("bad_channel_language", "This language is not one of the console's.")
    if not 1 <= terms.window_seconds <= WINDOW_MAX:
        raise Invalid("bad_channel_window", "A message gathers for 1 to {limit} seconds.", limit=WINDOW_MAX)
    _check_place(terms)
    _check_quiet(terms)
    if not terms.zone.isprintable() or not await channels.knows_zone(door.connection, terms.zone):
        raise Invalid("bad_channel_zone", "Name a time zone such as Europe/Berlin.")
    if terms.kind is ChannelKind.EMAIL and not door.services.settings.smtp_host:
        raise Invalid("no_mail_server", "This server sends no e-mail yet: set TIDEGATE_SMTP_HOST.")


def _check_place(terms: Terms) -> None:
    match terms.kind:
        case ChannelKind.WEBHOOK if not _is_web_address(terms.target):
            raise Invalid("bad_channel_address", "Give an http or https address without a user name in it.")
        case ChannelKind.WEBHOOK | ChannelKind.SLACK if not is_reference(terms.secret):
            raise Invalid("bad_channel_secret", "Say where the secret is: env:NAME or file:/path. It is never stored here.")
        case ChannelKind.SLACK if terms.target:
            raise Invalid("slack_address_is_secret", "The address that Slack gave is a secret: put it where the secret is.")
        case ChannelKind.EMAIL if not _MAIL.fullmatch(terms.target):
            raise Invalid("bad_channel_mail", "Give one e-mail address.")
        case ChannelKind.EMAIL if terms.secret:
            raise Invalid("mail_has_no_secret", "E-mail takes no secret: the mail server is a setting.")


def _check_quiet(terms: Terms) -> None:
    given = [hour for hour in (terms.quiet_from, terms.quiet_to) if hour is not None]
    if given and (len(set(given)) != 2 or not all(_HOUR.fullmatch(hour) for hour in given)):
        raise Invalid("bad_channel_quiet", "Quiet hours go from one time to another, such as 22:00 to 07:00.")


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
            and parts.port != 0 and len(text) <= TARGET_LIMIT and text.isprintable() and " " not in text
        )  # fmt: skip
    except ValueError:
        return False


def _missing() -> NotFound:
    return NotFound("channel_not_found", "There is no such channel.")
