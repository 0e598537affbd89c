"""A pipeline that waits as for another's service, named in TIDEGATE_PIPELINES: it costs time and next to no work.

A file `7-0.25.txt` waits a quarter of a second.
"""

import asyncio
from pathlib import Path

from tidegate.pipeline.documents import fetch
from tidegate.pipeline.registry import pipeline, step
from tidegate.pipeline.step import Chunk, Ingested, StepContext


@step
async def wait(context: StepContext) -> float:
    """Wait as long as the file's name says, and return the seconds."""
    seconds = float(Path(context.source.name).stem.rpartition("-")[2])
    await asyncio.sleep(seconds)
    return seconds


@step
async def keep(context: StepContext) -> Ingested:
    """Keep what was fetched as a document of one passage."""
    fetched, text = context.results["fetch"], f"Waited {context.results['wait']} s."
    return Ingested(fetched["sha256"], "text/plain", fetched["size"], len(text), None, (Chunk(text),), key=fetched["key"])


pipeline("waiting", steps=[fetch, wait, keep], summary="Waits, as for another's service.")
