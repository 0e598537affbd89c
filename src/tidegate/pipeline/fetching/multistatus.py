"""Multistatus answers of WebDAV (RFC 4918, 13), read as they come. A document type, and so any entity of its own, is refused."""

from dataclasses import dataclass, field
from xml.parsers import expat

TEXT_LIMIT = 8192
"""Characters of one text that are taken: longer ones are no address, tag or time."""

DEPTH_LIMIT = 32
"""Elements within elements: such an answer has seven."""

_TOLD = {"DAV: getetag": "etag", "DAV: getlastmodified": "modified", "DAV: getcontentlength": "size"}


class BadAnswer(ValueError):
    """An answer that is no multistatus, or none that is read here."""


@dataclass
class Told:
    """What an answer tells of one resource: `told` as `version_of` reads it."""

    href: str = ""
    is_folder: bool = False
    told: dict[str, str] = field(default_factory=dict)


class Multistatus:
    """Reads one answer, block by block."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._text = ""
        self._now = Told()
        self._done: list[Told] = []
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = _refuse
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._read

    def feed(self, block: bytes) -> list[Told]:
        """Return the resources that are told of in full with this block. Raises BadAnswer."""
        return self._parsed(block, last=False)

    def close(self) -> None:
        """End the answer. Raises BadAnswer for one that was cut off."""
        self._parsed(b"", last=True)

    def _parsed(self, block: bytes, *, last: bool) -> list[Told]:
        try:
            self._parser.Parse(block, last)
        except expat.ExpatError as error:
            raise BadAnswer(str(error)) from error
        done, self._done = self._done, []
        return done

    def _begin(self, name: str, _attributes: dict[str, str]) -> None:
        if not self._path and name != "DAV: multistatus":
            raise BadAnswer("no multistatus")
        self._path.append(name)
        if len(self._path) > DEPTH_LIMIT:
            raise BadAnswer("too deep")
        self._text = ""
        if name == "DAV: response":
            self._now = Told()
        elif name == "DAV: collection" and self._path[-2] == "DAV: resourcetype":
            self._now.is_folder = True

    def _end(self, name: str) -> None:
        self._path.pop()
        if name == "DAV: href" and self._path[-1] == "DAV: response":
            self._now.href = self._text.strip()
        elif name in _TOLD and self._text.strip():
            self._now.told[_TOLD[name]] = self._text.strip()
        elif name == "DAV: response":
            self._done.append(self._now)
        self._text = ""

    def _read(self, text: str) -> None:
        if len(self._text) + len(text) > TEXT_LIMIT:
            raise BadAnswer("a text that is too long")
        self._text += text


def _refuse(*_: object) -> None:
    raise BadAnswer("a document type")
