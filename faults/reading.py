"""Runs one file through the pipeline `documents` as a worker does, with no ledger behind it."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from tidegate.pipeline import registry, runner
from tidegate.pipeline.step import Source, SourceKind, StepContext, Unit
from tidegate.pipeline.tools import Tools


class Deaf:
    """A recorder that keeps nothing."""

    async def step_started(self, ordinal: int, name: str) -> None:
        """Do nothing."""

    async def step_finished(self, ordinal: int, name: str, checkpoint: bytes) -> None:
        """Do nothing."""

    def progress(self, ordinal: int, done: int, total: int | None, unit: Unit) -> None:
        """Do nothing."""


async def read(tools: Tools, path: Path, root: Path, scratch: Path) -> Any:
    """Return what the last step returns. Raises StepFailed, and whatever else a step raises, which is `internal`."""
    source = Source(SourceKind.FOLDER, str(path), path.name, str(root))
    context = StepContext(uuid4(), 1, "documents", source, {}, lambda: scratch, runner.silent, _never, tools.as_mapping())
    return await runner.run(registry.get("documents"), context, {}, Deaf())


async def _never(sha256: str) -> UUID | None:  # noqa: ARG001 - as KnownContent is asked
    """No content is known."""
    return None
