"""What parent and child say to each other: MessagePack after a length of four bytes, over a pair of Unix sockets.

Requests: [task, arguments], with the document's file descriptor beside the length. Replies, any number of
`progress` and then one of the others:

    ["ready", no_network, no_files]          once, when the child is up
    ["progress", done, total | nil, unit]
    ["result", value]
    ["failed", code, params, diagnostic]     a failure of the catalogue
    ["error", kind, diagnostic]              an exception that the child does not know
"""

import asyncio
import socket
import struct
from typing import Any

import msgspec

_LENGTH = struct.Struct("!I")
_BLOCK = 256 * 1024


class Closed(Exception):
    """The other end is gone."""


class Oversize(Exception):
    """A frame is longer than allowed."""


async def send_request(sock: socket.socket, task: str, arguments: Any, fd: int) -> None:
    """Parent: send one request with the document's descriptor. Raises Closed."""
    body = msgspec.msgpack.encode([task, arguments])
    try:
        socket.send_fds(sock, [_LENGTH.pack(len(body))], [fd])
        await asyncio.get_running_loop().sock_sendall(sock, body)
    except (ConnectionError, BrokenPipeError) as error:
        raise Closed from error


async def receive_reply(sock: socket.socket, limit: int) -> list[Any]:
    """Parent: wait for one reply. Raises Closed, Oversize over `limit` bytes, msgspec.DecodeError."""
    (length,) = _LENGTH.unpack(await _receive(sock, _LENGTH.size))
    if length > limit:
        raise Oversize
    return msgspec.msgpack.decode(await _receive(sock, length), type=list[Any])


async def _receive(sock: socket.socket, length: int) -> bytearray:
    buffer, filled = bytearray(length), 0
    loop = asyncio.get_running_loop()
    while filled < length:
        try:
            count = await loop.sock_recv_into(sock, memoryview(buffer)[filled : filled + _BLOCK])
        except ConnectionError as error:
            raise Closed from error
        if count == 0:
            raise Closed
        filled += count
    return buffer


def receive_request(sock: socket.socket) -> tuple[str, Any, int]:
    """Child: wait for one request; return the task, its arguments and the descriptor. Raises Closed."""
    head, fds, _, _ = socket.recv_fds(sock, _LENGTH.size, 1)
    if not head:
        raise Closed
    while len(head) < _LENGTH.size:
        head += _more(sock, _LENGTH.size - len(head))
    (length,) = _LENGTH.unpack(head)
    body = b""
    while len(body) < length:
        body += _more(sock, length - len(body))
    task, arguments = msgspec.msgpack.decode(body)
    return task, arguments, fds[0]


def send_reply(sock: socket.socket, *parts: Any) -> None:
    """Child: send one reply."""
    body = msgspec.msgpack.encode(parts)
    sock.sendall(_LENGTH.pack(len(body)))
    sock.sendall(body)


def _more(sock: socket.socket, length: int) -> bytes:
    block = sock.recv(length)
    if not block:
        raise Closed
    return block
