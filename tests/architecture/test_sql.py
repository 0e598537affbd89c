"""SQL is named, stands in `.sql` files, is never built from strings, and costs the same at ten million jobs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import SOURCE, python_files, shown, sql_files

RUNS = {"execute", "executemany", "copy", "stream"}
BOOTSTRAP = {
    "src/tidegate/db/connect.py": "two fixed SETs on a new connection",
    "src/tidegate/db/migrate.py": "its own table comes before any .sql file",
}
KEYED = re.compile(r"\b(batch_id|job_id|worker_id|document_id|person_id)\s*=")
FEW = {
    "count_workers": "workers are few",
    "list_workers": "workers are few",
}
GROWING = re.compile(
    r"\b(?:FROM|JOIN)\s+(?:job|attempt|step|job_event|audit_event|document|chunk|batch|diagnostic)\b", re.IGNORECASE
)


def test_sql_stands_in_files() -> None:
    wrong = [
        f"{shown(path)}:{node.lineno}"
        for path in python_files(SOURCE)
        if shown(path) not in BOOTSTRAP
        for node in _written_out(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "code",
    [
        'c.execute(f"SELECT {x}")',
        'c.execute("SELECT %s" % x)',
        'c.execute("S" + x)',
        'c.execute("S {}".format(x))',
        'c.execute(b"S")',
    ],
)
def test_the_rule_can_fail(code: str) -> None:
    assert list(_written_out(code))


def test_no_offset() -> None:
    assert [name for name, text in _statements() if re.search(r"\bOFFSET\b", text, re.IGNORECASE)] == []


def test_counts_are_bounded() -> None:
    counting = [
        (name, text) for name, text in _statements() if re.search(r"\bcount\(", text, re.IGNORECASE) and GROWING.search(text)
    ]
    assert [name for name, text in counting if name not in FEW and not _is_bounded(text)] == []


def test_lists_end() -> None:
    lists = [(name, text) for name, text in _statements() if name.startswith("list_") and GROWING.search(text)]
    assert [name for name, text in lists if name not in FEW and not _is_bounded(text)] == []


def _is_bounded(text: str) -> bool:
    """Ends by a limit, or holds to one job, batch, document or worker. A line that may be left out is no bound."""
    return bool(re.search(r"\bLIMIT\b", text)) or bool(KEYED.search(text))


def _statements() -> Iterator[tuple[str, str]]:
    """Each named statement without comments and without its optional lines."""
    for path in sql_files():
        parts = re.split(r"^-- name: (\w+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        for name, body in zip(parts[::2], parts[1::2], strict=True):
            kept = [line for line in body.splitlines() if not line.lstrip().startswith("--") and "--? " not in line]
            yield name, "\n".join(kept)


def _written_out(code: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RUNS and node.args:
            first = node.args[0]
            formatted = isinstance(first, ast.Call) and isinstance(first.func, ast.Attribute) and first.func.attr == "format"
            constant = isinstance(first, ast.Constant) and isinstance(first.value, str | bytes)
            if formatted or constant or isinstance(first, ast.JoinedStr | ast.BinOp):
                yield node


def test_every_bootstrap_file_is_there() -> None:
    assert [name for name in BOOTSTRAP if not (Path(__file__).parents[2] / name).exists()] == []
