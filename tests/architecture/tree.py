"""The files that the rules are about: what is, or would be, under version control."""

import subprocess
from functools import cache
from pathlib import Path

TOP = Path(__file__).parents[2]
SOURCE = TOP / "src" / "tidegate"
MADE = {
    ".git",
    ".venv",
    ".system",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".import_linter_cache",
    ".hypothesis",
    "__pycache__",
}
"""Folders that tools make; all are ignored by git."""


@cache
def project_files() -> tuple[Path, ...]:
    """Every file of the project, tracked or not yet; in a copy without git, every file outside of made folders."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=False,
        capture_output=True,
        text=True,
        cwd=TOP,
    )
    if listed.returncode == 0 and listed.stdout:
        found = [TOP / name for name in listed.stdout.split("\0") if name]
    else:
        found = [path for path in TOP.rglob("*") if not MADE & set(path.relative_to(TOP).parts)]
    return tuple(sorted(path for path in found if path.is_file()))


def python_files(folder: Path) -> list[Path]:
    """The Python files below a folder."""
    return [path for path in project_files() if path.suffix == ".py" and path.is_relative_to(folder)]


def sql_files() -> list[Path]:
    """The SQL files of the package."""
    return [path for path in project_files() if path.suffix == ".sql" and path.is_relative_to(SOURCE)]


def shown(path: Path) -> str:
    """The path as a reader of a failed test wants it."""
    return str(path.relative_to(TOP))
