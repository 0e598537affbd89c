"""Named SQL: each module keeps its statements in the `.sql` file beside it.

A file holds blocks that begin with `-- name: some_name`. A line that ends with `--? parameter` stays only when
that parameter is given (not None), so one statement serves many filters, each combination with a plan of its own,
and no SQL is ever built from strings. After `--? parameter!` each value needs a plan of its own too: how many rows
match a text, PostgreSQL knows only from the text, so such a statement is never prepared. A line `--< narrowed` stands
for all of `narrowed.sql` of the same folder: what several statements share is written once.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import dict_row

Connection = AsyncConnection[Any]
Row = TypeVar("Row")

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_OPTIONAL = re.compile(r"\s*--\? (\w+)(!?)$")
_SHARED = re.compile(r"^ *--< (\w+)$", re.MULTILINE)


class NamedSql:
    """The statements of one `.sql` file, run by name with keyword parameters."""

    def __init__(self, text: str) -> None:
        parts = _NAME.split(text)[1:]
        self._lines = {name: _lines(body) for name, body in zip(parts[::2], parts[1::2], strict=True)}
        self._decisive = {name: _decisive(body) for name, body in zip(parts[::2], parts[1::2], strict=True)}
        self._text = cache(self._compose)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all statements, in the file's order."""
        return tuple(self._lines)

    def text(self, name: str, parameters: Mapping[str, object]) -> str:
        """Return the statement with the optional lines that these parameters call for. Raises KeyError."""
        wanted = {option for _, option in self._lines[name] if option and parameters.get(option) is not None}
        return self._text(name, frozenset(wanted))

    def may_prepare(self, name: str, parameters: Mapping[str, object]) -> bool:
        """Tell whether one plan serves all values of these parameters."""
        return all(parameters.get(option) is None for option in self._decisive[name])

    async def all(self, connection: Connection, row: type[Row], name: str, /, **parameters: object) -> list[Row]:
        """Run a statement and return every row as `row`, a msgspec type."""
        async with connection.cursor(row_factory=dict_row) as cursor:
            prepare = None if self.may_prepare(name, parameters) else False
            await cursor.execute(self.text(name, parameters).encode(), parameters, prepare=prepare)
            return msgspec.convert(await cursor.fetchall(), list[row])  # type: ignore[valid-type]

    async def one(self, connection: Connection, row: type[Row], name: str, /, **parameters: object) -> Row | None:
        """Run a statement and return its first row as `row`, or None when there is none."""
        rows = await self.all(connection, row, name, **parameters)
        return rows[0] if rows else None

    async def run(self, connection: Connection, name: str, /, **parameters: object) -> int:
        """Run a statement and return the number of rows that it touched."""
        cursor = await connection.execute(self.text(name, parameters).encode(), parameters)
        return cursor.rowcount

    async def run_many(self, connection: Connection, name: str, rows: list[dict[str, object]]) -> None:
        """Run a statement once for each set of parameters, pipelined."""
        if rows:
            async with connection.cursor() as cursor:
                await cursor.executemany(self.text(name, rows[0]).encode(), rows)

    def _compose(self, name: str, wanted: frozenset[str]) -> str:
        return "\n".join(line for line, option in self._lines[name] if option is None or option in wanted)


def named_sql(module_file: str) -> NamedSql:
    """Load the statements that stand beside a module: `ledger/reads.py` → `ledger/reads.sql`."""
    path = Path(module_file).with_suffix(".sql")
    return NamedSql(_SHARED.sub(lambda found: _read(path.with_name(f"{found[1]}.sql")).strip(), _read(path)))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _decisive(body: str) -> frozenset[str]:
    marked = (_OPTIONAL.search(line) for line in body.splitlines())
    return frozenset(match[1] for match in marked if match and match[2])


def _lines(body: str) -> tuple[tuple[str, str | None], ...]:
    lines = []
    for line in body.strip().splitlines():
        match = _OPTIONAL.search(line)
        if match:
            lines.append((line[: match.start()], match[1]))
        elif not line.lstrip().startswith("--"):
            lines.append((line, None))
    return tuple(lines)
