"""Runs the steps of one attempt in order, from the first that is not finished.

The caller records what happens through a `Recorder`; what a step raises goes to the caller untouched: `StepFailed`,
`Finished`, `domain.lifecycle.Fenced`, or anything else, which the caller makes `internal`.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import msgspec

from tidegate.pipeline.step import Ingested, Pipeline, StepContext, StepFailed, Unit

PROGRESS_SECONDS = 0.25
"""Progress is passed on four times a second at most: faster is not seen, and each one costs a write."""

_INGESTED = 1


class Recorder(Protocol):
    """Told of each step as it happens. Ordinals begin at 1. Each call may raise `domain.lifecycle.Fenced`."""

    async def step_started(self, ordinal: int, name: str) -> None:
        """Note that the step begins."""

    async def step_finished(self, ordinal: int, name: str, checkpoint: bytes) -> None:
        """Keep the checkpoint; empty: there is nothing to resume from."""

    def progress(self, ordinal: int, done: int, total: int | None, unit: Unit) -> None:
        """Note how far it has come; must return at once."""


async def run(pipeline: Pipeline, context: StepContext, finished: Mapping[str, bytes], recorder: Recorder) -> Any:
    """Run the steps that have no checkpoint in `finished` (step name → checkpoint) and return the last one's result.

    `context` brings all but `results` and `progress`, which are set here for each step. Steps after the first
    unfinished one run again even when they have a checkpoint. An `Ingested` gets the empty checkpoint, which counts
    as unfinished: it is stored by the commit that ends the job, not twice.
    """
    results: dict[str, Any] = {}
    resuming = True
    for ordinal, step in enumerate(pipeline.steps, start=1):
        checkpoint = finished.get(step.name, b"")
        resuming = resuming and checkpoint != b""
        if resuming:
            results[step.name] = decode(checkpoint)
            continue
        await recorder.step_started(ordinal, step.name)
        progress = ThinnedProgress(ordinal, recorder)
        try:
            result = await step.run(replace(context, results=dict(results), progress=progress))
        except StepFailed:
            progress.flush()
            raise
        finally:
            progress.stop()
        progress.flush()
        results[step.name] = result
        await recorder.step_finished(ordinal, step.name, b"" if isinstance(result, Ingested) else encode(result))
    return results[pipeline.steps[-1].name]


@dataclass
class ThinnedProgress:
    """Passes on how far it is after PROGRESS_SECONDS, then at most once in such a time, and the last word when the step ends."""

    ordinal: int
    recorder: Recorder
    _kept: tuple[int, int | None, Unit] | None = None
    _passing: asyncio.TimerHandle | None = None

    def __call__(self, done: int, total: int | None, unit: Unit) -> None:
        """Note how far the step has come."""
        self._kept = (done, total, unit)
        if self._passing is None:
            self._passing = asyncio.get_running_loop().call_later(PROGRESS_SECONDS, self.flush)

    def flush(self) -> None:
        """Pass on what was held back."""
        self.stop()
        if self._kept is not None:
            kept, self._kept = self._kept, None
            self.recorder.progress(self.ordinal, *kept)

    def stop(self) -> None:
        """Pass nothing on by itself any more."""
        if self._passing is not None:
            self._passing.cancel()
            self._passing = None


def silent(done: int, total: int | None, unit: Unit) -> None:
    """Progress that nobody listens to."""


def encode(value: Any) -> bytes:
    """Return the checkpoint of a step's result as MessagePack. Raises TypeError for what is not JSON-like."""
    if isinstance(value, Ingested):
        value = msgspec.msgpack.Ext(_INGESTED, msgspec.msgpack.encode(value))
    return msgspec.msgpack.encode(value)


def decode(checkpoint: bytes) -> Any:
    """Return the result that `encode` took. Raises msgspec.DecodeError when the bytes are not its."""
    return msgspec.msgpack.decode(checkpoint, ext_hook=_extension)


def _extension(code: int, data: memoryview) -> Any:
    if code != _INGESTED:
        raise msgspec.DecodeError("unknown extension in a checkpoint")
    return msgspec.msgpack.decode(data, type=Ingested)
