"""`python -m faults.guards`: take each guard away, once, in a copy of the project; the status is 1 when no test notices one."""

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from faults.guards.entries import GUARDS
from faults.guards.guard import TOP, Guard
from faults.machine import today_here
from tidegate import embedded

SECONDS = 900.0
"""How long the tests of one guard may take. What takes longer counts as not noticed: a slow machine notices nothing."""

LEFT_OUT = (".git", ".venv", ".system", "build", "dist", ".hypothesis", "docs", "__pycache__", ".*_cache")
_LINE = re.compile(r"^(?:E +|/\S+:\d+: )\S")
_FAILED = re.compile(r"^(?:FAILED|ERROR) \S*?::(\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Found:
    """What the tests said without a guard; `by` is the test that failed, '' when none did."""

    guard: Guard
    by: str


def main() -> int:
    """Try the guards that the command line asks for."""
    given = _parser().parse_args()
    chosen = [guard for guard in GUARDS if given.only in f"{guard.file} {guard.name}" and not guard.needless]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tidegate-guards-") as copy, tempfile.TemporaryDirectory(prefix="tidegate-") as home:
        found = asyncio.run(_try_all(chosen, Path(copy) / "tidegate", Path(home)))
    seconds = time.monotonic() - began
    print(table(found, seconds))
    return 1 if any(not one.by for one in found) else 0


def table(found: Sequence[Found], seconds: float) -> str:
    """Return what became of the guards as Markdown, with the machine and the date."""
    tried, noticed = Counter(one.guard.file for one in found), Counter(one.guard.file for one in found if one.by)
    needless = Counter(guard.file for guard in GUARDS if guard.needless)
    lines = [
        f"{today_here()}; {seconds:.0f} s.",
        "",
        "| file | guards | noticed | needless |",
        "|---|---:|---:|---:|",
        *(f"| `{file.removeprefix('src/tidegate/')}` | {n} | {noticed[file]} | {needless[file]} |" for file, n in tried.items()),
        f"| **all** | **{len(found)}** | **{sum(noticed.values())}** | **{sum(needless[file] for file in tried)}** |",
        "",
        *(f"- nothing notices: {one.guard.name} -> {' '.join(one.guard.instead.split())[:60]!r}" for one in found if not one.by),
    ]
    return "\n".join(lines)


async def _try_all(guards: Sequence[Guard], copy: Path, home: Path) -> list[Found]:
    """Try one after the other on one cluster. Raises RuntimeError when tests fail with every guard in place."""
    shutil.copytree(TOP, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    async with embedded.running(home) as found:
        url = found.url("postgres", "postgres")
        await _hurry(url)
        code, output = _tested(copy, url, sorted({test for guard in guards for test in guard.tests}), seconds=None)
        if code != 0:
            raise RuntimeError(f"tests fail with every guard in place\n{output}")
        return [_tried(guard, copy, url) for guard in guards]


async def _hurry(url: str) -> None:
    """Let the cluster forget a crash: its databases are dropped anyway, and making them takes most of the time."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        for name in (b"fsync", b"full_page_writes", b"synchronous_commit"):
            await connection.execute(b"ALTER SYSTEM SET %b = off" % name)
        await connection.execute("SELECT pg_reload_conf()")


def _tried(guard: Guard, copy: Path, url: str) -> Found:
    path = copy / guard.file
    whole = path.read_text(encoding="utf-8")
    path.write_text(guard.removed(whole), encoding="utf-8")
    try:
        code, output = _tested(copy, url, guard.tests)
    finally:
        path.write_text(whole, encoding="utf-8")
    if code not in {0, 1}:
        raise RuntimeError(f"the tests of {guard.name} could not run\n{output}")
    named = _FAILED.search(output)
    found = Found(guard, (named[1] if named else "a test") if code else "")
    why = next((line for line in output.splitlines() if _LINE.match(line)), "")
    print(f"{'noticed' if found.by else 'SURVIVES'}  {guard.name}  {found.by}  {why}", file=sys.stderr, flush=True)
    return found


def _tested(copy: Path, url: str, tests: Iterable[str], seconds: float | None = SECONDS) -> tuple[int, str]:
    """Run tests of the copy until the first failure; return pytest's status (1: a test failed) and what it said."""
    told = {"PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1", "TIDEGATE_TEST_DATABASE_URL": url}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "--tb=line", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(
            command, cwd=copy, env={**os.environ, **told}, capture_output=True, text=True, check=False, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        return 0, "too slow to tell"
    return done.returncode, done.stdout + done.stderr


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m faults.guards", description="Take each guard away and see a test fail.")
    parser.add_argument("--only", default="", help="only guards whose file, statement or text contains this")
    return parser


if __name__ == "__main__":
    sys.exit(main())
