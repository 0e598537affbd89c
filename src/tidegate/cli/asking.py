"""Asking before something is done to many."""

import sys

from tidegate.cli.errors import WrongUse


def confirmed(question: str, *, otherwise: str) -> bool:
    """Ask the person at the terminal and tell whether they agree. Raises WrongUse, with `otherwise`, when nobody is there."""
    if not sys.stdin.isatty():
        raise WrongUse(otherwise)
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
