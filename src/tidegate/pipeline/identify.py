"""Step 2: tell the type by the content, in the cage, and refuse what cannot or must not be read."""

from typing import Any

import msgspec

from tidegate.pipeline.registry import step
from tidegate.pipeline.step import StepContext
from tidegate.pipeline.tools import cages_of, settings_of, store_of


class Identified(msgspec.Struct):
    """What the cage tells of a document."""

    media_type: str


@step(limits=("parse_timeout", "parse_memory_bytes", "max_expanded_bytes"))
async def identify(context: StepContext) -> dict[str, Any]:
    """Return {media_type}. Raises StepFailed as `reading.sniff.identify` and the cage do."""
    path = await store_of(context).local_path(context.results["fetch"]["key"], context.make_scratch)
    arguments = {"name": context.source.name, "max_expanded": settings_of(context).max_expanded_bytes}
    answer = await cages_of(context).run("identify", path, arguments, context.progress)
    return {"media_type": msgspec.convert(answer, Identified).media_type}
