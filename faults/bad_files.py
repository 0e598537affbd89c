"""`python -m faults.bad_files FOLDER`: spoil documents in every way and ingest them; each must end in a code of the catalogue.

Documents go through the steps of the pipeline `documents` as a worker runs them, read by caged children. What the catalogue
does not know is `internal`, and the status is 1 when that is half a percent or more.
"""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from faults.machine import today_here
from faults.mutations import mutate
from faults.reading import read
from tidegate.domain.failures import FailureCode
from tidegate.pipeline import registry
from tidegate.pipeline.step import StepFailed
from tidegate.pipeline.tools import Tools, build_tools
from tidegate.settings import Settings

GOAL = 0.005
"""The share of `internal` must stay below."""
LARGEST = 2 * 1024 * 1024
"""Documents of up to so many bytes are spoilt: larger ones cost time and add no new kind."""
PARSE_SECONDS = 20.0
SHOWN = 10


@dataclass
class Tally:
    """What became of spoilt files: how often each mutation came to each end, and what was not foreseen."""

    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    unforeseen: list[str] = field(default_factory=list)

    @property
    def n(self) -> int:
        """Files in all."""
        return self.ends.total()

    def of(self, code: str) -> int:
        """How many came to an end of that name."""
        return sum(n for (_, end), n in self.ends.items() if end == code)

    @property
    def is_clean(self) -> bool:
        """Whether `internal` is as rare as promised."""
        return self.of(FailureCode.INTERNAL.value) < GOAL * self.n


async def spoil(paths: Sequence[Path], count: int, seed: int, home: Path) -> Tally:
    """Spoil and ingest so many files, two at once; the same seed spoils them the same way."""
    registry.load()
    chance, tally = random.Random(seed), Tally()
    documents = [path.read_bytes() for path in paths]
    settings = replace(Settings(home=home), parse_timeout=PARSE_SECONDS, folder_roots=(home,))
    tools = build_tools(settings)
    places = asyncio.Semaphore(settings.concurrency)

    async def one(number: int, name: str, how: str, content: bytes) -> None:
        path = home / f"{number}-{name}"
        path.write_bytes(content)
        try:
            end = await ended(tools, path, home / f"scratch-{number}")
        except Exception as error:  # noqa: BLE001 - whatever a step raises beside its failures is `internal`
            end = FailureCode.INTERNAL.value
            tally.unforeseen.append(f"{how} {name}, number {number}: {error!r}"[:300])
        finally:
            path.unlink()
            places.release()
        tally.ends[how, end] += 1

    try:
        async with asyncio.TaskGroup() as group:
            for number in range(count):
                await places.acquire()
                at, how, content = mutate(documents, chance)
                group.create_task(one(number, paths[at].name, how, content))
    finally:
        await tools.close()
    return tally


async def ended(tools: Tools, path: Path, scratch: Path) -> str:
    """Ingest a file and return the name of its end. Raises what no step foresees."""
    scratch.mkdir()
    try:
        await read(tools, path, path.parent, scratch)
    except StepFailed as failed:
        return failed.failure.code
    finally:
        shutil.rmtree(scratch)
    return "succeeded"


def table(tally: Tally, seed: int, seconds: float) -> str:
    """Return the ends by mutation as Markdown, with machine and date."""
    hows = sorted({how for how, _ in tally.ends})
    ends = sorted({end for _, end in tally.ends}, key=lambda end: -tally.of(end))
    lines = [
        f"{today_here()}; seed {seed}, {seconds:.0f} s.",
        "",
        "| end | " + " | ".join(hows) + " | all |",
        "|---|" + "---:|" * (len(hows) + 1),
        *(f"| {end} | " + " | ".join(f"{tally.ends[how, end]:,}" for how in hows) + f" | {tally.of(end):,} |" for end in ends),
        "",
        f"{tally.n:,} files; internal: {100 * tally.of(FailureCode.INTERNAL.value) / max(1, tally.n):.2f} %.",
        *(f"- {what}" for what in tally.unforeseen[:SHOWN]),
    ]
    return "\n".join(lines)


def main() -> int:
    """Spoil what the command line names, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m faults.bad_files", description=__doc__)
    parser.add_argument("folder", type=Path, help="good documents")
    parser.add_argument("--count", type=int, default=5000, help="number of bad files")
    parser.add_argument("--seed", type=int, default=7, help="draws documents and mutations")
    given = parser.parse_args()
    paths = sorted(path for path in given.folder.rglob("*") if path.is_file() and path.stat().st_size <= LARGEST)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tidegate-bad-files-") as home:
        tally = asyncio.run(spoil(paths, given.count, given.seed, Path(home)))
    print(table(tally, given.seed, time.monotonic() - begun))
    return 0 if tally.is_clean and tally.n == given.count else 1


if __name__ == "__main__":
    sys.exit(main())
