"""Folders and uploads: only regular files below the root, whole and unchanged."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests.unit.pipeline.conftest import MIB, MakeContext
from tidegate.domain.failures import Code, FailureCode
from tidegate.pipeline.documents import fetch
from tidegate.pipeline.fetching import folder
from tidegate.pipeline.step import Finished, Source, SourceKind, StepContext, StepFailed
from tidegate.pipeline.tools import Tools

pytestmark = pytest.mark.asyncio


async def code_of(context: StepContext) -> Code:
    with pytest.raises(StepFailed) as caught:
        await fetch.run(context)
    return caught.value.failure.code


def at(context: StepContext, locator: str | Path, root: str | None = None) -> StepContext:
    return replace(context, source=replace(context.source, locator=str(locator), root=root or context.source.root))


async def test_a_file_is_copied_and_hashed(context: MakeContext, tools: Tools) -> None:
    made = context(content=b"some text")
    fetched = await fetch.run(made)
    assert fetched == {"sha256": hashlib.sha256(b"some text").hexdigest(), "size": 9, "key": f"attempts/{made.job_id}/1/content"}
    assert b"".join([block async for block in tools.store.open(fetched["key"])]) == b"some text"


async def test_known_content_ends_the_job_and_leaves_nothing(context: MakeContext, tools: Tools) -> None:
    document = uuid4()

    async def known(sha256: str) -> UUID | None:
        return document if sha256 == hashlib.sha256(b"again").hexdigest() else None

    made = context(content=b"again", known_content=known)
    with pytest.raises(Finished) as caught:
        await fetch.run(made)
    assert caught.value.document_id == document
    assert not await tools.store.exists(f"attempts/{made.job_id}/1/content")


async def test_a_missing_file(context: MakeContext) -> None:
    assert await code_of(context("gone.txt")) is FailureCode.SOURCE_NOT_FOUND


async def test_a_file_over_the_limit(context: MakeContext) -> None:
    assert await code_of(context(content=b"x" * (MIB + 1))) is FailureCode.FILE_TOO_LARGE


@pytest.mark.parametrize(
    "locator", ["/etc/passwd", "{root}/../secret.txt", "{root}-beside/x", "relative.txt", "{root}/a\0b", "{root}"]
)
async def test_paths_outside_the_root(context: MakeContext, tmp_path: Path, locator: str) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    made = context(content=b"x")
    assert await code_of(at(made, locator.format(root=made.source.root))) is FailureCode.SOURCE_FORBIDDEN


async def test_no_root_means_no_access(context: MakeContext) -> None:
    made = context(content=b"x")
    assert await code_of(replace(made, source=replace(made.source, root=None))) is FailureCode.SOURCE_FORBIDDEN


async def test_links_that_escape(context: MakeContext, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    root = Path(str(context().source.root))
    (root / "link.txt").symlink_to(outside / "secret.txt")
    (root / "folder").symlink_to(outside)
    (root / "up").symlink_to("..")
    for locator in ("link.txt", "folder/secret.txt", "up/outside/secret.txt"):
        assert await code_of(at(context(), root / locator)) is FailureCode.SOURCE_FORBIDDEN


async def test_links_within_the_root_are_fine(context: MakeContext) -> None:
    made = context(content=b"inside")
    root = Path(str(made.source.root))
    (root / "link.txt").symlink_to(root / "note.txt")
    assert (await fetch.run(at(made, root / "link.txt")))["size"] == 6


async def test_a_link_swapped_in_after_the_look_is_not_followed(context: MakeContext, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(str(context().source.root))
    (root / "link.txt").symlink_to("/etc/passwd")
    monkeypatch.setattr(os.path, "realpath", str)
    assert await code_of(at(context(), root / "link.txt")) is FailureCode.SOURCE_FORBIDDEN


async def test_what_is_no_regular_file(context: MakeContext) -> None:
    root = Path(str(context().source.root))
    os.mkfifo(root / "pipe")
    (root / "folder").mkdir()
    for name in ("pipe", "folder"):
        assert await code_of(at(context(), root / name)) is FailureCode.SOURCE_FORBIDDEN


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_no_permission(context: MakeContext) -> None:
    made = context(content=b"x")
    Path(made.source.locator).chmod(0)
    assert await code_of(made) is FailureCode.SOURCE_FORBIDDEN


@pytest.mark.parametrize("change", [b"longer than before", b"", b"same"])
async def test_a_change_while_copying(tmp_path: Path, change: bytes) -> None:
    path = tmp_path / "growing"
    path.write_bytes(b"four")
    os.utime(path, (1, 1))
    with folder.opened(str(path), str(tmp_path), MIB) as (fd, _):
        blocks = folder.blocks(fd)
        next(blocks)
        path.write_bytes(change)
        with pytest.raises(StepFailed) as caught:
            _ = list(blocks)
    assert caught.value.failure.code is FailureCode.SOURCE_CHANGED


async def test_a_file_that_grows_without_end_is_cut_off(
    context: MakeContext, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "blocks", lambda _: iter(lambda: b"x" * 1000, b""))
    made = context(content=b"x")
    assert await code_of(made) is FailureCode.FILE_TOO_LARGE
    assert not await tools.store.exists(f"attempts/{made.job_id}/1/content")


@pytest.mark.parametrize("kind", [SourceKind.UPLOAD, SourceKind.STORE])
async def test_content_that_is_in_the_store(context: MakeContext, tools: Tools, kind: SourceKind) -> None:
    await tools.store.put_stream("uploads/1", [b"uploaded"], 100)
    fetched = await fetch.run(context(source=Source(kind, "uploads/1", "a.txt")))
    assert fetched == {"sha256": hashlib.sha256(b"uploaded").hexdigest(), "size": 8, "key": "uploads/1"}


@pytest.mark.parametrize("locator", ["uploads/none", "../../etc/passwd", "/etc/passwd", ""])
async def test_uploads_that_are_not_there(context: MakeContext, locator: str) -> None:
    assert await code_of(context(source=Source(SourceKind.UPLOAD, locator, "a.txt"))) is FailureCode.SOURCE_NOT_FOUND


async def test_an_upload_over_the_limit(context: MakeContext, tools: Tools) -> None:
    await tools.store.put_stream("uploads/big", [b"x" * (MIB + 1)], 2 * MIB)
    assert await code_of(context(source=Source(SourceKind.UPLOAD, "uploads/big", "a.txt"))) is FailureCode.FILE_TOO_LARGE
