"""Step 4: cut the text into passages for searching, at paragraphs where possible, each knowing its pages.

xberg's chunker works only on the way through its extraction: it returned 667 changed chunks of a text without pages, so
passages could not be told by offsets. These are offsets into the extracted text, and cost 4 numbers each to keep.
"""

import asyncio
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

from tidegate.pipeline.registry import step
from tidegate.pipeline.step import StepContext, Unit

CHARACTERS = 1500
OVERLAP = 150
_BREAKS = tuple(re.compile(pattern) for pattern in (r"\n\s*\n", r"\n", r"[.!?。]\s", r"\s"))
"""Where to cut, best first."""


@step
async def chunk(context: StepContext) -> dict[str, Any]:
    """Return {spans: [[start, end, page_from, page_to], …]}, offsets into the extracted text; pages None without any."""
    extracted = context.results["extract"]
    made = await asyncio.to_thread(lambda: list(spans(extracted["text"], extracted["page_starts"])))
    context.progress(len(made), len(made), Unit.CHUNKS)
    return {"spans": made}


def spans(text: str, page_starts: Sequence[int] | None) -> Iterator[tuple[int, int, int | None, int | None]]:
    """Cut `text` into passages of CHARACTERS at most that overlap by about OVERLAP, without blank ones."""
    start = 0
    while start < len(text):
        end = _end(text, start)
        first, last = _trimmed(text, start, end)
        if first < last:
            yield first, last, *_pages(first, last, page_starts)
        start = end if end >= len(text) else _overlapped(text, start, end)


def _end(text: str, start: int) -> int:
    """The best break in the second half of the room, else its end."""
    limit = start + CHARACTERS
    if limit >= len(text):
        return len(text)
    for pattern in _BREAKS:
        cuts = [match.end() for match in pattern.finditer(text, start + CHARACTERS // 2, limit)]
        if cuts:
            return cuts[-1]
    return limit


def _overlapped(text: str, start: int, end: int) -> int:
    """Begin the next passage at a word about OVERLAP before the end of this one."""
    match = re.compile(r"\s").search(text, max(end - OVERLAP, start + 1), end)
    return match.end() if match and match.end() < end else end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))


def _pages(first: int, last: int, page_starts: Sequence[int] | None) -> tuple[int | None, int | None]:
    if not page_starts:
        return None, None
    return bisect_right(page_starts, first), bisect_right(page_starts, last - 1)
