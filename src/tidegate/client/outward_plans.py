"""What the methods about channels and other systems ask for: who is told, and who is asked to run a job again.

What is done to channels is sent once, since the server would do it twice: after `Unreachable` look what became of it.
"""

from collections.abc import Sequence
from typing import Required, TypedDict, Unpack
from uuid import UUID

from tidegate.client import outward_shapes as shapes
from tidegate.client.effects import Flow, Plan, Request
from tidegate.client.plans import asked, change, each_of, word

CHANNELS, SYSTEMS = "/api/channels", "/api/systems"


class ChannelTerms(TypedDict, total=False):
    """A channel whole: `secret` is a reference, `env:NAME` or `file:/path`; quiet hours are `HH:MM` in `zone`."""

    name: Required[str]
    kind: Required[str]
    target: str
    secret: str
    events: Required[Sequence[str]]
    language: str
    quiet_from: str | None
    quiet_to: str | None
    zone: str
    window_seconds: int
    paused: bool


def list_channels() -> Plan[list[shapes.Channel]]:
    """Return the channels that people are told by, by name. Raises Forbidden, Problem, Unreachable."""
    return (yield from asked(Request("GET", CHANNELS), shapes.Channels)).items


def get_channel(id: UUID | str, /) -> Plan[shapes.Channel]:
    """Return a channel. Raises Forbidden, NotFound, Problem, Unreachable."""
    return (yield from asked(Request("GET", f"{CHANNELS}/{word(id)}"), shapes.Channel))


def add_channel(*, reason: str | None = None, **terms: Unpack[ChannelTerms]) -> Plan[shapes.ChannelSet]:
    """Make a channel. Raises Invalid, Conflict, Forbidden, Problem, Unreachable."""
    return (yield from asked(change(CHANNELS, {**terms, "reason": reason}), shapes.ChannelSet, tries=1))


def change_channel(id: UUID | str, /, *, reason: str | None = None, **terms: Unpack[ChannelTerms]) -> Plan[shapes.ChannelSet]:
    """Give a channel other terms, all of them; pausing it is one. Raises Invalid, Forbidden, NotFound, Problem, Unreachable."""
    request = change(f"{CHANNELS}/{word(id)}", {**terms, "reason": reason}, method="PUT")
    return (yield from asked(request, shapes.ChannelSet, tries=1))


def remove_channel(id: UUID | str, /, *, reason: str | None = None) -> Plan[shapes.ChannelSet]:
    """Remove a channel; what waits for it is dropped. Raises Forbidden, NotFound, Problem, Unreachable."""
    request = change(f"{CHANNELS}/{word(id)}", None, method="DELETE", given={"reason": reason} if reason else {})
    return (yield from asked(request, shapes.ChannelSet, tries=1))


def send_test(id: UUID | str, /, *, reason: str | None = None) -> Plan[shapes.ChannelTested]:
    """Send a test message, in quiet hours and while it is paused, too. Raises Forbidden, NotFound, Problem, Unreachable."""
    return (yield from asked(change(f"{CHANNELS}/{word(id)}/test", {"reason": reason}), shapes.ChannelTested, tries=1))


def each_delivery(id: UUID | str, /) -> Flow[shapes.Delivery]:
    """Give a channel's messages, newest first, each with its tries. Raises Forbidden, NotFound, Problem, Unreachable."""
    yield from each_of(f"{CHANNELS}/{word(id)}/deliveries", shapes.DeliveryPage)


def list_systems() -> Plan[list[shapes.System]]:
    """Return the systems that can be asked to run a job again. Raises Forbidden, Problem, Unreachable."""
    return (yield from asked(Request("GET", SYSTEMS), shapes.Systems)).items


def set_system(namespace: str, /, *, url: str, secret: str, reason: str | None = None) -> Plan[shapes.SystemSet]:
    """Have the runs of a namespace asked for by a call to `url`, signed by what `secret` (env:NAME, file:/path) leads to.

    Again with another address or secret, to change it. Raises Invalid, Conflict, Forbidden, Problem, Unreachable.
    """
    body = {"namespace": namespace, "url": url, "secret": secret, "reason": reason}
    return (yield from asked(change(SYSTEMS, body, method="PUT"), shapes.SystemSet))


def remove_system(namespace: str, /, *, reason: str | None = None) -> Plan[shapes.SystemSet]:
    """Forget how a system is asked. Raises Forbidden, NotFound, Problem, Unreachable."""
    given = {"namespace": namespace} | ({"reason": reason} if reason else {})
    return (yield from asked(change(SYSTEMS, None, method="DELETE", given=given), shapes.SystemSet))
