"""Work that holds the interpreter's lock, as parsers written in C do; served in caged children by `HANDLERS`."""

import re
import time
from collections.abc import Mapping
from typing import Any

from tidegate.pipeline.cage.child import Document, Report

_BACKTRACKING = re.compile(r"(a+)+$")
_UNMATCHED = "a" * 21 + "b"
"""Costs a match of about a tenth of a second in one call of C, which lets no other thread run."""


def hold_lock(seconds: float) -> float:
    """Hold the lock for so long, call after call; return how long it was."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        _BACKTRACKING.match(_UNMATCHED)
    return time.monotonic() - began


def hold(document: Document, arguments: Mapping[str, Any], report: Report) -> float:  # noqa: ARG001
    """Hold the lock of the child's interpreter for `seconds`."""
    return hold_lock(float(arguments["seconds"]))


HANDLERS = {"hold": hold}
