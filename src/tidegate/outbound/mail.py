"""Sending e-mail by SMTP, encrypted by TLS or STARTTLS or plain as the server is set; of the answer nothing but its code."""

import asyncio
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum

from tidegate.outbound.sending import Delivery, Sent

SECONDS = 20.0
"""Longest wait for any one answer of the server."""


class Security(StrEnum):
    """How the connection is encrypted; `none` is for a server on the same machine or a private network."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in, and as whom."""

    host: str
    port: int
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""
    trust: ssl.SSLContext | None = None
    seconds: float = SECONDS


async def send_mail(server: MailServer, message: EmailMessage) -> Sent:
    """Hand in a message for its one recipient. Raises nothing."""
    try:
        await asyncio.to_thread(_hand_in, server, message)
    except smtplib.SMTPResponseException as error:
        return Sent(Delivery.REFUSED, int(error.smtp_code))
    except smtplib.SMTPRecipientsRefused as error:
        return Sent(Delivery.REFUSED, max((int(code) for code, _ in error.recipients.values()), default=None))
    except (smtplib.SMTPException, OSError, ValueError):
        return Sent(Delivery.UNREACHABLE)
    return Sent(Delivery.DELIVERED, 250)


def _hand_in(server: MailServer, message: EmailMessage) -> None:
    trust = server.trust or ssl.create_default_context()
    if server.security is Security.TLS:
        connected: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=server.seconds, context=trust)
    else:
        connected = smtplib.SMTP(server.host, server.port, timeout=server.seconds)
    with connected as smtp:
        if server.security is Security.STARTTLS:
            smtp.starttls(context=trust)
        if server.user:
            smtp.login(server.user, server.password)
        smtp.send_message(message)
