"""`tidegate channel …`: who is told of failures, recoveries and what is stuck, and by what means."""

from typing import Literal

import msgspec

from tidegate.channels.channel import Channel, ChannelKind, Event, Terms
from tidegate.cli.output import moment, show_json, show_line, show_table
from tidegate.cli.shell import opened
from tidegate.cli.words import parse_id, parse_name
from tidegate.operations import channels
from tidegate.operations.channels import AddChannel, ChangeChannel, RemoveChannel, SendTest

COLUMNS = ("id", "name", "kind", "target", "events", "language", "quiet", "gathers", "paused")
LOG_COLUMNS = ("id", "event", "reason", "pipeline", "step", "jobs", "due", "tries", "outcome", "status", "done")
LOG_LIMIT = 50


async def add(
    name: str,
    /,
    *,
    kind: str,
    to: str = "",
    secret: str = "",
    event: list[str] | None = None,
    language: str = "en",
    quiet: str | None = None,
    zone: str = "UTC",
    window: int = 60,
    reason: str | None = None,
    json: bool = False,
) -> None:
    """Add a channel that people are told by.

    Args:
        name: What it is called.
        kind: webhook, slack or email.
        to: The web address of a webhook, or an e-mail address; none for slack.
        secret: Where the secret is, env:NAME or file:/path; none for email. It is never stored.
        event: failed, recovered or stuck; may be given several times. All of them otherwise.
        language: Language of its messages, en or de.
        quiet: Quiet hours, such as 22:00-07:00.
        zone: Time zone of the quiet hours.
        window: Seconds that what has the same cause is gathered into one message.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    begin, end = _hours(quiet)
    terms = Terms(
        name=name, kind=parse_name(ChannelKind, kind), target=to, secret=secret, events=_events(event), language=language,
        quiet_from=begin, quiet_to=end, zone=zone, window_seconds=window,
    )  # fmt: skip
    async with opened() as shell:
        made = await shell.perform(AddChannel(terms, reason))
    if json:
        show_json(made)
    else:
        show_line(f"Channel {made.id}; audit event {made.audit_event_id}.")


async def change(
    id: str,
    /,
    *,
    name: str | None = None,
    to: str | None = None,
    secret: str | None = None,
    event: list[str] | None = None,
    language: str | None = None,
    quiet: str | None = None,
    zone: str | None = None,
    window: int | None = None,
    paused: Literal["yes", "no"] | None = None,
    reason: str | None = None,
    json: bool = False,
) -> None:
    """Change a channel, or pause it; what is not given stays as it is.

    Args:
        id: The channel's id.
        name: What it is called.
        to: The web address of a webhook, or an e-mail address.
        secret: Where the secret is, env:NAME or file:/path.
        event: failed, recovered or stuck; may be given several times.
        language: Language of its messages, en or de.
        quiet: Quiet hours, such as 22:00-07:00; none for no quiet hours.
        zone: Time zone of the quiet hours.
        window: Seconds that what has the same cause is gathered into one message.
        paused: yes or no.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    given: dict[str, object] = {
        "name": name, "target": to, "secret": secret, "language": language, "zone": zone, "window_seconds": window,
        "events": _events(event) if event else None, "paused": None if paused is None else paused == "yes",
    }  # fmt: skip
    changes = {field: value for field, value in given.items() if value is not None}
    if quiet is not None:
        changes["quiet_from"], changes["quiet_to"] = _hours(None if quiet == "none" else quiet)
    async with opened() as shell:
        before = await channels.get_channel(shell.services, shell.actor, parse_id(id))
        changed = await shell.perform(ChangeChannel(before.id, msgspec.structs.replace(before.terms, **changes), reason))
    if json:
        show_json(changed)
    else:
        show_line(f"Changed; audit event {changed.audit_event_id}.")


async def remove(id: str, /, *, reason: str | None = None, json: bool = False) -> None:
    """Remove a channel; what waits for it is dropped.

    Args:
        id: The channel's id.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    command = RemoveChannel(parse_id(id), reason)
    async with opened() as shell:
        removed = await shell.perform(command)
    if json:
        show_json(removed)
    else:
        show_line(f"Removed; audit event {removed.audit_event_id}.")


async def send_test(id: str, /, *, reason: str | None = None, json: bool = False) -> None:
    """Send a test message by a channel.

    A running server or worker delivers it; `tidegate channel log` tells what came of it.

    Args:
        id: The channel's id.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    command = SendTest(parse_id(id), reason)
    async with opened() as shell:
        tested = await shell.perform(command)
    if json:
        show_json(tested)
    else:
        show_line(f"Message {tested.delivery_id} is on its way; audit event {tested.audit_event_id}.")


async def show(*, json: bool = False) -> None:
    """List the channels that people are told by.

    Args:
        json: Print one JSON array.
    """
    async with opened() as shell:
        found = await channels.list_channels(shell.services, shell.actor)
    if json:
        show_json(found)
    else:
        show_table(COLUMNS, map(_row, found), empty="No channel: nobody is told unless they look.")


async def log(id: str, /, *, limit: int = LOG_LIMIT, json: bool = False) -> None:
    """List the messages of a channel, newest first, and what came of them.

    Args:
        id: The channel's id.
        limit: Messages at most.
        json: Print one JSON array, each message with its tries.
    """
    async with opened() as shell:
        found = await channels.list_deliveries(shell.services, shell.actor, parse_id(id), limit=limit)
    if json:
        show_json(found)
        return
    rows = (
        (one.id, one.event, one.reason, one.pipeline, one.step, one.n, moment(one.due_at), one.tries, one.outcome or "",
         one.status, moment(one.done_at))
        for one in found
    )  # fmt: skip
    show_table(LOG_COLUMNS, rows, empty="No message yet.")


def _events(given: list[str] | None) -> list[Event]:
    return [parse_name(Event, word) for word in given] if given else [Event.FAILED, Event.RECOVERED, Event.STUCK]


def _hours(text: str | None) -> tuple[str | None, str | None]:
    """Return begin and end; what is no time is refused by the command itself."""
    if text is None:
        return None, None
    begin, _, end = text.partition("-")
    return begin.strip(), end.strip()


def _row(channel: Channel) -> tuple[object, ...]:
    quiet = f"{channel.quiet_from}-{channel.quiet_to} {channel.zone}" if channel.quiet_from else ""
    return (
        channel.id, channel.name, channel.kind, channel.target, " ".join(channel.events), channel.language, quiet,
        f"{channel.window_seconds} s", "yes" if channel.paused else "no",
    )  # fmt: skip
