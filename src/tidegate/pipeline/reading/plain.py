"""Text files: are these bytes text, in which encoding, and what kind of text."""

import re
from html.parser import HTMLParser

import charset_normalizer

from tidegate.pipeline.reading.kinds import EMAIL, HTML, JSON, PLAIN, RTF, XML

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MAIL_HEADER = re.compile(r"(?:From |[A-Za-z][A-Za-z0-9-]{1,60}:[^\n]*\n(?:[ \t][^\n]*\n)*)", re.ASCII)
_MAIL_NAMES = re.compile(
    r"^(?:from|to|subject|date|message-id|received|return-path|mime-version|delivered-to):", re.IGNORECASE | re.MULTILINE
)
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
CONTROL_SHARE = 0.01
CONTROLS_FROM = 40
"""Text may hold one control character in a hundred, or a single one in these few."""

GUESS_BYTES = 256 * 1024


def decode(data: bytes) -> str | None:
    """Return `data` as text, by its byte order mark, as UTF-8 or UTF-16, or by the likeliest other charset; None for binary."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _accepted(data, encoding)
    for encoding in ("utf-8", *_wide(data)):
        text = _accepted(data, encoding)
        if text is not None:
            return text
    return None if b"\x00" in data else _guessed(data)


def looks_textual(head: bytes, whole: bool) -> bool:
    """Tell whether a file that begins with `head` is text. A head that is not the whole may end within a character."""
    if whole:
        return decode(head) is not None
    return any(decode(head[: len(head) - cut]) is not None for cut in range(4)) if head else True


def kind(text: str) -> str:
    """Return the media type that the beginning of a text tells of; text/plain when none."""
    start = text.lstrip("\ufeff \t\r\n")[:4096]
    if start.startswith("{\\rtf"):
        return RTF
    if start.startswith("<"):
        return _markup(start)
    if start[:1] in ("{", "["):
        return JSON if re.match(r"[\[{]\s*(?:[\"\[\]{}\d-]|true|false|null)", start) else PLAIN
    normal = start.replace("\r\n", "\n")
    if _MAIL_HEADER.match(normal) and len(set(_MAIL_NAMES.findall(normal.partition("\n\n")[0]))) >= 2:
        return EMAIL
    return PLAIN


def _markup(start: str) -> str:
    """HTML where its first tags say so, XML where a declaration does; a text may also just begin with a bracket."""
    declared = start.startswith("<?xml")
    if _HTML.match(start) or (not declared and _HTML.search(start)):
        return HTML
    return XML if declared else PLAIN


def visible(markup: str) -> str:
    """Return the text between the tags of HTML or XHTML, one line for each piece."""
    collector = _Visible()
    collector.feed(markup)
    collector.close()
    return "\n".join(collector.pieces)


class _Visible(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the base's signature
        self._hidden += tag in ("script", "style", "template")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style", "template") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.pieces.append(" ".join(data.split()))


def _accepted(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeError:
        return None
    sample = text[:GUESS_BYTES]
    return text if len(_CONTROLS.findall(sample)) <= max(CONTROL_SHARE * len(sample), len(sample) > CONTROLS_FROM) else None


def _wide(data: bytes) -> tuple[str, ...]:
    """UTF-16 without a mark shows as zero bytes at every second place."""
    sample = data[:4096]
    if len(sample) < 4 or len(sample) % 2:
        sample = sample[:-1]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = max(len(sample) // 2, 1)
    return ("utf-16-le",) if odd > 0.4 * half > even else ("utf-16-be",) if even > 0.4 * half > odd else ()


def _guessed(data: bytes) -> str | None:
    best = charset_normalizer.from_bytes(data[:GUESS_BYTES]).best()
    if best is None:
        return None
    return _accepted(data, best.encoding) or data.decode(best.encoding, errors="replace")
