"""What every benchmark tells in the same way: when and where, rows with their goals, a table, and JSON for the page.

A row is a mapping from column to value; `what` names it, `goal` says what is wanted of it and `met` whether that was reached.
"""

import asyncio
import contextlib
import json
import math
import os
import platform
from collections.abc import Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

Row = Mapping[str, Any]
Result = TypeVar("Result")

BUILD = Path("build")
NO_OP = "no_op"
"""The pipeline, entrypoint and task that do nothing. Its name is here, so that knowing it does not load it."""


def run(measuring: Coroutine[Any, Any, Result]) -> Result:
    """Run a measurement on the event loop that the server runs on."""
    with contextlib.suppress(ImportError):
        import uvloop  # noqa: PLC0415 - as the server runs

        uvloop.install()
    return asyncio.run(measuring)


def share(taken: Sequence[float], part: float) -> float:
    """Return a percentile of numbers in any order. Raises IndexError where there are none."""
    ordered = sorted(taken)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def wanted(what: str, *, at_most: float | None = None, at_least: float | None = None, of: str, **columns: Any) -> Row:
    """Return a row with a goal for its column `of`."""
    figure = columns[of]
    met = (at_most is None or figure <= at_most) and (at_least is None or figure >= at_least) and not math.isnan(figure)
    goal = f"{of} ≤ {at_most:g}" if at_most is not None else f"{of} ≥ {at_least:g}"
    return {"what": what, **columns, "goal": goal, "met": met}


def machine(load_before: tuple[float, float, float]) -> dict[str, Any]:
    """Return on what it was measured, and what else the machine did."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "load_before": load_before,
        "load_after": os.getloadavg(),
    }


def told(name: str, rows: Sequence[Row], load_before: tuple[float, float, float], path: Path | None, **more: Any) -> int:
    """Print the rows, write them as JSON, and return 1 where a goal is missed."""
    found = {"name": name, "date": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine(load_before), "rows": list(rows), **more}
    keep(found, path or BUILD / f"bench-{name}.json")
    print(*lines(rows), sep="\n")
    before, after = found["machine"]["load_before"][0], found["machine"]["load_after"][0]
    print(f"{found['machine']['cores']} cores, load {before:.1f} to {after:.1f}")
    return 0 if all(row.get("met", True) for row in rows) else 1


def keep(found: Mapping[str, Any], path: Path) -> None:
    """Write a result as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def lines(rows: Sequence[Row]) -> list[str]:
    """Return the table's lines: a column for each name that any row has."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [columns, *([shown(row.get(name)) for name in columns] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]


def shown(value: Any) -> str:
    """Return a cell's text: figures by their size, yes or no, '-' for what there is not."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) < 1 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
