"""`tidegate search`: passages of what was ingested."""

import re

from rich.console import Console
from rich.text import Text

from tidegate.cli.output import is_terminal, printable, show_json, show_table
from tidegate.cli.shell import opened
from tidegate.cli.words import parse_name
from tidegate.ledger.views import SearchHit, SearchMode
from tidegate.operations import reading

MARKS = re.compile("[\x02\x03]")


async def search(*words: str, mode: str | None = None, limit: int = 20, json: bool = False) -> None:
    """Find passages in what was ingested.

    All words must occur in a passage; "quoted words" occur next to each other, `or` allows either, `-word` excludes.

    Args:
        words: What to look for.
        mode: words, meaning: the passages nearest to what you say, or both in one list. Default: both, where
            TIDEGATE_SEARCH_MEANING is on and passages have a meaning; else words.
        limit: At most so many passages.
        json: Print one JSON array.
    """
    wanted = parse_name(SearchMode, mode) if mode else None
    async with opened() as shell:
        hits = (await reading.search(shell.services, shell.actor, " ".join(words), limit=limit, mode=wanted)).hits
    if json:
        show_json(hits)
    elif is_terminal() and hits:
        for hit in hits:
            _show(hit)
    else:
        rows = ((hit.job_id, hit.name, _pages(hit), " ".join(MARKS.sub("", hit.snippet).split())) for hit in hits)
        show_table(("job", "name", "page", "passage"), rows, empty="Nothing found.")


def _show(hit: SearchHit) -> None:
    page = _pages(hit)
    console = Console(highlight=False)
    console.print(
        Text(printable(hit.name), style="bold"),
        Text(f"page {page}" if page else "", style="dim"),
        Text(str(hit.job_id), style="dim"),
    )
    passage, marked = Text("  "), False
    for part in re.split("([\x02\x03])", " ".join(hit.snippet.split())):
        if part in ("\x02", "\x03"):
            marked = part == "\x02"
        else:
            passage.append(printable(part), style="bold yellow" if marked else "")
    console.print(passage)


def _pages(hit: SearchHit) -> str | None:
    if hit.page_from is None:
        return None
    return str(hit.page_from) if hit.page_to in (None, hit.page_from) else f"{hit.page_from}-{hit.page_to}"
