"""Secrets by reference, `env:NAME` or `file:/path`: only the reference is stored and shown; the secret is read when needed."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from tidegate.outbound.signing import BadSecret, decode_secret

_REFERENCE = re.compile(r"env:(?!TIDEGATE_)[A-Za-z_][A-Za-z0-9_]{0,127}|file:/[^\x00-\x1f\x7f]{1,1000}")
"""Our own variables are left out: they hold other secrets, and an unknown one among them is a mistake."""


class SecretUnavailable(Exception):
    """What a reference leads to is not there, or no secret. Its message names neither path nor content."""


def is_reference(text: str) -> bool:
    """Tell whether a text has the form of a reference."""
    return _REFERENCE.fullmatch(text) is not None


def read_keys(reference: str, environment: Mapping[str, str] | None = None) -> list[bytes]:
    """Return the keys, newest first: one to a line or between spaces, so that a new one can stand before the old one for a while.

    Raises SecretUnavailable.
    """
    words = read_secret(reference, environment).split()
    try:
        return [decode_secret(word) for word in words]
    except BadSecret as error:
        raise SecretUnavailable(type(error).__name__) from None


def read_secret(reference: str, environment: Mapping[str, str] | None = None) -> str:
    """Return the secret itself without the spaces around it, never empty. Raises SecretUnavailable."""
    if not is_reference(reference):
        raise SecretUnavailable("no reference")
    kind, _, place = reference.partition(":")
    try:
        text = (os.environ if environment is None else environment)[place] if kind == "env" else _read(place)
    except (KeyError, OSError, UnicodeError) as error:
        raise SecretUnavailable(type(error).__name__) from None
    if not text.strip():
        raise SecretUnavailable("empty")
    return text.strip()


def _read(place: str) -> str:
    return Path(place).read_text(encoding="utf-8")
