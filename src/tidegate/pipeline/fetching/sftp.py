"""Folders of a server by SFTP. The server is known by its key, which was set beforehand: no other one is signed in to.

The connection is made here, to the address that was checked; nothing of the machine's own (keys, agents, known hosts) is used.
"""

import base64
import binascii
import io
import logging
import socket
import stat
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from tidegate.domain.failures import FailureCode
from tidegate.outbound.address import Allowed, checked_address
from tidegate.outbound.secrets import SecretUnavailable
from tidegate.pipeline.fetching.servers import WAIT_SECONDS, Entry, Page, place_of, walked
from tidegate.pipeline.step import Reach, StepFailed

logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)
"""It writes hosts and whole tracebacks into the log; ours is in the diagnostic."""

PORT = 22
READ_AHEAD = 8
"""Requests for more of a folder that are on their way at once."""

KEY_KINDS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")
"""Of host keys; what is signed by an RSA key is signed by SHA-2."""


@contextmanager
def entered(reach: Reach, parts: Mapping[str, str] | None, allowed: Allowed) -> Iterator["Folder"]:
    """Yield the folder of an address. See `stores.Kind`.

    Raises StepFailed: source_not_trusted, source_auth_expired; SecretUnavailable, OSError and what paramiko raises.
    """
    import paramiko  # noqa: PLC0415 - few processes have such a source

    place = place_of(reach.address)
    port = place.port or PORT
    address = checked_address(allowed, place.host, port)
    with (
        socket.create_connection((address, port), WAIT_SECONDS) as connection,
        closing(paramiko.Transport(connection)) as transport,
    ):
        transport.banner_timeout = transport.auth_timeout = transport.channel_timeout = WAIT_SECONDS
        _meet(transport, reach.host_key)
        _sign_in(transport, parts or {})
        with closing(paramiko.SFTPClient.from_transport(transport)) as client:
            client.get_channel().settimeout(WAIT_SECONDS)
            yield Folder(client, place.folder)


def read_host_key(text: str) -> str:
    """Return a host key as it is kept, its kind and the key in base64, of a line that `ssh-keyscan` or a known_hosts file has.

    Raises ValueError.
    """
    words = text.split()
    at = next((number for number, word in enumerate(words[:2]) if word in KEY_KINDS), None)
    if at is None or len(words) < at + 2:
        raise ValueError("no kind of key, or no key")
    kind, key = words[at], words[at + 1]
    try:
        told = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64") from None
    if not told.startswith(len(kind).to_bytes(4, "big") + kind.encode()):
        raise ValueError("a key of another kind")
    return f"{kind} {key}"


class Folder:
    """A folder of a server that was signed in to."""

    def __init__(self, client: Any, folder: str) -> None:
        self._client, self._folder = client, folder

    def pages(self, *, recursive: bool) -> Iterator[Page]:
        """See `Store`. Links are not followed."""
        return walked(self._inside, recursive=recursive)

    @contextmanager
    def opened(self, path: str) -> Iterator[tuple["Reader", int | None]]:
        """See `Store`."""
        with self._client.open(f"{self._folder}/{path}", "rb") as file:
            told = file.stat()
            if told.st_mode is not None and not stat.S_ISREG(told.st_mode):
                raise StepFailed(FailureCode.SOURCE_FORBIDDEN, "not a regular file")
            yield Reader(file, told), told.st_size

    def _inside(self, folder: str) -> Iterator[Entry]:
        for told in self._client.listdir_iter(f"{self._folder}/{folder}", read_aheads=READ_AHEAD):
            mode = told.st_mode or stat.S_IFREG
            if stat.S_ISDIR(mode) or stat.S_ISREG(mode):
                yield Entry(told.filename, stat.S_ISDIR(mode), {"mtime": told.st_mtime, "size": told.st_size})


class Reader:
    """A file's bytes as far as its size was told, many requests on their way at once."""

    def __init__(self, file: Any, told: Any) -> None:
        self._file, self._told, self._at = file, told, 0

    def read(self, n: int) -> bytes:
        """Return the next `n` bytes, fewer at the end. Raises StepFailed: source_changed when it was written meanwhile."""
        n = min(n, int(self._told.st_size or 0) - self._at)
        try:
            block = bytes(next(self._file.readv([(self._at, n)]))) if n > 0 else b""
        except EOFError:
            block = b""
        self._at += len(block)
        if not block:
            self._check()
        return block

    def _check(self) -> None:
        now = self._file.stat()
        if (now.st_size, now.st_mtime) != (self._told.st_size, self._told.st_mtime):
            raise StepFailed(FailureCode.SOURCE_CHANGED, f"{self._told.st_size} B before, {now.st_size} B after")


def _meet(transport: Any, host_key: str) -> None:
    """Begin to speak to the server that has this key; nothing of ours was told to any other. Raises StepFailed."""
    from paramiko.ssh_exception import IncompatiblePeer  # noqa: PLC0415

    kind, _, key = read_host_key(host_key).partition(" ")
    transport.get_security_options().key_types = ("rsa-sha2-512", "rsa-sha2-256") if kind == "ssh-rsa" else (kind,)
    try:
        transport.start_client(timeout=WAIT_SECONDS)
    except IncompatiblePeer as error:
        raise StepFailed(FailureCode.SOURCE_NOT_TRUSTED, f"no key of this kind, or another language: {error}") from error
    shown = transport.get_remote_server_key()
    if shown.asbytes() != base64.b64decode(key):
        raise StepFailed(FailureCode.SOURCE_NOT_TRUSTED, f"shows {shown.fingerprint}")


def _sign_in(transport: Any, parts: Mapping[str, str]) -> None:
    """Sign in by a private key where there is one, else by a password. Raises StepFailed, SecretUnavailable."""
    from paramiko import AuthenticationException  # noqa: PLC0415

    user = parts.get("user", "")
    if not user or not (parts.get("key") or parts.get("password")):
        raise SecretUnavailable("no user, or neither key nor password")
    try:
        if parts.get("key"):
            more = transport.auth_publickey(user, _private_key(parts["key"], parts.get("passphrase")))
        else:
            more = transport.auth_password(user, parts["password"])
    except AuthenticationException as error:
        raise StepFailed(FailureCode.SOURCE_AUTH_EXPIRED, type(error).__name__) from error
    if more:
        raise StepFailed(FailureCode.SOURCE_AUTH_EXPIRED, f"asks for more: {', '.join(more)}")


def _private_key(text: str, passphrase: str | None) -> Any:
    import paramiko  # noqa: PLC0415

    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text), passphrase)
        except (paramiko.SSHException, ValueError, TypeError, IndexError):
            continue
    raise SecretUnavailable("no private key, or another passphrase")
