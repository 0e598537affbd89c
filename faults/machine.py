"""When and where something was measured, as the head of a table."""

import os
import platform
from datetime import UTC, datetime


def today_here() -> str:
    """Return the date, the kind of machine, its cores and the Python."""
    return f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
