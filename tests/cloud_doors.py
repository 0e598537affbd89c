"""Doors of clouds: where tokens are given for what a service account or an application proves, and shown to be let in."""

import json
import secrets
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TypeVar
from urllib.parse import parse_qs

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

MAIL = "scanner@harbour.iam.gserviceaccount.com"
CLIENT, CLIENT_SECRET, REFRESH_TOKEN = "4b1c", "the secret of an application", "what lets a person in anew"

Server = TypeVar("Server", bound=ThreadingHTTPServer)


def new_key() -> rsa.RSAPrivateKey:
    """Make a private key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def service_account(key: rsa.RSAPrivateKey, url: str) -> dict[str, str]:
    """Return what a service account's file holds, whose tokens are given at `url`."""
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    return {
        "type": "service_account", "project_id": "harbour", "private_key_id": "1", "private_key": pem,
        "client_email": MAIL, "token_uri": f"{url}/token",
    }  # fmt: skip


class Door(ThreadingHTTPServer):
    """Stands before a server of Google's API, which asks for nothing: lets in by the tokens it gave, counts what is asked for."""

    daemon_threads = True

    def __init__(self, behind: str) -> None:
        self.behind = behind
        self.asked: list[str] = []
        self.given: set[str] = set()
        self.key = new_key()
        self.is_open = False
        super().__init__(("127.0.0.1", 0), _AtTheDoor)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    def token(self, form: Mapping[str, str]) -> str | None:
        """Return a token for the service account or the person that proves to be the one, None for anybody else."""
        person = {
            "grant_type": "refresh_token",
            "client_id": CLIENT,
            "client_secret": CLIENT_SECRET,
            "refresh_token": REFRESH_TOKEN,
        }
        if form != person and not self._is_account(form.get("assertion", "")):
            return None
        self.given.add(made := secrets.token_urlsafe(20))
        return made

    def _is_account(self, assertion: str) -> bool:
        known = RSAKey.import_key(self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ))  # fmt: skip
        try:
            said = jwt.decode(assertion, known, algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            return False
        return (said["iss"], said["aud"]) == (MAIL, f"{self.url}/token") and bool(said["iat"] <= time.time() <= said["exp"])


class Answering(BaseHTTPRequestHandler):
    """Reads forms, writes answers, and says nothing."""

    def form(self) -> dict[str, str]:
        """Return the fields of a form that was sent."""
        said = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        return {name: one[0] for name, one in said.items()}

    def answer(self, status: int, body: bytes) -> None:
        """Send an answer."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None: ...


class _AtTheDoor(Answering):
    server: Door

    def do_POST(self) -> None:
        form = self.form()
        self.server.asked.append(self.path)
        token = self.server.token(form) if self.path == "/token" else None
        answer = (
            {"error": "invalid_grant"} if token is None else {"access_token": token, "expires_in": 3600, "token_type": "Bearer"}
        )
        self.answer(400 if token is None else 200, json.dumps(answer).encode())

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        kind, _, shown = self.headers.get("Authorization", "").partition(" ")
        if not self.server.is_open and (kind != "Bearer" or shown not in self.server.given):
            self.answer(401, b'{"error": {"code": 401, "message": "Invalid Credentials"}}')
            return
        found = httpx.get(f"{self.server.behind}{self.path}", timeout=60, trust_env=False)
        self.answer(found.status_code, found.content)


class Entra(ThreadingHTTPServer):
    """Gives CLIENT a token for Azure's stores; `asked` holds the paths."""

    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext) -> None:
        self.asked: list[str] = []
        self.key = RSAKey.generate_key(2048)
        super().__init__(("127.0.0.1", 0), _AtEntra)
        self.socket = tls.wrap_socket(self.socket, server_side=True)


class _AtEntra(Answering):
    server: Entra

    def do_POST(self) -> None:
        form = self.form()
        self.server.asked.append(self.path)
        wanted = {
            "grant_type": "client_credentials", "client_id": CLIENT, "client_secret": CLIENT_SECRET,
            "scope": "https://storage.azure.com/.default",
        }  # fmt: skip
        now = int(time.time())
        said = {
            "aud": "https://storage.azure.com",
            "iss": "https://sts.windows.net/t/",
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
        }
        token = jwt.encode({"alg": "RS256"}, said, self.server.key)
        body = json.dumps({"access_token": token, "expires_in": 3600} if form == wanted else {"error": "invalid_client"}).encode()
        self.answer(200 if form == wanted else 401, body)


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Run a server for the length of a block."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
