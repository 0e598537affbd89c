"""A pool of warm caged children: at most `size` documents are read at once, each by a child that can be killed."""

import asyncio
import contextlib
import math
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidegate.domain.failures import FailureCode
from tidegate.pipeline.cage.confine import Walls
from tidegate.pipeline.cage.frames import Closed, Oversize
from tidegate.pipeline.cage.process import Caged, Ending
from tidegate.pipeline.runner import silent
from tidegate.pipeline.step import Progress, StepFailed, Unit

READING = "tidegate.pipeline.reading"
START_SECONDS = 30.0
FRAME_BYTES = 1024 * 1024
"""What a reply may hold beside the text: page starts, title, names of fields."""


TOLD_BY_CHILDREN = frozenset({
    FailureCode.DOCUMENT_EMPTY, FailureCode.DOCUMENT_CORRUPT, FailureCode.DOCUMENT_ENCRYPTED, FailureCode.FILE_EXPANDS_TOO_MUCH,
    FailureCode.TYPE_MISMATCH, FailureCode.UNSUPPORTED_TYPE, FailureCode.OCR_FAILED,
})  # fmt: skip


class CageError(Exception):
    """An error of the child that the catalogue does not know: the kind, then the detail."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind} in the cage: {detail}")


@dataclass(frozen=True)
class Limits:
    """What one document may use: seconds, bytes of memory, bytes of output; and how many one child reads in its life."""

    seconds: float
    memory_bytes: int
    output_bytes: int
    documents: int = 200


class CagePool:
    """Runs tasks on documents in caged children. `handlers` is the module whose `HANDLERS` the children serve."""

    def __init__(self, size: int, limits: Limits, handlers: str = READING) -> None:
        self.walls: Walls | None = None
        self._limits = limits
        self._handlers = handlers
        self._slots = asyncio.Semaphore(size)
        self._idle: list[Caged] = []
        self._endings: set[asyncio.Task[Ending]] = set()

    async def run(self, task: str, path: Path, arguments: Mapping[str, Any], progress: Progress = silent) -> Any:
        """Have a child do `task` on the file at `path` and return its result.

        Raises StepFailed with what the child says, or parse_timeout, out_of_memory, file_expands_too_much (too much
        output); a crash of the parser is document_corrupt, since the same bytes would crash it again and retrying
        helps nobody. Raises CageError for any other exception in the child, OSError when the file cannot be opened.
        """
        async with self._slots:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                return await self._run(task, fd, arguments, progress)
            finally:
                os.close(fd)

    @property
    def isolated(self) -> bool | None:
        """Whether the children are cut off from every network; None before the first one started."""
        return None if self.walls is None else self.walls.no_network

    async def warm(self) -> None:
        """Start one child ahead of the first document. Raises CageError when it cannot start."""
        self._idle.append(await self._take())

    async def close(self) -> None:
        """Kill the idle children and wait until all are gone."""
        for caged in self._idle:
            self._dispose(caged)
        self._idle.clear()
        await asyncio.gather(*self._endings, return_exceptions=True)

    async def _run(self, task: str, fd: int, arguments: Mapping[str, Any], progress: Progress) -> Any:
        caged = await self._take()
        keep = False
        watch = asyncio.create_task(caged.watch_memory())
        try:
            async with asyncio.timeout(self._limits.seconds):
                await caged.send(task, arguments, fd)
                reply = await self._final_reply(caged, progress)
            keep = caged.served < self._limits.documents and caged.resident_bytes() < self._limits.memory_bytes // 4
        except TimeoutError:
            raise StepFailed(FailureCode.PARSE_TIMEOUT, f"{task} was killed", limit=math.ceil(self._limits.seconds)) from None
        except Oversize:
            raise StepFailed(
                FailureCode.FILE_EXPANDS_TOO_MUCH, "the output is too large", limit=self._limits.output_bytes
            ) from None
        except Closed:
            raise self._death(await caged.end(), caged.over_memory) from None
        finally:
            watch.cancel()
            self._idle.append(caged) if keep else self._dispose(caged)
        return self._outcome(reply)

    async def _take(self) -> Caged:
        while self._idle:
            caged = self._idle.pop()
            if caged.is_alive():
                return caged
            self._dispose(caged)
        caged = Caged(self._handlers, self._limits.memory_bytes)
        try:
            async with asyncio.timeout(START_SECONDS):
                await caged.ready()
        except Closed:
            ending = await caged.end()
            raise CageError("StartFailed", f"exit {ending.code}: {ending.printed.decode(errors='replace')}") from None
        except BaseException:
            self._dispose(caged)
            raise
        self.walls = caged.walls
        return caged

    async def _final_reply(self, caged: Caged, progress: Progress) -> list[Any]:
        limit = self._limits.output_bytes + FRAME_BYTES
        while True:
            reply = await caged.reply(limit)
            if reply[0] != "progress":
                return reply
            progress(int(reply[1]), None if reply[2] is None else int(reply[2]), Unit(reply[3]))

    def _outcome(self, reply: list[Any]) -> Any:
        """Return the result, or raise what the child says; a reply of any other form is a CageError."""
        match reply:
            case ["result", value]:
                return value
            case ["failed", FailureCode.OUT_OF_MEMORY.value, _, str(diagnostic)]:
                raise StepFailed(FailureCode.OUT_OF_MEMORY, diagnostic, limit=self._limits.memory_bytes)
            case ["failed", str(code), dict(params), str(diagnostic)]:
                raise _believed(code, params, diagnostic)
            case ["error", str(kind), str(diagnostic)]:
                raise CageError(kind, diagnostic)
        raise CageError("BadReply", str(reply[:1]))

    def _death(self, ending: Ending, over_memory: bool) -> StepFailed:
        printed = ending.printed.decode(errors="replace")
        detail = f"the child ended with {_named(ending.code)}, peak {ending.peak_bytes:,} B: {printed}"
        if (
            over_memory
            or ending.told_of_memory()
            or ending.code == -signal.SIGKILL
            or ending.peak_bytes > self._limits.memory_bytes
        ):
            return StepFailed(FailureCode.OUT_OF_MEMORY, detail, limit=self._limits.memory_bytes)
        return StepFailed(FailureCode.DOCUMENT_CORRUPT, detail)

    def _dispose(self, caged: Caged) -> None:
        """Kill now, tidy up behind: a cancelled step does not wait for it."""
        caged.kill()
        task = asyncio.create_task(caged.end())
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)


def _believed(code: str, params: dict[str, Any], diagnostic: str) -> Exception:
    """A child is not trusted: it may only tell of documents, with the parameters that the catalogue declares."""
    try:
        if code in TOLD_BY_CHILDREN:
            return StepFailed(FailureCode(code), diagnostic, **params)
    except (TypeError, ValueError):
        pass
    return CageError("BadReply", diagnostic)


def _named(code: int) -> str:
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return str(code)
