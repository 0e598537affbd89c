"""Folders bear business words; files and functions are short. An exception is listed here with its reason."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import SOURCE, TOP, project_files, python_files, shown

FILE_LINES = 300
FUNCTION_LINES = 40
PATTERN_WORDS = {
    "base",
    "common",
    "controllers",
    "core",
    "factories",
    "handlers",
    "helpers",
    "interfaces",
    "lib",
    "manager",
    "managers",
    "misc",
    "models",
    "repositories",
    "services",
    "shared",
    "tools",
    "util",
    "utilities",
    "utils",
}
LONG_FILES = {
    "src/tidegate/domain/failures.py": "the catalogue is one table",
}
LONG_FUNCTIONS: dict[str, str] = {}
PATTERN_WORDS_WITH_A_MEANING = {
    "src/tidegate/pipeline/tools.py": "a step's tools, a word of pipeline/step.py",
}


def test_names_are_business_words() -> None:
    inside = {path for path in project_files() if path.is_relative_to(SOURCE)}
    folders = {parent for path in inside for parent in path.parents if parent.is_relative_to(SOURCE)}
    modules = {path for path in inside if path.suffix in {".py", ".sql"}}
    wrong = {shown(path) for path in folders | modules if path.stem in PATTERN_WORDS}
    assert sorted(wrong - set(PATTERN_WORDS_WITH_A_MEANING)) == []


def test_files_are_short() -> None:
    long = {shown(path): _lines(path) for path in python_files(TOP) if _lines(path) > FILE_LINES}
    assert {name: lines for name, lines in long.items() if name not in LONG_FILES} == {}


def test_functions_are_short() -> None:
    long = {
        f"{shown(path)}::{function.name}": length
        for path in python_files(TOP)
        for function, length in _functions(path)
        if length > FUNCTION_LINES
    }
    assert {name: lines for name, lines in long.items() if name not in LONG_FUNCTIONS} == {}


def test_no_exception_is_out_of_date() -> None:
    assert [name for name in LONG_FILES if _lines(TOP / name) <= FILE_LINES] == []
    assert [name for name in PATTERN_WORDS_WITH_A_MEANING if not (TOP / name).exists()] == []


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _functions(path: Path) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    """Each function with its length, docstring and decorators not counted."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            yield node, (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
