"""Step 3: get the text, in the cage."""

from typing import Any

import msgspec

from tidegate.pipeline.registry import step
from tidegate.pipeline.step import StepContext
from tidegate.pipeline.tools import cages_of, settings_of, store_of


class Extracted(msgspec.Struct):
    """The text of a document; `page_starts` are the offsets at which its pages begin, None where it has none."""

    media_type: str
    text: str
    page_starts: list[int] | None
    title: str | None
    characters: int


@step(limits=("parse_timeout", "parse_memory_bytes", "max_expanded_bytes", "parse_output_bytes"))
async def extract(context: StepContext) -> dict[str, Any]:
    """Return the fields of `Extracted`. Raises StepFailed as `reading.extraction.extract` and the cage do."""
    settings = settings_of(context)
    path = await store_of(context).local_path(context.results["fetch"]["key"], context.make_scratch)
    arguments = {
        "name": context.source.name,
        "media_type": context.results["identify"]["media_type"],
        "seconds": settings.parse_timeout,
        "max_expanded": settings.max_expanded_bytes,
        "max_output": settings.parse_output_bytes,
        "languages": settings.ocr_languages.split("+"),
    }
    answer = await cages_of(context).run("extract", path, arguments, context.progress)
    return msgspec.structs.asdict(msgspec.convert(answer, Extracted))
