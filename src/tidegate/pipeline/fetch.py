"""Step 1: bring the content into the store, hashed and measured, and stop early when it is known already."""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Any

from tidegate.domain.failures import FailureCode
from tidegate.outbound.address import Allowed
from tidegate.pipeline.content import ContentStore, InvalidKey, Stored, attempt_prefix, each
from tidegate.pipeline.fetching import folder, remote
from tidegate.pipeline.registry import step
from tidegate.pipeline.step import Finished, SourceKind, StepContext, StepFailed, Unit
from tidegate.pipeline.tools import settings_of, store_of, urls_of


@step(limits=("max_file_bytes", "fetch_timeout"))
async def fetch(context: StepContext) -> dict[str, Any]:
    """Return {sha256, size, key}. Raises Finished when the pipeline has already ingested this content."""
    copy = {
        SourceKind.UPLOAD: _in_store, SourceKind.STORE: _in_store, SourceKind.FOLDER: _from_folder, SourceKind.URL: _from_url,
        SourceKind.REMOTE: _from_source,
    }  # fmt: skip
    stored = await copy[context.source.kind](context, settings_of(context).max_file_bytes)
    known = await context.known_content(stored.sha256)
    if known is not None:
        if stored.key != context.source.locator:
            await store_of(context).delete_prefix(stored.key)
        raise Finished(known)
    return {"sha256": stored.sha256, "size": stored.size, "key": stored.key}


async def _in_store(context: StepContext, limit: int) -> Stored:
    """Hash what an upload, or another system, has put into the store."""
    store, key = store_of(context), context.source.locator
    try:
        present = await store.exists(key)
    except InvalidKey:
        present = False
    if not present:
        raise StepFailed(FailureCode.SOURCE_NOT_FOUND, "nothing is stored under the locator")
    size = await store.size(key)
    if size > limit:
        raise StepFailed(FailureCode.FILE_TOO_LARGE, f"{size} B", limit=limit)
    return await _hashed(context, store, key, size)


async def _hashed(context: StepContext, store: ContentStore, key: str, size: int) -> Stored:
    digest, read = hashlib.sha256(), 0
    async for block in store.open(key):
        digest.update(block)
        read += len(block)
        context.progress(read, size, Unit.BYTES)
    return Stored(key, read, digest.hexdigest())


async def _from_folder(context: StepContext, limit: int) -> Stored:
    with folder.opened(context.source.locator, context.source.root, limit) as (fd, size):
        return await store_of(context).put_stream(_key(context), _counted(context, folder.blocks(fd), size), limit)


async def _from_url(context: StepContext, limit: int) -> Stored:
    async with urls_of(context).opened(context.source.locator) as download:
        if download.size is not None and download.size > limit:
            raise StepFailed(FailureCode.FILE_TOO_LARGE, f"{download.size} B announced", limit=limit)
        return await store_of(context).put_stream(_key(context), _counted(context, download, download.size), limit)


async def _from_source(context: StepContext, limit: int) -> Stored:
    """Copy an object of a source, reached as was decided about the source by now: no job holds a credential."""
    reach = await context.find_reach(context.source.root or "")
    if reach is None:
        raise StepFailed(FailureCode.SOURCE_FORBIDDEN, "the source was removed")
    settings = settings_of(context)
    async with remote.streamed(reach, context.source.locator, Allowed(settings.allowed_hosts), settings.fetch_timeout) as found:
        if found.size is not None and found.size > limit:
            raise StepFailed(FailureCode.FILE_TOO_LARGE, f"{found.size} B announced", limit=limit)
        return await store_of(context).put_stream(_key(context), _counted(context, found, found.size), limit)


async def _counted(
    context: StepContext, blocks: Iterable[bytes] | AsyncIterable[bytes], total: int | None
) -> AsyncIterator[bytes]:
    done = 0
    async for block in each(blocks):
        done += len(block)
        context.progress(done, total, Unit.BYTES)
        yield block


def _key(context: StepContext) -> str:
    return f"{attempt_prefix(context.job_id, context.attempt_no)}/content"
