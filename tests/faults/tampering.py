"""Tamperings by the hundred: each class of falsification tried on honest logs, and what verification said.

`python -m tests.faults.tampering N` (`make tamper N=10000`) tries each class N times and prints a table.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.faults import falsifying as ways
from tests.faults.honest_logs import HonestLog, honest_log
from tidegate.audit.lines import read_all, write
from tidegate.audit.report import Report, Tampering
from tidegate.audit.verify import verify

LOGS = 40
"""Different honest logs that the tamperings start from."""

T = Tampering


@dataclass(frozen=True)
class Class:
    """One class of tampering: its ways, and the kinds of findings that name it."""

    name: str
    ways: tuple[ways.Way, ...]
    told_as: frozenset[Tampering]
    against_outside: bool = False


CLASSES = (
    Class(
        "edit",
        (
            ways.edit_payload,
            ways.edit_payload_and_leaf,
            ways.edit_space,
            ways.edit_column,
            ways.edit_body,
            ways.edit_id,
            ways.edit_by_false_expiry,
        ),
        frozenset({T.EDITED, T.ALTERED}),
    ),
    Class(
        "delete",
        (ways.delete_event, ways.delete_line, ways.delete_and_renumber, ways.delete_checkpoint),
        frozenset({T.DELETED, T.ALTERED, T.TRUNCATED}),
    ),
    Class(
        "insert",
        (ways.insert_line, ways.insert_and_renumber, ways.insert_behind_the_seal, ways.insert_after_the_last),
        frozenset({T.INSERTED, T.ALTERED, T.REORDERED}),
    ),
    Class(
        "reorder",
        (
            ways.reorder_lines,
            ways.reorder_leaves,
            ways.reorder_payloads,
            ways.reorder_leaves_with_their_transactions,
            ways.reorder_checkpoints,
        ),
        frozenset({T.REORDERED, T.ALTERED, T.EDITED}),
    ),
    Class(
        "truncate",
        (ways.truncate, ways.truncate_at_a_checkpoint, ways.truncate_and_tell_as_unsealed),
        frozenset({T.TRUNCATED}),
        against_outside=True,
    ),
    Class(
        "forge",
        (ways.forge_character, ways.forge_root, ways.forge_with_another_key, ways.forge_without_time, ways.forge_the_whole_log),
        frozenset({T.FORGED_SIGNATURE}),
    ),
)


@dataclass
class Outcome:
    """How one class fared."""

    name: str
    tried: int = 0
    found: int = 0
    named: int = 0
    missed: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)


def checked(log: HonestLog, lines: ways.Lines, *, against_outside: bool = False) -> Report:
    """Verify what was written to a file and read again, with the key known from elsewhere."""
    texts = [write(line) for line in lines]
    return verify(read_all(texts), log.signer.trusted, [log.notes[-1]] if against_outside else [])


def attempt(kind: Class, count: int, logs: Sequence[HonestLog], seed: int = 2026) -> Outcome:
    """Try a class of tampering so often, its ways in turn."""
    outcome = Outcome(kind.name)
    for number in range(count):
        chance = random.Random(f"{kind.name}/{seed}/{number}")  # noqa: S311 - reproducible
        log, way = chance.choice(logs), kind.ways[number % len(kind.ways)]
        lines = way(log.lines, chance)
        report = checked(log, lines, against_outside=kind.against_outside)
        kinds = {finding.kind for finding in report.findings}
        outcome.tried += 1
        outcome.found += not report.is_sound
        outcome.named += bool(kinds & kind.told_as)
        outcome.kinds.update(found.value for found in kinds)
        if report.is_sound or lines == log.lines or not kinds & kind.told_as:
            outcome.missed.append(f"{way.__name__} of {kind.name}/{seed}/{number}: {[str(f) for f in report.findings[:3]]}")
    return outcome


def main(arguments: Sequence[str]) -> int:
    """Print a table of found and missed; return 1 when anything was missed or an honest log accused."""
    count = int(arguments[0]) if arguments else 10_000
    begun, honest = time.monotonic(), max(50, count // 20)
    logs = [honest_log(seed) for seed in range(LOGS)]
    accused = sum(not checked(log, log.lines, against_outside=True).is_sound for log in map(honest_log, range(honest)))
    table = [f"{'class':10} {'tried':>8} {'found':>8} {'named':>8}  told as"]
    missed = []
    for kind in CLASSES:
        outcome = attempt(kind, count, logs)
        told = ", ".join(f"{name} {number}" for name, number in outcome.kinds.most_common())
        table.append(f"{outcome.name:10} {outcome.tried:8} {outcome.found:8} {outcome.named:8}  {told}")
        missed += outcome.missed
    table.append(f"{'honest':10} {honest:8} {accused:8} accused")
    table.append(f"{time.monotonic() - begun:.0f} s")
    sys.stdout.write("\n".join([*table, *missed[:20]]) + "\n")
    return 1 if missed or accused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
