"""A proxy before PostgreSQL that does what networks do: it cuts, goes silent, delays, and loses the answer to a COMMIT."""

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, quote, unquote, urlsplit

BLOCK = 65_536
COMMIT = b"COMMIT\x00"
"""How a simple query that commits ends in the PostgreSQL protocol, version 3."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Line:
    """One connection through the proxy."""

    def __init__(self, client: Streams, server: Streams) -> None:
        self.client, self.server = client, server
        self.is_silent = False
        self.is_doomed = False
        """The next answer is thrown away and the client's side reset."""

    def cut(self) -> None:
        """Reset both sides."""
        for _, writer in (self.client, self.server):
            _reset(writer)


class Proxy:
    """Listens on a port of this host and passes on to a server. Faults are its methods."""

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._lines: set[Line] = set()
        self._delay = 0.0
        self._dooming = 0
        self.lost_answers = 0
        self.port = 0

    @property
    def url(self) -> str:
        """The server's address by way of the proxy."""
        parts = urlsplit(self._server_url)
        account = parts.netloc.rpartition("@")[0]
        return f"postgresql://{account}@127.0.0.1:{self.port}{parts.path}?sslmode=disable"

    def cut(self, chance: random.Random) -> int:
        """Reset about half of the lines, at least one; return their number."""
        lines = [line for line in self._lines if chance.random() < 0.5] or list(self._lines)[:1]
        for line in lines:
            line.cut()
        return len(lines)

    def silence(self, chance: random.Random) -> int:
        """Pass nothing on any more over about a third of the lines, and close none: half-open; return their number."""
        lines = [line for line in self._lines if chance.random() < 0.34]
        for line in lines:
            line.is_silent = True
        return len(lines)

    def heal(self) -> None:
        """End delays, and reset the lines that are silent, as a firewall does at last."""
        self._delay, self._dooming = 0.0, 0
        for line in [line for line in self._lines if line.is_silent]:
            line.cut()

    def delay(self, seconds: float) -> None:
        """Hold every block back from now on."""
        self._delay = seconds

    def lose_answer(self) -> None:
        """Let the next COMMIT through, and reset the line before its answer arrives."""
        self._dooming += 1

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Proxy"]:
        """Listen for the length of a block."""
        listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = listener.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            listener.close()
            for line in list(self._lines):
                line.cut()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server = await _connect(self._server_url)
        except OSError:
            _reset(writer)
            return
        line = Line((reader, writer), server)
        self._lines.add(line)
        try:
            done, pending = await asyncio.wait(
                {asyncio.ensure_future(self._up(line)), asyncio.ensure_future(self._down(line))},
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in pending:
                task.cancel()
            await asyncio.gather(*done, *pending, return_exceptions=True)
        finally:
            self._lines.discard(line)
            for _, side in (line.client, line.server):
                side.close()

    async def _up(self, line: Line) -> None:
        while block := await line.client[0].read(BLOCK):
            await self._hold(line)
            if self._dooming and COMMIT in block:
                self._dooming -= 1
                line.is_doomed = True
            line.server[1].write(block)
            await line.server[1].drain()

    async def _down(self, line: Line) -> None:
        while block := await line.server[0].read(BLOCK):
            if line.is_doomed:
                self.lost_answers += 1
                line.cut()
                return
            await self._hold(line)
            line.client[1].write(block)
            await line.client[1].drain()

    async def _hold(self, line: Line) -> None:
        if self._delay:
            await asyncio.sleep(self._delay)
        while line.is_silent:
            await asyncio.sleep(0.05)


async def _connect(url: str) -> Streams:
    parts = urlsplit(url)
    folder = parse_qs(parts.query).get("host", [""])[0]
    port = parts.port or int(parse_qs(parts.query).get("port", ["5432"])[0])
    if folder.startswith("/"):
        return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
    return await asyncio.open_connection(unquote(parts.hostname or folder or "127.0.0.1"), port)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST, so that the other side learns at once that nothing will come."""
    raw = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        if raw is not None and raw.family != socket.AF_UNIX:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def as_role(url: str, role: str) -> str:
    """Return an address for another role."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{quote(role)}@{parts.netloc.rpartition('@')[2]}").geturl()
