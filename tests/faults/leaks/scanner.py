"""Canaries, and a scanner that finds any eight letters of one in whatever was sent, printed or stored.

A canary is made of letters that hex digits and words lack, so that eight of them in a row are never there by chance.
The scanner looks at the bytes as they are and at what they become when they are decoded: base64 at every alignment, hex,
URL escapes, JSON and HTML escapes, gzip and deflate streams, and these inside one another.
"""

import base64
import gzip
import html
import re
import secrets
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

LETTERS = "ghjklmnpqrstvwxz"
LENGTH = 24
FRAGMENT = 8
DEPTH = 3
STREAM_BYTES = 4 * 1024 * 1024

_RUN = re.compile(rb"[%s]{%d,}" % (LETTERS.encode(), FRAGMENT))
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{%d,}" % (FRAGMENT * 4 // 3 + 1))
_HEX = re.compile(rb"[0-9a-fA-F]{%d,}" % (2 * FRAGMENT))
_JSON_ESCAPE = re.compile(rb"\\+(?:u00|x)([0-9a-fA-F]{2})")
_STREAM = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_STANDARD = bytes.maketrans(b"-_", b"+/")


@dataclass(frozen=True)
class Exhibit:
    """Something that a reader, an operator or a neighbour gets to see: where it was found, and its bytes."""

    name: str
    content: bytes


@dataclass
class Canaries:
    """A canary for each place that something secret lies in, made when the place is first named."""

    by_place: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, place: str) -> str:
        return self.by_place.setdefault(place, new_canary())


def new_canary() -> str:
    """Return letters that nothing else holds."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


class Scanner:
    """Finds the places whose canaries show in a content."""

    def __init__(self, canaries: Mapping[str, str]) -> None:
        self._fragments = {
            canary[start : start + FRAGMENT].encode(): place
            for place, canary in canaries.items()
            for start in range(len(canary) - FRAGMENT + 1)
        }
        self._clean: set[bytes] = set()
        self.scanned_bytes = 0

    def places_in(self, content: bytes) -> frozenset[str]:
        """Return the places of which something shows."""
        self.scanned_bytes += len(content)
        fresh: set[bytes] = set()
        found = frozenset(self._look(content, DEPTH, fresh))
        if not found:
            self._clean |= fresh
        return found

    def _look(self, content: bytes, depth: int, fresh: set[bytes]) -> set[str]:
        found = set(self._matches(content.lower()))
        if depth:
            for decoded in self._decoded(content, fresh):
                found |= self._look(decoded, depth - 1, fresh)
        return found

    def _matches(self, lowered: bytes) -> Iterator[str]:
        for run in _RUN.findall(lowered):
            for start in range(len(run) - FRAGMENT + 1):
                place = self._fragments.get(run[start : start + FRAGMENT])
                if place is not None:
                    yield place

    def _decoded(self, content: bytes, fresh: set[bytes]) -> Iterator[bytes]:
        """Yield what the content may mean; runs that were clean before are not decoded again."""
        if b"%" in content:
            yield unquote_to_bytes(content)
        if b"&" in content:
            yield html.unescape(content.decode("latin-1")).encode("latin-1", "replace")
        if b"\\" in content:
            yield _JSON_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), content)
        runs = set(_BASE64.findall(content)) - self._clean
        fresh |= runs
        if runs:
            yield b"\n".join(_from_base64(run[start:]) for run in runs for start in range(4))
        if hexes := set(_HEX.findall(content)) - self._clean:
            fresh |= hexes
            yield b"\n".join(_from_hex(run[start:]) for run in hexes for start in range(2))
        yield from _inflated(content)


def _from_base64(run: bytes) -> bytes:
    whole = run[: len(run) // 4 * 4] if len(run) % 4 == 1 else run + b"=" * (-len(run) % 4)
    return base64.b64decode(whole.translate(_STANDARD))


def _from_hex(run: bytes) -> bytes:
    return bytes.fromhex(run[: len(run) // 2 * 2].decode())


def _inflated(content: bytes) -> Iterator[bytes]:
    starts = [(found.start(), 47) for found in _STREAM.finditer(content)]  # 47: zlib tells gzip and deflate apart itself
    for start, window in [*starts, (0, -15)]:
        try:
            stream = zlib.decompressobj(window).decompress(content[start:], STREAM_BYTES)
        except zlib.error:
            continue
        if len(stream) >= FRAGMENT:
            yield stream


def _deflated(text: bytes, window: int) -> bytes:
    stream = zlib.compressobj(wbits=window)
    return stream.compress(text) + stream.flush()


def _base64_at(alignment: int) -> Callable[[bytes], bytes]:
    return lambda text: base64.b64encode(b"\xfb\xff"[:alignment] + text + b"\xff\xfe")


def _urlsafe_at(alignment: int) -> Callable[[bytes], bytes]:
    return lambda text: base64.urlsafe_b64encode(b"\xfb\xff"[:alignment] + text + b"\xff\xfe").rstrip(b"=")


TEXT_ENCODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "raw": bytes,
    "upper case": bytes.upper,
    "8-letter fragment": lambda text: text[9 : 9 + FRAGMENT],
    **{f"base64 at {n}": _base64_at(n) for n in range(3)},
    **{f"urlsafe base64 at {n}": _urlsafe_at(n) for n in range(3)},
    "base64 of a fragment": lambda text: base64.b64encode(text[3 : 3 + FRAGMENT]),
    "hex": lambda text: text.hex().encode(),
    "upper hex": lambda text: text.hex().upper().encode(),
    "hex at 1": lambda text: b"f" + text.hex().encode(),
    "hex of a fragment": lambda text: text[5 : 5 + FRAGMENT].hex().encode(),
    "URL escapes": lambda text: "".join(f"%{byte:02X}" for byte in text).encode(),
    "JSON escapes": lambda text: "".join(f"\\u{byte:04x}" for byte in text).encode(),
    "HTML escapes": lambda text: "".join(f"&#{byte};" for byte in text).encode(),
    "HTML hex escapes": lambda text: "".join(f"&#x{byte:x};" for byte in text).encode(),
    "gzip in base64": lambda text: base64.b64encode(gzip.compress(text)),
    "base64 in URL escapes": lambda text: base64.b64encode(text).replace(b"=", b"%3D"),
    "base64 in hex": lambda text: base64.b64encode(text).hex().encode(),
}
"""How a text may leave as text."""

BINARY_ENCODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": lambda text: b"\n" + gzip.compress(text),
    "deflate": lambda text: b"\n" + zlib.compress(text),
    "deflate of base64": lambda text: b"\n" + zlib.compress(base64.b64encode(text)),
}
"""How a text may leave where any bytes go."""

RAW_DEFLATE: Callable[[bytes], bytes] = lambda text: _deflated(text, -15)
"""A whole body as a bare deflate stream; inside of other bytes there is nothing to know it by."""
