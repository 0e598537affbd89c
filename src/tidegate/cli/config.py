"""`tidegate config`: the settings in effect."""

import os
import re
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

from tidegate import settings as configuration
from tidegate.cli.output import show_json, show_table

PASSWORD = re.compile(r"(?<=://)([^/@?#\s]*?):([^/?#\s]*)@")
SECRET_PARAMETER = re.compile(r"(?i)\b(password|secret|token|key|sslpassword)=('[^']*'|[^&\s]+)")


def config(*, json: bool = False) -> None:
    """Show the settings in effect and where they come from.

    Secrets, and passwords in addresses, are masked.

    Args:
        json: Print one JSON array of `{variable, value, source, doc}`.
    """
    effective = configuration.load()
    rows = [
        {
            "variable": configuration.variable(entry.name),
            "value": _shown(entry, getattr(effective, entry.name)),
            "source": "environment" if os.environ.get(configuration.variable(entry.name)) else "default",
            "doc": entry.metadata["doc"],
        }
        for entry in fields(effective)
    ]
    if json:
        show_json(rows)
    else:
        show_table(("setting", "value", "source"), ((row["variable"], row["value"], row["source"]) for row in rows), empty="")


def masked(text: str) -> str:
    """Return `text` with the passwords in its addresses and connection strings replaced."""
    return SECRET_PARAMETER.sub(r"\1=***", PASSWORD.sub(r"\1:***@", text))


def _shown(entry: Field[Any], value: Any) -> str:
    if entry.metadata["secret"]:
        return "***" if value else ""
    return "" if value is None else masked(_text(value))


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return (os.pathsep if any(isinstance(part, Path) for part in value) else ",").join(map(str, value))
    return str(value)
