"""Step 5: put together what the job's end commits, document and passages."""

from tidegate.pipeline.registry import step
from tidegate.pipeline.step import Chunk, Ingested, StepContext


@step
async def index(context: StepContext) -> Ingested:
    """Return the document as it is to be stored; the caller's commit stores it."""
    fetched, extracted = context.results["fetch"], context.results["extract"]
    text, starts = extracted["text"], extracted["page_starts"]
    return Ingested(
        sha256=fetched["sha256"],
        media_type=extracted["media_type"],
        size_bytes=fetched["size"],
        characters=extracted["characters"],
        pages=len(starts) if starts is not None else None,
        chunks=tuple(Chunk(text[start:end], first, last) for start, end, first, last in context.results["chunk"]["spans"]),
        title=extracted["title"],
        key=fetched["key"],
    )
