"""Real processes of the program, for tests that kill them."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType

from tidegate.settings import Settings, variable

INHERITED = ("PATH", "LANG", "LC_ALL", "TESSDATA_PREFIX", "LD_LIBRARY_PATH", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")

Process = asyncio.subprocess.Process


def environment(settings: Settings, **changes: str) -> dict[str, str]:
    """Return the environment under which a process has these settings."""
    shared = {
        variable("home"): str(settings.home),
        variable("database_url"): settings.database_url,
        variable("concurrency"): str(settings.concurrency),
        variable("retry_delay_scale"): str(settings.retry_delay_scale),
    }
    kept = {name: text for name, text in os.environ.items() if name in INHERITED or name.startswith("OTEL_")}
    return {**kept, "HOME": str(settings.home), **shared, **{variable(name): value for name, value in changes.items()}}


@asynccontextmanager
async def running(
    settings: Settings, *arguments: str, under: Mapping[str, str] = MappingProxyType({}), **changes: str
) -> AsyncIterator[Process]:
    """Run `tidegate …` in a process group of its own, with variables `under` beside it, and kill the whole group at the end."""
    command = (sys.executable, "-m", "tidegate", *arguments)
    async with started(*command, env={**environment(settings, **changes), **under}) as process:
        yield process


@asynccontextmanager
async def started(*command: str, env: Mapping[str, str], cwd: Path | None = None) -> AsyncIterator[Process]:
    """Run a program, unheard, in a process group of its own, and kill the whole group at the end."""
    process = await asyncio.create_subprocess_exec(
        *command, env=env, cwd=cwd, start_new_session=True,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
