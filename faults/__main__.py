"""`python -m faults`: run a campaign and print its table; the exit status is 1 when a promise was broken."""

import argparse
import asyncio
import contextlib
import json
import logging
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from faults.campaign import Outcome, Plan, kinds_named, run
from faults.machine import today_here
from faults.place import prepared

SHOWN = 10
"""Offences of a kind that are printed."""


def main() -> int:
    """Run the campaign that the command line asks for."""
    given = _parser().parse_args()
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # that connections are cut is no news here
    plan = Plan(given.count, given.seed, given.workers, given.lease, kinds_named(given.kinds), given.pace, given.second)
    home = Path(tempfile.mkdtemp(prefix="tidegate-faults-"))
    try:
        outcome = asyncio.run(_carry_out(plan, home, given.database_url))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(table(plan, outcome))
    if given.json:
        Path(given.json).write_text(json.dumps({"plan": asdict(plan), **asdict(outcome)}, indent=2) + "\n", encoding="utf-8")
    return 0 if outcome.is_clean else 1


def table(plan: Plan, outcome: Outcome) -> str:
    """Return the outcome as Markdown, with the machine and the date."""
    broken = {promise: len(found) for promise, found in outcome.offences.items()}
    how = f"{plan.workers} workers, lease {plan.lease_seconds:g} s, seed {plan.seed}, {outcome.seconds:.0f} s"
    died = f"Workers died {sum(outcome.points.values()):,} times at {len(outcome.points)} named points"
    numbers = [f"{n:,}" for n in (outcome.jobs, outcome.attempts, *broken.values())]
    numbers += [f"{value:.1f} s" for value in percentiles(outcome.recoveries)]
    lines = [
        f"{today_here()}; {how}.",
        "",
        "| fault | times |",
        "|---|---:|",
        *(f"| {name} | {n:,} |" for name, n in sorted(outcome.faults.items(), key=lambda pair: -pair[1])),
        f"| **all** | **{sum(outcome.faults.values()):,}** |",
        "",
        f"{died}; answers to a COMMIT lost: {outcome.lost_answers:,}.",
        "",
        "| jobs | attempts | " + " | ".join(broken) + " | recovery p50 | p99 | max |",
        "|" + "---:|" * (len(broken) + 5),
        f"| {' | '.join(numbers)} |",
        "",
        f"Everything had ended {outcome.settle_seconds:.1f} s after the last fault.",
    ]
    for promise, found in outcome.offences.items():
        lines += [f"- {promise}: {what}" for what in found[:SHOWN]]
    return "\n".join(lines)


def percentiles(values: Sequence[float]) -> list[float]:
    """Return the median, the 99th percentile and the last of sorted values; not-a-number where there are none."""
    if len(values) < 2:
        return [values[0] if values else float("nan")] * 3
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return [cuts[49], cuts[98], values[-1]]


async def _carry_out(plan: Plan, home: Path, database_url: str) -> Outcome:
    async with contextlib.AsyncExitStack() as stack:
        place = await stack.enter_async_context(prepared(home, database_url))
        return await run(plan, place)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m faults", description="Do harm to a running Tidegate and check its history.")
    parser.add_argument("--count", type=int, default=200, help="number of faults")
    parser.add_argument("--seed", type=int, default=7, help="draws the faults")
    parser.add_argument("--workers", type=int, default=3, help="worker processes")
    parser.add_argument("--lease", type=float, default=3.0, help="a worker's lease in seconds; the product's is 15")
    parser.add_argument("--pace", type=float, default=0.3, help="mean seconds between faults")
    parser.add_argument("--second", type=float, default=0.2, help="chance that a fault follows at once, into the recovery")
    parser.add_argument("--kinds", default="", help="only faults whose names contain one of these words, with commas")
    parser.add_argument("--database-url", default="", help="a superuser's address of your PostgreSQL; else one of our own")
    parser.add_argument("--json", default="", help="also write the outcome to this file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
