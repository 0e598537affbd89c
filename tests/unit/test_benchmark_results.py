"""Every benchmark's result can be kept, and becomes a table of the page of measurements."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchmarks import (
    bench_audit,
    bench_console,
    bench_ingest,
    bench_queue,
    bench_retry,
    bench_start,
    measuring,
    performance_page,
)
from benchmarks.measuring import Row

AUDIT = {
    "cost": {"retries_per_second_off": 200.0, "retries_per_second_on": 190.0, "cost_percent": 5.0},
    "lag": {
        "events_per_second": 99.0, "events": 2000, "lag_p50_seconds": 0.2, "lag_p99_seconds": 0.5, "lag_max_seconds": 0.7,
        "unsealed_after_3_seconds": 0,
    },
}  # fmt: skip
CONSOLE = {
    "jobs": [1000, 1_000_000], "rounds": 60,
    "pages": {
        "first page": {"median_ms": [7.8, 8.1], "rows": [50, 50], "ratio": 1.04, "goal": 1.3},
        "a rare name": {"median_ms": [7.8, 81.0], "rows": [1, 1], "ratio": 10.4, "goal": None},
    },
}  # fmt: skip
INGEST = {
    "documents": 100, "workers": 2, "rounds": 2, "bare_seconds": [9.0, 9.5], "ratio": 0.93,
    "tidegate": [{"seconds": 10.0, "succeeded": 98, "failed": 2}, {"seconds": 10.0, "succeeded": 98, "failed": 2}],
}  # fmt: skip
QUEUE = {
    "jobs": 1000, "rounds": 2, "concurrency": 200,
    "jobs_per_second": {"Tidegate": [500.0, 510.0], "PgQueuer": [900.0, 910.0], "Procrastinate": [300.0, 310.0]},
    "ratios": dict.fromkeys(bench_queue.GOALS, 5.0), "pickup": {"p50_ms": 10.0, "p95_ms": 20.0},
    "enqueue_per_second": {"Tidegate": {"one_by_one": 100.0, "by_the_thousand": 9000.0}},
}  # fmt: skip
RETRY = {
    "jobs": 100_000, "freeze_seconds": 1.2, "finish_seconds": 20.0, "processor_seconds": {"server": 9.0, "database": 18.0},
    "quiet": {"operation": [1.0, 2.0], "api": [3.0, 4.0]}, "busy": {"operation": [1.5, 2.5], "api": [3.5, 4.5]},
}  # fmt: skip
START = {
    "medians": {
        "first_seconds": 3.0, "first_cpu_seconds": 2.0, "again_seconds": 1.0, "again_cpu_seconds": 0.8, "idle_mb": 300.0,
        "load_mb": 500.0, "processes": 12,
    },
    "runs": [],
}  # fmt: skip

RESULTS: dict[str, tuple[Callable[[Mapping[str, Any]], list[Row]], dict[str, Any]]] = {
    "audit": (bench_audit.rows_of, AUDIT),
    "console": (bench_console.rows_of, CONSOLE),
    "ingest": (bench_ingest.rows_of, INGEST),
    "queue": (bench_queue.rows_of, QUEUE),
    "retry": (bench_retry.rows_of, RETRY),
    "start": (bench_start.rows_of, START),
}
"""Of each benchmark that measures whole runs: how it makes rows, and a result of it where every goal is reached."""

MISSED: dict[str, Callable[[dict[str, Any]], None]] = {
    "audit": lambda found: found["lag"].update(lag_p99_seconds=1.5),
    "console": lambda found: found["pages"]["first page"].update(ratio=2.0),
    "ingest": lambda found: found.update(ratio=0.1),
    "queue": lambda found: found["pickup"].update(p95_ms=9000.0),
    "retry": lambda found: found.update(finish_seconds=9000.0),
    "start": lambda found: found["medians"].update(idle_mb=9000.0),
}


def written(name: str, found: Mapping[str, Any], folder: Path) -> tuple[int, Path]:
    path = folder / f"bench-{name}.json"
    return measuring.told(name, RESULTS[name][0](found), os.getloadavg(), path, **found), path


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_becomes_a_table_of_the_page(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, path = written(name, RESULTS[name][1], tmp_path)
    assert status == 0
    monkeypatch.setattr(performance_page, "RESULTS", tmp_path / "kept")
    monkeypatch.setattr("sys.argv", ["performance_page", str(path)])
    performance_page.main()
    kept = msgspec.json.decode((tmp_path / "kept" / f"{name}.json").read_bytes())
    assert kept.keys() == {"name", "date", "machine", "rows"}
    assert kept["machine"].keys() == {"cores", "memory_gib", "processor", "python", "load_before", "load_after"}
    [(told, table)] = [(told, table) for _, told, table in performance_page.sections() if table is not None]
    assert told.startswith(f"`make bench-{name}`")
    assert "missed" not in told
    columns, cells = table
    assert {"what", "goal", "met"} <= set(columns)
    assert "yes" in {row[columns.index("met")] for row in cells}
    assert [row[0] for row in cells] == [row["what"] for row in RESULTS[name][0](RESULTS[name][1])]


@pytest.mark.parametrize("name", RESULTS)
def test_a_goal_that_is_missed_fails_the_benchmark(name: str, tmp_path: Path) -> None:
    found = msgspec.json.decode(msgspec.json.encode(RESULTS[name][1]))
    MISSED[name](found)
    assert written(name, found, tmp_path)[0] == 1


def test_every_benchmark_is_on_the_page() -> None:
    folder = Path(performance_page.__file__).parent
    assert {path.stem.removeprefix("bench_") for path in folder.glob("bench_*.py")} == performance_page.BENCHMARKS.keys()
    by_hand = [path.name for path in folder.glob("bench_*.py") if 'cpu_count(), "load' in path.read_text(encoding="utf-8")]
    assert by_hand == []
