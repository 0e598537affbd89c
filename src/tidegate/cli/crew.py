"""The processes of `tidegate up`, workers and sealer: started, watched, started again when they die, and stopped with us."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import structlog

from tidegate.settings import Settings, variable

log = structlog.get_logger("tidegate.cli")

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
"""Before a dead worker's successor starts: doubled each time, so that one that cannot live does not burn a core."""

STEADY_SECONDS = 60.0
"""A worker that lived so long was well; its death begins the pauses anew."""

MARGIN_SECONDS = 3.0
"""Beyond `stop_seconds`, which a worker spends on its jobs: for giving back and closing."""


class Crew:
    """N workers and a sealer, each a child of ours in a session of its own, out of reach of the terminal's Ctrl-C.

    They find the database as we did, by TIDEGATE_HOME or TIDEGATE_DATABASE_URL, and hold the embedded one themselves:
    when we are killed, they stop, and the last of them stops the database.
    """

    def __init__(self, settings: Settings, size: int) -> None:
        self._settings = settings
        self._processes: set[asyncio.subprocess.Process] = set()
        self._stopping = asyncio.Event()
        self._keepers = [asyncio.create_task(self._keep(role)) for role in ["work"] * size + ["seal"]]

    async def stop(self) -> None:
        """Stop all: in order, and by force those that take too long."""
        self._stopping.set()
        self._signal(signal.SIGTERM)
        if self._keepers:
            _, late = await asyncio.wait(self._keepers, timeout=self._settings.stop_seconds + MARGIN_SECONDS)
            if late:
                self.kill()
                await asyncio.wait(late)

    def kill(self) -> None:
        """Kill all; what workers ran starts again elsewhere when their leases end."""
        self._stopping.set()
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        for process in self._processes:
            if process.returncode is None:
                process.send_signal(number)

    async def _keep(self, role: str) -> None:
        """Have one process of a role alive until told to stop."""
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            begun = time.monotonic()
            status = await self._run(role)
            if self._stopping.is_set():
                return
            pause = FIRST_PAUSE_SECONDS if time.monotonic() - begun > STEADY_SECONDS else pause
            log.warning("process_ended", role=role, status=status, restart_in_seconds=pause)
            try:
                await asyncio.wait_for(self._stopping.wait(), pause)
            except TimeoutError:
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _run(self, role: str) -> int:
        command = [*_python(), "-m", "tidegate", role, "--parent", str(os.getpid())]
        chosen = {variable("home"): str(self._settings.home), variable("log_level"): self._settings.log_level}
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, start_new_session=True, env=os.environ | chosen
        )
        self._processes.add(process)
        try:
            if self._stopping.is_set():
                process.send_signal(signal.SIGTERM)
            return await process.wait()
        finally:
            self._processes.discard(process)


def _python() -> list[str]:
    """Our interpreter, looking for modules where we do: in the current folder only if we do so too."""
    return [sys.executable] if str(Path.cwd()) in sys.path else [sys.executable, "-P"]
