"""Passages found by a search, and a document's text in order."""

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.shown.sentences import media_type_name
from tidegate.ledger.reads import ChunkText
from tidegate.ledger.views import SearchHit

START, STOP = "\x02", "\x03"


@dataclass(frozen=True)
class Piece:
    """A stretch of a snippet; `hit` where it is a word that was searched for."""

    text: str
    hit: bool


@dataclass(frozen=True)
class Hit:
    """One passage found."""

    document_id: str
    job_id: str
    name: str
    title: str
    kind: str
    pages: str
    pieces: list[Piece]


@dataclass(frozen=True)
class Passage:
    """One passage of a document; `heading` is set where another page begins."""

    ordinal: int
    heading: str
    body: str


def hits(found: Sequence[SearchHit]) -> list[Hit]:
    """Return search hits as shown."""
    return [
        Hit(
            str(hit.document_id), str(hit.job_id), hit.name, hit.title or "", media_type_name(hit.media_type),
            page_text(hit.page_from, hit.page_to), pieces(hit.snippet),
        )
        for hit in found
    ]  # fmt: skip


def pieces(snippet: str) -> list[Piece]:
    """Return a snippet cut at its marks, so that a template can escape each stretch."""
    cut = []
    for part in snippet.split(START):
        marked, stop, rest = part.partition(STOP)
        cut += [Piece(marked, hit=True), Piece(rest, hit=False)] if stop else [Piece(part, hit=False)]
    return [piece for piece in cut if piece.text]


def passages(chunks: Sequence[ChunkText]) -> list[Passage]:
    """Return passages with a heading at each new page."""
    shown, last = [], None
    for chunk in chunks:
        heading = page_text(chunk.page_from, chunk.page_to) if chunk.page_from != last else ""
        last = chunk.page_from
        shown.append(Passage(chunk.ordinal, heading, chunk.body))
    return shown


def page_text(first: int | None, last: int | None) -> str:
    """Return `Page 4` or `Pages 4 to 5`, '' where the type has no pages."""
    if first is None:
        return ""
    return _("Page {n}").format(n=first) if last in (None, first) else _("Pages {n} to {m}").format(n=first, m=last)
