"""The page of measurements: every result that is kept in `benchmarks/results`, as its benchmark wrote it.

A result has a name, a date, the machine and rows; of one without rows, every number in it becomes a row. `python -m
benchmarks.performance_page build/bench-list.json` keeps a result: what the page does not show stays out.
"""

import json
import statistics
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import measuring
from benchmarks.measuring import Row

RESULTS = Path(__file__).parent / "results"

BENCHMARKS = {
    "list": "Lists, a job and counts by the API, at several sizes of the ledger",
    "http": "Lists a second, against a bare handler",
    "live": "From a change to the browser, with many streams open",
    "growth": "A day's churn",
    "console": "Pages of the console at two sizes of the ledger",
    "retry": "A retry of very many jobs",
    "audit": "The seal of the audit log",
    "queue": "Jobs that do nothing, against bare queues",
    "ingest": "Documents against extraction alone",
    "start": "The first page and the memory",
}
"""Each benchmark, `make bench-NAME`, in the order of the page; one without a result is listed as not measured yet."""

Table = tuple[list[str], list[list[str]]]


def sections() -> Iterator[tuple[str, str, Table | None]]:
    """Yield each benchmark's title, what is said of its measurement, and its table where there is one."""
    for name, title in BENCHMARKS.items():
        path = RESULTS / f"{name}.json"
        if not path.exists():
            yield title, f"`make bench-{name}`: no result is kept yet.", None
            continue
        found = json.loads(path.read_text(encoding="utf-8"))
        rows = found["rows"]
        columns = list(dict.fromkeys(column for row in rows for column in row))
        yield title, _told(name, found), (columns, [[measuring.shown(row.get(column)) for column in columns] for row in rows])


def _told(name: str, found: Mapping[str, Any]) -> str:
    machine = found["machine"]
    load = [f"{machine[when][0]:.1f}" for when in ("load_before", "load_after") if when in machine]
    memory = f", {machine['memory_gib']:g} GiB of memory" if "memory_gib" in machine else ""
    missed = [row["what"] for row in found["rows"] if row.get("met") is False]
    goals = f" Goals missed: {', '.join(missed)}." if missed else ""
    cores = f"{machine.get('cores', '?')} cores{memory}, load {' to '.join(load) or 'unknown'}"
    return f"`make bench-{name}`, {found['date']}, {cores}.{goals}"


def kept(found: Mapping[str, Any], name: str, date: str) -> dict[str, Any]:
    """Return what of a result is kept: rows of figures, and the machine."""
    rows = found.get("rows") or list(
        _rows_in({key: value for key, value in found.items() if key not in {"machine", "name", "date"}})
    )
    return {"name": name, "date": found.get("date", date), "machine": found.get("machine", {}), "rows": rows}


def _rows_in(found: object, place: tuple[str, ...] = ()) -> Iterator[Row]:
    """Yield a row for each number; of a list of numbers, its median."""
    if isinstance(found, Mapping):
        for name, value in found.items():
            yield from _rows_in(value, (*place, str(name).replace("_", " ")))
    elif isinstance(found, list) and found and all(isinstance(one, int | float) for one in found):
        yield {"what": ", ".join(place), "figure": statistics.median(found)}
    elif isinstance(found, int | float) and not isinstance(found, bool):
        yield {"what": ", ".join(place), "figure": found}


def main() -> None:
    """Keep the given results: `build/bench-list.json` becomes `benchmarks/results/list.json`."""
    for path in map(Path, sys.argv[1:]):
        name = path.stem.removeprefix("bench-")
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        found = kept(json.loads(path.read_text(encoding="utf-8")), name, f"{written:%Y-%m-%d}")
        measuring.keep(found, RESULTS / f"{name}.json")


if __name__ == "__main__":
    main()
