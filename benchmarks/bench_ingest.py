"""How fast documents go through the whole pipeline, against xberg called bare on the same files: `make bench-ingest`.

N worker processes against N processes that do nothing but extract, in rounds that alternate; both are started and warm. Each
round of Tidegate's has a database of its own, so that no content is known already. The ratio holds on any machine. Pictures are
left out unless asked for: reading one by OCR takes a hundred times as long as any other document and would hide the rest.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from benchmarks import bare_reading, measuring
from benchmarks.measuring import Row
from tests import processes, story
from tests.databases import fresh_database, make_template, running_cluster
from tidegate import wiring
from tidegate.demo import DOCUMENTS
from tidegate.domain.lifecycle import State
from tidegate.ledger.views import JobFilter
from tidegate.operations import reading
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Item, Submit
from tidegate.settings import Settings

GOAL = 0.85
LOOK_SECONDS = 0.1
"""Each look is work for the database that a user does not cause."""
PATIENCE_SECONDS = 900.0
WARMING = 8
"""Documents that each worker may read before the clock runs, so that its children are up."""


async def ingest(services: Services, files: Sequence[Path]) -> float:
    """Submit files and return the seconds until all of them have succeeded or failed."""
    before = await ended(services)
    begun = time.perf_counter()
    items = [Item("folder", str(file), file.name, str(file.parent)) for file in files]
    await perform(services, story.OPERATOR, Submit(items, label="a benchmark"))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while sum((await ended(services)).values()) < len(files) + sum(before.values()):
            await asyncio.sleep(LOOK_SECONDS)
    return time.perf_counter() - begun


async def ended(services: Services) -> dict[State, int]:
    """Return how many jobs have succeeded, and how many have failed for good."""
    counts = (await reading.count_jobs(services, story.OPERATOR.actor, JobFilter())).states
    return {state: counts[state].n for state in (State.SUCCEEDED, State.FAILED)}


async def measure_tidegate(cluster: str, template: str, folder: Path, files: Sequence[Path], workers: int) -> dict[str, Any]:
    """Ingest the files once, with a fresh database and home."""
    warm = folder / "warm"
    warm.mkdir(parents=True)
    for number in range(WARMING * workers):
        (warm / f"{number}.txt").write_text(f"Passage {number} is there to wake the readers.")
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(fresh_database(cluster, template))
        settings = Settings(home=folder / "home", database_url=url, retry_delay_scale=0.0, concurrency=1)
        services = await stack.enter_async_context(wiring.running(settings, name="tidegate bench"))
        for _ in range(workers):
            await stack.enter_async_context(processes.running(settings, "work", log_level="error"))
        await ingest(services, sorted(warm.iterdir()))
        woken = await ended(services)
        seconds = await ingest(services, files)
        found = await ended(services)
        return {"seconds": seconds, **{state.value: n - woken[state] for state, n in found.items()}}


async def run(files: Sequence[Path], workers: int, rounds: int) -> dict[str, Any]:
    """Measure on a cluster of its own."""
    ours, bare = [], []
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder, bare_reading.readers(workers) as pool:
        async with running_cluster(Path(folder)) as cluster:
            template = await make_template(cluster)
            for turn in range(rounds):
                for side in ("ours", "bare")[:: (1, -1)[turn % 2]]:
                    if side == "bare":
                        bare.append(await asyncio.to_thread(bare_reading.seconds_for, pool, files))
                    else:
                        ours.append(await measure_tidegate(cluster, template, Path(folder) / f"{turn}", files, workers))
    return {
        "documents": len(files), "workers": workers, "rounds": rounds, "tidegate": ours, "bare_seconds": bare,
        "ratio": statistics.median(alone / one["seconds"] for one, alone in zip(ours, bare, strict=True)),
    }  # fmt: skip


def rows_of(found: Mapping[str, Any]) -> list[Row]:
    """Return the result as rows with their goal."""
    ours, last = statistics.median(one["seconds"] for one in found["tidegate"]), found["tidegate"][-1]
    told = {"succeeded": last["succeeded"], "failed": last["failed"]}
    return [
        {"what": "documents/s, Tidegate", "figure": found["documents"] / ours, **told},
        {"what": "documents/s, bare xberg", "figure": found["documents"] / statistics.median(found["bare_seconds"])},
        measuring.wanted("Tidegate against bare xberg", of="figure", at_least=GOAL, figure=found["ratio"]),
    ]


def main() -> int:
    """Print what was measured, write it as JSON, and return 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=DOCUMENTS)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pictures", action="store_true", help="read scans, too")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    files = sorted(path.resolve() for path in chosen.folder.rglob("*") if path.is_file())
    if not chosen.pictures:
        files = [file for file in files if file.suffix.lower() not in bare_reading.PICTURES]
    load_before = os.getloadavg()
    found = measuring.run(run(files, chosen.workers, chosen.rounds))
    return measuring.told("ingest", rows_of(found), load_before, chosen.json, **found)


if __name__ == "__main__":
    sys.exit(main())
