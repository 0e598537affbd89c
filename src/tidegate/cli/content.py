"""`tidegate content`: what a document says."""

from collections.abc import AsyncIterator
from uuid import UUID

from tidegate.cli.output import show_json, show_line
from tidegate.cli.shell import Shell, opened
from tidegate.cli.words import parse_id
from tidegate.operations import reading
from tidegate.operations.reading import PAGE_LIMIT, Content


async def content(document: str, /, *, json: bool = False) -> None:
    """Read the text of a document.

    It is told whole, passage by passage, to those who may read content.

    Args:
        document: The document's id, as `tidegate job` and `tidegate search --json` tell it.
        json: Print one JSON object `{document, chunks}`.
    """
    wanted = parse_id(document)
    async with opened() as shell:
        found = [page async for page in _pages(shell, wanted)]
    if json:
        show_json({"document": found[0].document, "chunks": [chunk for page in found for chunk in page.chunks]})
        return
    for chunk in (chunk for page in found for chunk in page.chunks):
        show_line("\n".join(_line(line) for line in chunk.body.splitlines()) + "\n")


async def _pages(shell: Shell, id: UUID) -> AsyncIterator[Content]:
    after: int | None = -1
    while after is not None:
        page = await reading.read_content(shell.services, shell.actor, id, after=after, limit=PAGE_LIMIT)
        yield page
        after = page.next_after


def _line(line: str) -> str:
    """Return a line of a stranger's text, tabs kept, so that it cannot take over a terminal."""
    return "".join(letter if letter.isprintable() or letter == "\t" else "\ufffd" for letter in line)
