"""Uploads: a multipart body goes into the content store as it arrives, and never over a limit.

Neither memory nor disk holds more of a refused upload than the limit: the announced length is checked before anything
is read, the true one is counted as it comes, and what was stored is deleted again.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from litestar import Request
from litestar.exceptions import ClientException, InternalServerException
from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    PushMultipartParser,
)

from tidegate.domain.failures import FailureCode
from tidegate.domain.refusals import Invalid, Refusal, TooLarge
from tidegate.operations.submission import Uploaded
from tidegate.pipeline.content import BLOCK_BYTES, ContentStore
from tidegate.pipeline.step import StepFailed

FILES_PER_UPLOAD = 1000
SIZES_PER_UPLOAD = 4
"""One request may carry this many times the largest file: several files, but never without end."""

FIELD_BYTES = 64 * 1024
OVERHEAD_BYTES = 1024 * 1024
"""Room for boundaries, headers and fields."""

Events = AsyncGenerator[Any, None]
"""Of a `MultipartSegment` (a part's head), then `bytes` of its content, then None at its end."""


@dataclass
class Upload:
    """The files and the text fields of a form."""

    files: list[Uploaded] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)


@asynccontextmanager
async def received(request: Request[Any, Any, Any], store: ContentStore, largest_file: int) -> AsyncIterator[Upload]:
    """Give the uploaded form. If it is not taken whole, or the block ends in a Refusal, its files are deleted again.

    After any other exception they stay: their submission may have been committed all the same. `largest_file` is in
    bytes. Raises TooLarge, Invalid, and StepFailed when the store is not there.
    """
    upload = Upload()
    try:
        await _receive(request, store, largest_file, upload)
    except BaseException:
        await _discard(store, upload)
        raise
    try:
        yield upload
    except Refusal:
        await _discard(store, upload)
        raise


async def _discard(store: ContentStore, upload: Upload) -> None:
    for file in upload.files:
        with suppress(StepFailed):
            await store.delete_prefix(file.key)


async def _receive(request: Request[Any, Any, Any], store: ContentStore, largest_file: int, upload: Upload) -> None:
    try:
        async with aclosing(_events(request, largest_file)) as events:
            async for segment in events:
                await _take(segment, events, store, largest_file, upload)
    except MultipartError as error:
        raise Invalid("bad_upload", "The upload is cut off or not a valid form.") from error


async def _take(segment: Any, events: Events, store: ContentStore, largest_file: int, upload: Upload) -> None:
    if segment.filename is None:
        upload.fields[segment.name or ""] = await _text(events)
    elif segment.filename == "":
        await _text(events)  # a file field in which nothing was chosen
    else:
        key = f"uploads/{uuid4()}"
        try:
            await store.put_stream(key, _blocks(events), largest_file)
        except StepFailed as failed:
            if failed.failure.code != FailureCode.FILE_TOO_LARGE:
                raise
            raise _too_large(largest_file) from failed
        upload.files.append(Uploaded(key, segment.filename))


async def _events(request: Request[Any, Any, Any], largest_file: int) -> Events:
    """Yield the form part by part. Raises TooLarge, Invalid, MultipartError."""
    kind, options = request.content_type
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise Invalid("not_a_form", "Send files as multipart/form-data.")
    limit, size = largest_file * SIZES_PER_UPLOAD + OVERHEAD_BYTES, request.content_length or 0
    if size > limit:
        raise _too_large(largest_file)
    size = 0
    with PushMultipartParser(options["boundary"], max_segment_count=FILES_PER_UPLOAD) as parser:
        async with aclosing(_chunks(request)) as chunks:
            async for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise _too_large(largest_file)
                for event in parser.parse(chunk):
                    yield event


async def _chunks(request: Request[Any, Any, Any]) -> AsyncGenerator[bytes, None]:
    try:
        async for chunk in request.stream():
            if chunk:
                yield chunk
    except (InternalServerException, ClientException) as error:
        raise Invalid("bad_upload", "The upload was cut off.") from error


async def _blocks(events: Events) -> AsyncIterator[bytes]:
    """Yield one part's content in blocks worth a trip to the store."""
    block = bytearray()
    async for event in events:
        if event is None:
            break
        block += event
        if len(block) >= BLOCK_BYTES:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


async def _text(events: Events) -> str:
    content = bytearray()
    async for block in _blocks(events):
        content += block
        if len(content) > FIELD_BYTES:
            raise TooLarge("field_too_large", "A text field has at most {limit} bytes.", limit=FIELD_BYTES)
    return content.decode(errors="replace")


def _too_large(largest_file: int) -> TooLarge:
    return TooLarge(
        "file_too_large", "A file may have at most {limit} bytes, and one upload at most {times} times that.",
        limit=largest_file, times=SIZES_PER_UPLOAD,
    )  # fmt: skip
