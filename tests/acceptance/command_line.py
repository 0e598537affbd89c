"""The program as its users start it: real processes, a home of their own, the embedded database."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from tests.places import home_of_databases
from tests.processes import INHERITED
from tests.storage.embedded_users import kill_all
from tidegate.embedded import EmbeddedDatabase

COMMAND = (sys.executable, "-m", "tidegate")
WAIT_SECONDS = 30.0


@dataclass(frozen=True)
class Shell:
    """A shell with a home folder, its own settings and nothing else of ours in its environment."""

    home: Path
    command: tuple[str, ...] = COMMAND

    def run(self, *words: object, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [*self.command, *map(str, words)],
            check=False,
            input=stdin,
            capture_output=True,
            text=True,
            env=self._environment(environment),
            timeout=100,
            cwd="/",
        )

    def json(self, *words: object, **environment: str) -> Any:
        """Run a command that succeeds and return the one JSON value that it prints."""
        done = self.run(*words, "--json", **environment)
        assert done.returncode in {0, 1}, done.stderr
        assert done.stdout.count("\n") == 1
        return msgspec.json.decode(done.stdout)

    @contextmanager
    def start(self, *words: object, **environment: str) -> Iterator["Started"]:
        """Start a command that stays, and kill what is left of it at the end."""
        process = subprocess.Popen(
            [*self.command, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/",
            env=self._environment(environment), start_new_session=True,
        )  # fmt: skip
        started = Started(process, self.home)
        with process:
            try:
                yield started
            finally:
                process.kill()
                for pid in started.workers:
                    os.kill(pid, signal.SIGKILL)

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
        return {**kept, "HOME": str(self.home), "TIDEGATE_HOME": str(self.home), "TIDEGATE_CONCURRENCY": "2", **more}


@dataclass(frozen=True)
class Started:
    """A command that runs."""

    process: "subprocess.Popen[str]"
    home: Path

    def line(self, part: str) -> str:
        """Return the next line of stdout that has this part in it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if part in line:
                return line.strip()
        raise AssertionError(f"it ended without '{part}': {self.process.stderr.read() if self.process.stderr else ''}")

    @property
    def workers(self) -> list[int]:
        """The process ids of its workers."""
        return [pid for pid in processes_of(self.home) if f"\0work\0--parent\0{self.process.pid}\0" in command_of(pid)]


@contextmanager
def shell(*, held: bool = False) -> Iterator[Shell]:
    """Give a shell whose home is in /tmp or in memory: pytest's own folders are closed to the account that serves root.

    When `held`, its database runs all the time, so that each command joins it instead of starting and stopping it.
    """
    home = Path(tempfile.mkdtemp(prefix="tidegate-cli-", dir=home_of_databases()))
    holder = EmbeddedDatabase(home)
    try:
        if held:
            holder.join()
        yield Shell(home)
    finally:
        holder.leave()
        kill_all(home)
        shutil.rmtree(home)


def processes_of(home: Path) -> list[int]:
    """Return the processes of the program that have this home in their environment; the database's have none of ours."""
    return [pid for pid in _pids() if f"TIDEGATE_HOME={home}\0" in _read(pid, "environ") and "tidegate" in command_of(pid)]


def command_of(pid: int) -> str:
    """Return the command line of a process, its words ended by zeros; empty when it is gone."""
    return _read(pid, "cmdline")


def wait_until(holds: Callable[[], object], seconds: float = WAIT_SECONDS) -> bool:
    """Wait until something holds, and tell whether it does."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes().decode(errors="replace")
    except OSError:
        return ""
