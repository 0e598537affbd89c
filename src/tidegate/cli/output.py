"""How answers look: tables on a terminal; plain tab-separated lines elsewhere, for other programs; JSON on request."""

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tidegate.domain.lifecycle import State

STYLES = {
    State.QUEUED.value: "cyan",
    State.RUNNING.value: "blue",
    State.SUCCEEDED.value: "green",
    State.FAILED.value: "red",
    State.CANCELLED.value: "dim",
}
NOTHING = "-"
"""Stands for a missing value, so that a column is never empty for `cut` and `awk`."""


def is_terminal() -> bool:
    """Whether a person looks at stdout."""
    return sys.stdout.isatty()


def show_json(value: Any) -> None:
    """Print one JSON value on one line: the same shapes as the API's."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


def show_line(text: str = "") -> None:
    """Print a line on stdout."""
    sys.stdout.write(text + "\n")


def announce(text: str) -> None:
    """Print a line on stdout at once: the command goes on, and whoever reads it through a pipe waits for it."""
    show_line(text)
    sys.stdout.flush()


def tell(text: str) -> None:
    """Print a line on stderr: for the person, not part of the answer."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print rows under their columns. Elsewhere than on a terminal: a line each, separated by tabs, the names first."""
    cells = [[_cell(value) for value in row] for row in rows]
    if not is_terminal():
        for row in ([*columns], *cells):
            show_line("\t".join(row))
        return
    if not cells:
        show_line(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        table.add_column(
            column, overflow="fold" if number == 0 or number == len(columns) - 1 else "ellipsis", no_wrap=column == "id"
        )
    for row in cells:
        table.add_row(*(Text(value, style=STYLES.get(value, "")) for value in row))
    Console().print(table)


def show_facts(facts: Iterable[tuple[str, object]]) -> None:
    """Print named values, one a line; those that are missing are left out."""
    given = [(name, _cell(value)) for name, value in facts if value is not None]
    width = max((len(name) for name, _ in given), default=0) if is_terminal() else 0
    for name, value in given:
        show_line(f"{name + ':':<{width + 1}} {value}" if is_terminal() else f"{name}\t{value}")


def moment(at: datetime | None) -> str | None:
    """Return a time: the viewer's own zone on a terminal, UTC in ISO 8601 elsewhere."""
    if at is None:
        return None
    if is_terminal():
        return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def printable(text: str) -> str:
    """Return `text` safe for a terminal: names come from strangers and may carry control sequences."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _cell(value: object) -> str:
    if value is None or value == "":
        return NOTHING
    return printable(str(getattr(value, "value", value)))
