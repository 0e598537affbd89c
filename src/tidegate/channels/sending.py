"""One message by one means: a signed webhook, a note for Slack and its like, an e-mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

import msgspec

from tidegate.channels.channel import ChannelKind, Event
from tidegate.channels.letters import Letter
from tidegate.channels.outbox import Claimed, Outcome
from tidegate.outbound.mail import MailServer, send_mail
from tidegate.outbound.secrets import SecretUnavailable, read_keys, read_secret
from tidegate.outbound.sending import Delivery, Sender, Sent

TYPES = {
    Event.FAILED: "ingestion.failed",
    Event.RECOVERED: "ingestion.recovered",
    Event.STUCK: "ingestion.stuck",
    Event.TEST: "channel.test",
}
"""What webhooks call the events."""


@dataclass(frozen=True)
class Sending:
    """The means: a guarded sender for web addresses and, where one is set, a mail server."""

    sender: Sender
    mail: MailServer | None
    environment: Mapping[str, str] | None = None

    async def send(self, claimed: Claimed, letter: Letter) -> tuple[Outcome, int | None, bool]:
        """Send a message; return what came of it, the other side's status, and whether another try is pointless."""
        try:
            sent = await self._send(claimed, letter)
        except SecretUnavailable:
            return Outcome.SECRET_UNAVAILABLE, None, False
        return Outcome(sent.delivery.value), sent.status, sent.is_final

    async def _send(self, claimed: Claimed, letter: Letter) -> Sent:
        match claimed.kind:
            case ChannelKind.WEBHOOK:
                keys = read_keys(claimed.secret, self.environment)
                return await self.sender.send(claimed.target, keys, claimed.webhook_id, webhook_body(claimed, letter))
            case ChannelKind.SLACK:
                return await self.sender.post(read_secret(claimed.secret, self.environment), slack_body(letter))
            case ChannelKind.EMAIL:
                if self.mail is None:
                    return Sent(Delivery.UNREACHABLE)
                return await send_mail(self.mail, mail_of(claimed, letter, self.mail.sender))


def webhook_body(claimed: Claimed, letter: Letter) -> bytes:
    """Return the body as Standard Webhooks 1.0 advises: type, timestamp, data. The same bytes at each try."""
    data = {
        "title": letter.subject,
        "text": "\n".join(letter.lines),
        "url": letter.url,
        "code": claimed.reason or None,
        "pipeline": claimed.pipeline or None,
        "step": claimed.step or None,
        "source": claimed.source_kind or None,
        "count": claimed.n,
        "first_at": claimed.first_at,
        "last_at": claimed.last_at,
    }
    return msgspec.json.encode({"type": TYPES[claimed.event], "timestamp": claimed.last_at, "data": data})


def slack_body(letter: Letter) -> bytes:
    """Return the body of an incoming webhook, its three signs escaped (Slack, formatting text for app surfaces)."""
    link = f"<{_escaped(letter.url)}|{_escaped(letter.link)}>"
    return msgspec.json.encode({"text": "\n".join([f"*{_escaped(letter.subject)}*", *map(_escaped, letter.lines), link])})


def mail_of(claimed: Claimed, letter: Letter, sender: str) -> EmailMessage:
    """Return the e-mail; its Message-ID is the same for every try, so that a mailbox can tell doubles."""
    message = EmailMessage()
    message["From"] = formataddr(("Tidegate", sender))
    message["To"] = claimed.target
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(claimed.last_at)
    message["Message-ID"] = f"<{claimed.webhook_id}@{Address(addr_spec=sender).domain or 'tidegate'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join([*letter.lines, f"{letter.link}: {letter.url}"]) + "\n")
    return message


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
