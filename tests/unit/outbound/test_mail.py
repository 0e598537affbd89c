"""E-mail is handed in as the server is set: plain, by STARTTLS or by TLS, signed in or not; what fails is one of a few words."""

from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.counterparts import PASSWORD, USER, mailbox
from tidegate.outbound.mail import MailServer, Security, send_mail
from tidegate.outbound.sending import Delivery, Sent


def letter(to: str = "harbour@example.org") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "tidegate@example.org", to, "3 Aufträge: Prüfung"
    message.set_content("Grüße aus dem Hafen\n")
    return message


@pytest.mark.parametrize("security", Security)
async def test_mail_arrives_encrypted_as_the_server_is_set(tmp_path: Path, security: Security) -> None:
    with mailbox(tmp_path, security.value) as box:
        server = MailServer("127.0.0.1", box.port, security, trust=box.trust)
        if security is not Security.NONE:
            assert (await send_mail(replace(server, user=USER, password="wrong"), letter())) == Sent(Delivery.REFUSED, 535)
            server = replace(server, user=USER, password=PASSWORD)
        if security is Security.STARTTLS:
            assert await send_mail(replace(server, user=""), letter()) == Sent(Delivery.REFUSED, 530)
        assert await send_mail(server, letter()) == Sent(Delivery.DELIVERED, 250)
    [mail] = box.mails
    assert (mail["Subject"], mail.get_content().replace("\r\n", "\n")) == ("3 Aufträge: Prüfung", "Grüße aus dem Hafen\n")
    assert box.encrypted == [security is not Security.NONE]


async def test_a_server_with_a_certificate_of_nobody_is_told_nothing(tmp_path: Path) -> None:
    with mailbox(tmp_path, "starttls") as box:
        server = MailServer("127.0.0.1", box.port, Security.STARTTLS, USER, PASSWORD)
        assert await send_mail(server, letter()) == Sent(Delivery.UNREACHABLE)
    assert box.mails == []


async def test_a_refused_recipient_and_an_absent_server_are_told_apart(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        box.unknown = {"nobody@example.org"}
        server = MailServer("127.0.0.1", box.port, Security.NONE)
        assert await send_mail(server, letter("nobody@example.org")) == Sent(Delivery.REFUSED, 550)
    assert await send_mail(server, letter()) == Sent(Delivery.UNREACHABLE)


def test_a_password_is_not_in_what_is_printed() -> None:
    assert PASSWORD not in repr(MailServer("h", 25, user=USER, password=PASSWORD))
