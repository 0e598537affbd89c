"""Channels that people are told by, and what became of their messages."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from tidegate.channels.channel import Channel, ChannelKind, Event, Terms
from tidegate.channels.outbox import Delivery
from tidegate.operations import channels
from tidegate.operations.channels import AddChannel, ChangeChannel, ChannelSet, ChannelTested, RemoveChannel, SendTest
from tidegate.operations.door import perform
from tidegate.web.parameters import WithActor, WithAsking, WithServices

from .bodies import Number, Reason, Request, Why
from .paging import PageSize, PageToken, id_of, token_after


class ChannelTerms(Request, kw_only=True):
    """A channel whole. `secret` is a reference, `env:NAME` or `file:/path`; quiet hours are `HH:MM` in `zone`."""

    name: str
    kind: ChannelKind
    target: str = ""
    secret: str = ""
    events: Annotated[list[Event], Meta(max_length=10)]
    language: str = "en"
    quiet_from: str | None = None
    quiet_to: str | None = None
    zone: str = "UTC"
    window_seconds: Number = 60
    paused: bool = False
    reason: str | None = None

    @property
    def terms(self) -> Terms:
        """As operations take them."""
        return Terms(**{name: getattr(self, name) for name in Terms.__struct_fields__})


class Channels(msgspec.Struct, frozen=True):
    """Every channel, by name."""

    items: list[Channel]


class Deliveries(msgspec.Struct, frozen=True):
    """One page of a channel's messages, newest first, each with its tries."""

    items: Sequence[Delivery]
    next_page_token: str | None


async def list_channels(services: WithServices, actor: WithActor) -> Channels:
    """List the channels that people are told by."""
    return Channels(await channels.list_channels(services, actor))


async def get_channel(services: WithServices, actor: WithActor, id: FromPath[UUID]) -> Channel:
    """Show a channel."""
    return await channels.get_channel(services, actor, id)


async def add_channel(services: WithServices, asking: WithAsking, data: JSONBody[ChannelTerms]) -> ChannelSet:
    """Make a channel."""
    return await perform(services, asking, AddChannel(data.terms, data.reason or None))


async def change_channel(
    services: WithServices, asking: WithAsking, id: FromPath[UUID], data: JSONBody[ChannelTerms]
) -> ChannelSet:
    """Give a channel other terms, all of them; pausing it is one."""
    return await perform(services, asking, ChangeChannel(id, data.terms, data.reason or None))


async def remove_channel(services: WithServices, asking: WithAsking, id: FromPath[UUID], reason: Reason = None) -> ChannelSet:
    """Remove a channel; what waits for it is dropped."""
    return await perform(services, asking, RemoveChannel(id, reason or None))


async def test_channel(services: WithServices, asking: WithAsking, id: FromPath[UUID], data: JSONBody[Why]) -> ChannelTested:
    """Send a test message by a channel, in quiet hours and while it is paused, too."""
    return await perform(services, asking, SendTest(id, data.reason or None))


async def list_deliveries(
    services: WithServices, actor: WithActor, id: FromPath[UUID], page_size: PageSize = 50, page_token: PageToken = None
) -> Deliveries:
    """List a channel's messages, newest first, and what came of each try."""
    found = await channels.list_deliveries(services, actor, id, before=id_of(page_token), limit=page_size)
    return Deliveries(found, token_after([one.id for one in found], page_size))
