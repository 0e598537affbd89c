"""The content store: documents' bytes under keys, in any file system that fsspec knows.

An attempt writes below `attempts/{job}/{attempt}/`; the commit that ends the job promotes the file to its content key
`sha256/ab/cd/abcd…`, so equal contents are kept once and a half-written file is never seen.
"""

import asyncio
import contextlib
import hashlib
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from tidegate.domain.failures import FailureCode
from tidegate.pipeline.step import StepFailed

BLOCK_BYTES = 1024 * 1024
KEY_CHARACTERS = 512

T = TypeVar("T")


class InvalidKey(ValueError):
    """A key that could lead out of the store, or that no store would take."""


class MissingContent(StepFailed):
    """Nothing is stored under the key. It is `storage_unavailable` unless the caller knows better."""

    def __init__(self, key: str) -> None:
        super().__init__(FailureCode.STORAGE_UNAVAILABLE, f"nothing is stored under {key}")


@dataclass(frozen=True)
class Stored:
    """What was written: its key, its size in bytes and its SHA-256 in hex."""

    key: str
    size: int
    sha256: str


def attempt_prefix(job_id: UUID, attempt_no: int) -> str:
    """Return the folder of one attempt's files."""
    return f"attempts/{job_id}/{attempt_no}"


def content_key(sha256: str) -> str:
    """Return the key under which finished content is kept."""
    return f"sha256/{sha256[:2]}/{sha256[2:4]}/{sha256}"


class ContentStore:
    """Bytes by key. Every error of the store is `storage_unavailable`, its text in the diagnostic only."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connected: tuple[Any, str] | None = None
        self._written: set[str] = set()

    async def put_stream(self, key: str, blocks: AsyncIterable[bytes] | Iterable[bytes], limit: int) -> Stored:
        """Write `blocks` under `key`, hashing them. Over `limit` bytes: file_too_large, and nothing is left behind.

        What the iteration itself raises passes through, and nothing is left behind either.
        """
        path = await self._path(key)
        self._written.add(_attempt_of(key))
        digest, size = hashlib.sha256(), 0
        target = await self._do(lambda fs: fs.open(path, "wb"))
        try:
            async for block in each(blocks):
                size = _checked_size(size + len(block), limit)
                await self._do(_writing(target, digest, block))
            await self._do(lambda _: target.close())
        except BaseException:
            await asyncio.shield(asyncio.to_thread(self._abandon, target, path))
            raise
        return Stored(key, size, digest.hexdigest())

    async def open(self, key: str) -> AsyncIterator[bytes]:
        """Yield the content in blocks of 1 MiB at most. Raises MissingContent."""
        path = await self._path(key)
        source = await self._do(lambda fs: fs.open(path, "rb"), key)
        try:
            while block := await self._do(lambda _: source.read(BLOCK_BYTES)):
                yield block
        finally:
            source.close()

    async def local_path(self, key: str, make_scratch: Callable[[], Path]) -> Path:
        """Return a local file with the content: the stored file itself, or a copy in the scratch folder when it is remote."""
        path = await self._path(key)
        if await self._do(lambda fs: isinstance(fs, LocalFileSystem) and _present(fs, path), key):
            return Path(path)
        local = make_scratch() / f"content-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
        if not local.exists():
            part = local.with_suffix(f".{uuid4().hex}")
            await self._do(lambda fs: fs.get_file(path, str(part)), key)
            part.replace(local)
        return local

    async def promote(self, attempt_key: str, sha256: str) -> str:
        """Copy an attempt's file to its content key and return that. Safe to repeat; equal content is kept once.

        The attempt's file stays until the caller's commit stands: a crash in between must not take it from a later try.
        """
        source, target = await self._path(attempt_key), await self._path(content_key(sha256))
        await self._do(lambda fs: _copy(fs, source, target), attempt_key)
        return content_key(sha256)

    async def delete_prefix(self, prefix: str) -> None:
        """Delete the file or folder `prefix`; no error when there is none."""
        path = await self._path(prefix)
        await self._do(lambda fs: fs.rm(path, recursive=True) if fs.exists(path) else None)

    def has_written(self, prefix: str) -> bool:
        """Tell whether anything was put below an attempt's prefix since this was last asked for it, whatever became of it."""
        written = prefix in self._written
        self._written.discard(prefix)
        return written

    async def exists(self, key: str) -> bool:
        """Tell whether a file is stored under the key."""
        path = await self._path(key)
        return bool(await self._do(lambda fs: fs.isfile(path)))

    async def size(self, key: str) -> int:
        """Return the size in bytes. Raises MissingContent."""
        path = await self._path(key)
        return int(await self._do(lambda fs: fs.info(path)["size"], key))

    async def _path(self, key: str) -> str:
        checked = valid_key(key)
        _, root = self._connected if self._connected is not None else await asyncio.to_thread(self._connect)
        return f"{root.rstrip('/')}/{checked}"

    async def _do(self, work: Callable[[Any], T], key: str | None = None) -> T:
        return await asyncio.to_thread(self._guarded, work, key)

    def _guarded(self, work: Callable[[Any], T], key: str | None) -> T:
        try:
            return work(self._connect()[0])
        except FileNotFoundError:
            if key is not None:
                raise MissingContent(key) from None
            raise
        except StepFailed:
            raise
        except Exception as error:
            raise StepFailed(FailureCode.STORAGE_UNAVAILABLE, f"{type(error).__name__}: {error}") from error

    def _connect(self) -> tuple[Any, str]:
        if self._connected is None:
            try:
                is_local = "://" not in self._url or self._url.startswith(("file://", "local://"))
                self._connected = url_to_fs(self._url, **({"auto_mkdir": True} if is_local else {}))
            except Exception as error:
                raise StepFailed(FailureCode.STORAGE_UNAVAILABLE, f"{type(error).__name__}: {error}") from error
        return self._connected

    def _abandon(self, target: Any, path: str) -> None:
        """Close and remove a half-written file; its errors would hide the one that led here."""
        for work in (
            target.discard if hasattr(target, "discard") else target.close,
            target.close,
            lambda: self._connect()[0].rm(path),
        ):
            try:
                work()
            except Exception:  # noqa: BLE001, S112 - the first error is the one to tell
                continue


def valid_key(key: str) -> str:
    """Return `key` when it is safe. Raises InvalidKey for traversal, absolute keys and control characters."""
    parts = key.split("/")
    if (
        not key
        or len(key) > KEY_CHARACTERS
        or "\\" in key
        or not key.isprintable()
        or any(part in ("", ".", "..") for part in parts)
    ):
        raise InvalidKey("not a key of the content store")
    return key


def _attempt_of(key: str) -> str:
    """Return the part of a key that `attempt_prefix` makes; of another key, as much of it."""
    return "/".join(key.split("/")[:3])


def _present(fs: Any, path: str) -> bool:
    """Return True for a file that is there. Raises FileNotFoundError."""
    if not fs.isfile(path):
        raise FileNotFoundError
    return True


def _writing(target: Any, digest: Any, block: bytes) -> Callable[[Any], None]:
    def write(_: Any) -> None:
        digest.update(block)
        target.write(block)

    return write


def _copy(fs: Any, source: str, target: str) -> None:
    """Copy whole or not at all: a link where the file system has them, else under another name first."""
    if fs.exists(target):
        return
    part = f"{target}.{uuid4().hex}"
    if isinstance(fs, LocalFileSystem):
        fs.makedirs(fs._parent(target), exist_ok=True)  # noqa: SLF001 - fsspec has no public name for it
        with contextlib.suppress(OSError):
            os.link(source, target)
            return
    fs.cp_file(source, part)
    fs.mv(part, target)


async def each(blocks: AsyncIterable[bytes] | Iterable[bytes]) -> AsyncIterator[bytes]:
    """Iterate either kind; a plain iterable is read in threads, since it may block."""
    if isinstance(blocks, AsyncIterable):
        async for block in blocks:
            yield block
        return
    iterator = iter(blocks)
    while (read := await asyncio.to_thread(_next, iterator)) is not None:
        yield read


def _next(iterator: Iterator[bytes]) -> bytes | None:
    return next(iterator, None)


def _checked_size(size: int, limit: int) -> int:
    if size > limit:
        raise StepFailed(FailureCode.FILE_TOO_LARGE, f"over {limit} B", limit=limit)
    return size
