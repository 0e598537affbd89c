"""Servers of shared folders: one that speaks WebDAV, one that speaks SFTP, and one that answers whatever it is told."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import asyncssh
from cheroot import wsgi
from wsgidav.wsgidav_app import WsgiDAVApp

from tests.cloud_doors import serving

USER, PASSWORD = "anna", "a secret that nobody may see: pässwort"


@contextmanager
def dav_server(folder: Path) -> Iterator[str]:
    """Serve a folder by WebDAV on a free port, to USER by PASSWORD, and yield its host and port."""
    app = WsgiDAVApp({
        "provider_mapping": {"/": str(folder)},
        "simple_dc": {"user_mapping": {"*": {USER: {"password": PASSWORD}}}},
        "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
        "dir_browser": {"enable": False}, "logging": {"enable": False}, "verbose": 0,
    })  # fmt: skip
    server = wsgi.Server(("127.0.0.1", 0), app, numthreads=4)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join()


@dataclass
class SftpServer:
    """A server of SFTP: its host and port, its keys as a source has them, what USER may sign in by, and who tried."""

    at: str = ""
    host_key: str = ""
    rsa_key: str = ""
    private_key: str = ""
    tried: list[str] = field(default_factory=list)


class _Guard(asyncssh.SSHServer):
    """Lets USER in; keeps the connections, which are cut off at the end."""

    def __init__(self, made: SftpServer, clients: list[asyncssh.SSHServerConnection], own: asyncssh.SSHKey) -> None:
        self._made, self._clients, self._own = made, clients, own

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._clients.append(conn)

    def begin_auth(self, username: str) -> bool:
        self._made.tried.append(username)
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return (username, key) == (USER, self._own.convert_to_public())


@contextmanager
def sftp_server(folder: Path) -> Iterator[SftpServer]:
    """Serve a folder by SFTP on a free port, to USER by PASSWORD or by a private key."""
    hosts = [asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-rsa", key_size=2048)]
    own = asyncssh.generate_private_key("ssh-ed25519")
    made = SftpServer(
        host_key=_public(hosts[0]), rsa_key=_public(hosts[1]), private_key=own.export_private_key(passphrase=PASSWORD).decode()
    )
    clients: list[asyncssh.SSHServerConnection] = []

    async def serve() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1", 0, server_factory=lambda: _Guard(made, clients, own), server_host_keys=hosts, encoding=None,
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(folder).encode()),
        )  # fmt: skip

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(serve(), loop).result(30)
    made.at = f"127.0.0.1:{server.get_port()}"
    try:
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(_close(server, clients), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(server: asyncssh.SSHAcceptor, clients: Iterable[asyncssh.SSHServerConnection]) -> None:
    server.close()
    for client in clients:
        client.abort()
    await server.wait_closed()
    await asyncio.sleep(0.1)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _public(key: asyncssh.SSHKey) -> str:
    return " ".join(key.export_public_key().decode().split()[:2])


@dataclass(frozen=True)
class Answered:
    """What is answered, and how."""

    status: int
    body: bytes = b""
    head: Mapping[str, str] = field(default_factory=dict)


class _Handler(BaseHTTPRequestHandler):
    server: "_Answering"

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append(f"{self.command} {self.path}")
        answer = self.server.answer(self.command, self.path)
        self.send_response(answer.status)
        for name, text in {"Content-Length": str(len(answer.body)), **answer.head}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(answer.body)

    do_PROPFIND = do_GET = do_POST = _answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None: ...


class _Answering(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answer: Callable[[str, str], Answered]) -> None:
        self.answer = answer
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def at(self) -> str:
        """Its host and port."""
        return f"127.0.0.1:{self.server_port}"


@contextmanager
def answering(answer: Callable[[str, str], Answered], tls: ssl.SSLContext | None = None) -> Iterator[_Answering]:
    """Answer each request, told by method and path, as `answer` says."""
    server = _Answering(answer)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    with serving(server):
        yield server
