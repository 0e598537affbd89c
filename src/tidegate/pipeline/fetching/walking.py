"""Files below an allowed folder as objects of a source, in pieces. All of it blocks, and is run in threads."""

import os
from collections.abc import Iterator
from pathlib import Path

from tidegate.domain.failures import FailureCode
from tidegate.pipeline.fetching.folder import failure
from tidegate.pipeline.fetching.objects import PAGE, Found, is_wanted
from tidegate.pipeline.step import StepFailed


def listed(folder: str, pattern: str, *, recursive: bool, roots: tuple[Path, ...]) -> Iterator[list[Found]]:
    """Yield the files below a folder in pieces, in the order of their names; links to folders are not followed.

    Raises StepFailed: source_forbidden when the folder is under no root any more, source_not_found, source_unreachable.
    """
    base = Path(os.path.realpath(folder))
    if root_of(base, roots) is None:
        raise StepFailed(FailureCode.SOURCE_FORBIDDEN, "under no folder that may be ingested from")
    page: list[Found] = []
    try:
        for found in _walk(base, base, pattern, recursive=recursive):
            page.append(found)
            if len(page) == PAGE:
                yield page
                page = []
    except OSError as error:
        raise failure(error) from error
    yield page


def root_of(path: Path, roots: tuple[Path, ...]) -> Path | None:
    """Return the root that allows a path, None when none does."""
    return next((root for root in roots if path.is_relative_to(root)), None)


def _walk(base: Path, here: Path, pattern: str, *, recursive: bool) -> Iterator[Found]:
    with os.scandir(here) as entries:
        inside = sorted(entries, key=lambda entry: entry.name)
    for entry in inside:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            if recursive:
                yield from _walk(base, Path(entry.path), pattern, recursive=True)
        elif (found := _file(base, entry, pattern)) is not None:
            yield found


def _file(base: Path, entry: os.DirEntry[str], pattern: str) -> Found | None:
    """Return a file that is wanted; None for what is none, and for one that went away while it was looked at."""
    name = str(Path(entry.path).relative_to(base))
    try:
        if not is_wanted(name, pattern) or not entry.is_file():
            return None
        status = entry.stat()
    except FileNotFoundError:
        return None
    return Found(entry.path, name, f"{status.st_mtime_ns}/{status.st_size}")
