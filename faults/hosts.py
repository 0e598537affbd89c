"""`python -m faults.hosts`: workers on hosts of their own; how their number pays, and what a host costs that is cut off.

Each worker process has a network namespace of its own and reaches one PostgreSQL over it, by password. One host's link is
cut for longer than the lease and restored. Root is needed for the namespaces; all that is made is removed at the end, also
after Ctrl-C. The status is 1 when a promise was broken.
"""

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from faults.__main__ import SHOWN, percentiles
from faults.machine import today_here
from faults.many_hosts import WAIT_SECONDS, Outcome, Plan, run
from faults.network import NoNetwork
from tidegate.settings import Settings


def main() -> int:
    """Carry out what the command line asks for, and print the tables."""
    given = _parser().parse_args()
    sizes = tuple(sorted({int(word) for word in given.workers.split(",")}))
    plan = Plan(sizes, given.documents, given.lease, given.concurrency)
    home = Path(tempfile.mkdtemp(prefix="tidegate-hosts-"))
    try:
        outcome = asyncio.run(_until_told(plan, home))
    except (NoNetwork, TimeoutError) as reason:
        print(reason if isinstance(reason, NoNetwork) else "A worker did not come up in time.", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("Stopped; what was made is removed.", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(table(plan, outcome))
    return 0 if outcome.is_clean else 1


def table(plan: Plan, outcome: Outcome) -> str:
    """Return the outcome as Markdown, with the machine and the date."""
    first = outcome.paces[plan.sizes[0]]
    rows = [
        f"| {size} | {pace.documents:.1f} | {pace.documents / first.documents:.2f} | {pace.waiting:.1f} "
        f"| {pace.waiting / first.waiting:.2f} | {100 * pace.waiting / (size * plan.concurrency / WAIT_SECONDS):.0f} % |"
        for size, pace in outcome.paces.items()
    ]
    broken = {promise: len(found) for promise, found in outcome.offences.items()}
    median, _, longest = percentiles(outcome.recoveries)
    numbers = [f"{outcome.cut_seconds:.0f} s", str(outcome.held), str(outcome.taken_over), f"{median:.1f} s", f"{longest:.1f} s"]
    numbers += [f"{outcome.back_seconds:.1f} s", f"{outcome.jobs:,}", *(f"{n:,}" for n in broken.values())]
    how = f"{plan.documents} documents a row, {plan.concurrency} jobs at once a worker, lease {plan.lease_seconds:g} s"
    return "\n".join([
        f"{today_here()}; {how}.",
        "",
        f"| workers | documents/s | ratio | jobs/s that wait {WAIT_SECONDS:g} s | ratio | of the possible |",
        "|---:|---:|---:|---:|---:|---:|",
        *rows,
        "",
        "| link cut for | jobs held | taken over | p50 | max | back at work | jobs in all | " + " | ".join(broken) + " |",
        "|" + "---:|" * (len(broken) + 7),
        f"| {' | '.join(numbers)} |",
        *(f"- {promise}: {what}" for promise, found in outcome.offences.items() for what in found[:SHOWN]),
    ])  # fmt: skip


async def _until_told(plan: Plan, home: Path) -> Outcome:
    """Run, and be cancelled by SIGTERM and SIGHUP as by Ctrl-C, so that everything is removed."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    return await run(plan, home, Settings())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m faults.hosts", description=__doc__)
    parser.add_argument("--workers", default="2,4,8", help="numbers of hosts to measure, with commas")
    parser.add_argument("--documents", type=int, default=400, help="documents for each measurement")
    parser.add_argument("--lease", type=float, default=Settings().lease_seconds, help="a worker's lease in seconds")
    parser.add_argument("--concurrency", type=int, default=2, help="jobs that one worker runs at once")
    return parser


if __name__ == "__main__":
    sys.exit(main())
