"""The built-in pipeline `documents`: any office, text, mail, web or picture file becomes searchable passages."""

from tidegate.pipeline.chunk import chunk
from tidegate.pipeline.extract import extract
from tidegate.pipeline.fetch import fetch
from tidegate.pipeline.identify import identify
from tidegate.pipeline.index import index
from tidegate.pipeline.registry import pipeline

documents = pipeline(
    "documents", steps=[fetch, identify, extract, chunk, index], summary="Makes documents searchable by their text."
)

__all__ = ["chunk", "documents", "extract", "fetch", "identify", "index"]
