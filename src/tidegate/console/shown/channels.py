"""Channels and what they carried, as lines; and the form that makes or changes one."""

from collections.abc import Iterable
from dataclasses import dataclass

from tidegate.channels.channel import CHOICES, Channel, ChannelKind, Event
from tidegate.channels.outbox import Delivery, Outcome, Told, Try
from tidegate.console.language import LANGUAGES, number
from tidegate.console.language import gettext as _
from tidegate.console.letters import write
from tidegate.console.shown.asking import Choice, Question
from tidegate.console.shown.moments import Clock, Moment, span

KINDS = {ChannelKind.WEBHOOK: "Webhook", ChannelKind.SLACK: "Slack", ChannelKind.EMAIL: "E-mail"}
EVENTS = {Event.FAILED: "failures", Event.RECOVERED: "recoveries", Event.STUCK: "what is stuck", Event.TEST: "a test"}
OUTCOMES = {
    Outcome.DELIVERED: "delivered",
    Outcome.REFUSED: "refused by the receiver",
    Outcome.UNREACHABLE: "not reached",
    Outcome.BLOCKED_ADDRESS: "address not allowed",
    Outcome.SECRET_UNAVAILABLE: "secret not found",
    Outcome.DROPPED: "dropped with its channel",
}


@dataclass(frozen=True)
class ChannelLine:
    """A channel in words; `quiet` is '' where there are no quiet hours."""

    id: str
    name: str
    kind: str
    place: str
    secret: str
    events: str
    language: str
    quiet: str
    gathers: str
    paused: bool


@dataclass(frozen=True)
class TryLine:
    """One try to deliver."""

    no: str
    at: Moment
    outcome: str
    status: str
    took: str


@dataclass(frozen=True)
class DeliveryLine:
    """One message: what it says, how it stands, and its tries."""

    id: str
    subject: str
    tone: str
    icon: str
    standing: str
    when: Moment
    tries: list[TryLine]


def line(channel: Channel) -> ChannelLine:
    """Return a channel in words."""
    quiet = ""
    if channel.quiet_from and channel.quiet_to:
        quiet = _("{begin} to {end}, {zone}").format(begin=channel.quiet_from, end=channel.quiet_to, zone=channel.zone)
    return ChannelLine(
        str(channel.id), channel.name, _(KINDS[channel.kind]), channel.target, channel.secret,
        ", ".join(_(EVENTS[event]) for event in channel.events), LANGUAGES[channel.language].name, quiet,
        span(channel.window_seconds), channel.paused,
    )  # fmt: skip


def deliveries(found: Iterable[Delivery], clock: Clock, language: str) -> list[DeliveryLine]:
    """Return messages as lines, their subjects in the reader's language."""
    return [_delivery(one, clock, language) for one in found]


def kind_choices(chosen: str) -> list[Choice]:
    """Return the means that there are."""
    meanings = {
        ChannelKind.WEBHOOK: _("A signed call to a program of yours, as Standard Webhooks has it."),
        ChannelKind.SLACK: _("A note in Slack, or in what takes its incoming webhooks."),
        ChannelKind.EMAIL: _("A plain e-mail to one address."),
    }
    return [Choice(kind.value, _(KINDS[kind]), meanings[kind], kind.value == chosen) for kind in ChannelKind]


def event_choices(chosen: Iterable[str]) -> list[Choice]:
    """Return what people may be told of."""
    meanings = {
        Event.FAILED: _("Jobs that failed and are not tried again by themselves."),
        Event.RECOVERED: _("Jobs that failed, were retried by a person, and succeeded."),
        Event.STUCK: _("Jobs that nobody works on, or that run without progress."),
    }
    held = set(chosen)
    return [Choice(event.value, _(EVENTS[event]), meanings[event], event.value in held) for event in CHOICES]


def language_choices(chosen: str) -> list[Choice]:
    """Return the languages of messages."""
    return [Choice(language.tag, language.name, "", language.tag == chosen) for language in LANGUAGES.values()]


def removal(channel: Channel) -> Question:
    """Ask whether to remove a channel."""
    page = f"/admin/channels/{channel.id}"
    text = _("Nobody is told by it any more, and what waits for it is dropped. It cannot be undone.")
    word = _("Remove the channel")
    return Question(_("Remove this channel?"), channel.name, text, f"{page}/remove", page, word, "close", danger=True)


def trial(channel: Channel) -> Question:
    """Ask whether to send a test."""
    page = f"/admin/channels/{channel.id}"
    text = _("One message goes out now, in quiet hours and while the channel is paused, too.")
    return Question(_("Send a test?"), channel.name, text, f"{page}/test", page, _("Send a test"), "next")


def _delivery(one: Delivery, clock: Clock, language: str) -> DeliveryLine:
    tone, icon, standing = _standing(one)
    return DeliveryLine(
        str(one.id), _subject(one, language), tone, icon, standing, clock.at(one.done_at or one.last_at),
        [_try(attempt, clock) for attempt in one.log],
    )  # fmt: skip


def _standing(one: Delivery) -> tuple[str, str, str]:
    """Return tone, sign and words of how a message stands."""
    if one.outcome is Outcome.DELIVERED:
        return "succeeded", "state-succeeded", _(OUTCOMES[Outcome.DELIVERED])
    if one.done_at is not None and one.outcome is not None:
        return "failed", "state-failed", _("given up: {why}").format(why=_(OUTCOMES[one.outcome]))
    if one.outcome is not None:
        return "waiting", "clock", _("tried again later: {why}").format(why=_(OUTCOMES[one.outcome]))
    return "waiting", "clock", _("waits to be sent") if one.closed_at else _("gathers")


def _subject(told: Told, language: str) -> str:
    return write(told, language, "").subject


def _try(attempt: Try, clock: Clock) -> TryLine:
    took = _("{n} ms").format(n=number(attempt.milliseconds))
    no = _("try {n}").format(n=attempt.no)
    return TryLine(no, clock.at(attempt.at), _(OUTCOMES[attempt.outcome]), str(attempt.status or ""), took)
