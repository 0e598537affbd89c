"""The other side of channels and sources: a receiver that checks signatures by the standard's own library, a mailbox, a store."""

import base64
import ipaddress
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from moto.server import ThreadedMotoServer
from standardwebhooks.webhooks import Webhook

SECRET = f"whsec_{base64.b64encode(b'k' * 32).decode()}"
USER, PASSWORD = "tidegate", "the tide comes in at nine"


class Receiver(ThreadingHTTPServer):
    """Takes what is signed by SECRET; answers with the next of `answers` (200 when there is none), once `let_go` is set."""

    daemon_threads = True

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.arrived: list[tuple[str, dict[str, Any]]] = []
        self.forged = 0
        self.knocked, self.let_go = Event(), Event()
        self.let_go.set()
        super().__init__(("127.0.0.1", 0), _Answer)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}/hook"

    @property
    def ids(self) -> set[str]:
        """The distinct messages that arrived."""
        return {id for id, _ in self.arrived}

    @property
    def told(self) -> list[dict[str, Any]]:
        """The data of each call."""
        return [body["data"] for _, body in self.arrived]


class _Answer(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.knocked.set()
        self.server.let_go.wait(60)
        status = self.server.answers.pop(0) if self.server.answers else 200
        if self.path == "/hook":
            try:
                Webhook(SECRET).verify(body, {name.lower(): text for name, text in self.headers.items()})
            except Exception:  # noqa: BLE001 - whatever its kind, it is not ours
                self.server.forged, status = self.server.forged + 1, 401
        self.server.arrived.append((self.headers.get("webhook-id", ""), json.loads(body)))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver for the length of a block."""
    receiver = Receiver()
    thread = Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.let_go.set()
        receiver.shutdown()
        receiver.server_close()


class Mailbox:
    """Keeps every mail; refuses recipients in `unknown`."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.port = 0
        self.unknown: set[str] = set()
        self.encrypted: list[bool] = []
        self.trust: ssl.SSLContext | None = None

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:  # noqa: N802
        if address in self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        implicit = server.transport is not None and server.transport.get_extra_info("ssl_object") is not None
        self.encrypted.append(session.ssl is not None or implicit)
        return "250 OK"


@contextmanager
def mailbox(folder: Path, security: str = "none") -> Iterator[Mailbox]:
    """Run a mail server on a free port; with `starttls` it insists on USER and PASSWORD, with `tls` it knows them."""
    box = Mailbox()
    tls = None
    if security != "none":
        tls, box.trust = certified(folder)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    controller = Controller(
        box, hostname="127.0.0.1", port=port, ssl_context=tls if security == "tls" else None,
        tls_context=tls if security == "starttls" else None, require_starttls=security == "starttls",
        auth_required=security == "starttls", auth_require_tls=security == "starttls",
        authenticator=lambda _server, _session, _envelope, _mechanism, data: AuthResult(
            success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False
        ),
    )  # fmt: skip
    controller.start()
    box.port = port
    try:
        yield box
    finally:
        controller.stop()


@contextmanager
def bucket_server() -> Iterator[str]:
    """Run a server that speaks S3 on a free port and yield its address. It begins empty: its buckets are the process's."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        httpx.post(f"http://{host}:{port}/moto-api/reset").raise_for_status()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def certified(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate for 127.0.0.1; return the server's context and that of a client who trusts it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    place = folder / "mail.pem"
    place.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(place)
    return server, ssl.create_default_context(cadata=certificate.public_bytes(serialization.Encoding.PEM).decode())
