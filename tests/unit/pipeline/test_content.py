"""The content store: hashed while written, capped, promoted once, and no way out of it by a key."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from tidegate.domain.failures import FailureCode
from tidegate.pipeline.content import ContentStore, InvalidKey, MissingContent, attempt_prefix, content_key
from tidegate.pipeline.step import StepFailed

pytestmark = pytest.mark.asyncio

DATA = b"x" * 3_000_000
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ContentStore:
    return ContentStore(f"{request.param}://{tmp_path / 'content'}")


async def blocks() -> AsyncIterator[bytes]:
    for at in range(0, len(DATA), 1_000_000):
        yield DATA[at : at + 1_000_000]


async def test_what_is_written_is_read(store: ContentStore, tmp_path: Path) -> None:
    stored = await store.put_stream("attempts/a/1/content", blocks(), len(DATA))
    assert (stored.key, stored.size, stored.sha256) == ("attempts/a/1/content", len(DATA), SHA)
    assert b"".join([block async for block in store.open(stored.key)]) == DATA
    assert await store.size(stored.key) == len(DATA)
    assert (await store.local_path(stored.key, lambda: tmp_path)).read_bytes() == DATA


async def test_plain_iterables_are_taken_too(store: ContentStore) -> None:
    assert (await store.put_stream("a", [b"1", b"", b"2"], 2)).size == 2


async def test_over_the_limit_leaves_nothing(store: ContentStore) -> None:
    with pytest.raises(StepFailed) as caught:
        await store.put_stream("big", blocks(), len(DATA) - 1)
    assert caught.value.failure.code is FailureCode.FILE_TOO_LARGE
    assert caught.value.failure.params == {"limit": len(DATA) - 1}
    assert not await store.exists("big")


async def test_an_error_of_the_source_passes_and_leaves_nothing(store: ContentStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"first"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.put_stream("half", broken(), 100)
    assert not await store.exists("half")


async def test_promotion_keeps_one_copy_and_can_be_repeated(store: ContentStore) -> None:
    for number in (1, 2):
        stored = await store.put_stream(f"attempts/a/{number}/content", blocks(), len(DATA))
        for _ in range(2):
            assert await store.promote(stored.key, SHA) == content_key(SHA) == f"sha256/{SHA[:2]}/{SHA[2:4]}/{SHA}"
        assert await store.exists(stored.key)
    assert await store.size(content_key(SHA)) == len(DATA)


async def test_deleting_a_prefix_takes_all_below_and_nothing_beside(store: ContentStore) -> None:
    for key in ("attempts/a/1/content", "attempts/a/10/content"):
        await store.put_stream(key, [b"x"], 1)
    await store.delete_prefix("attempts/a/1")
    await store.delete_prefix("attempts/a/1")
    assert not await store.exists("attempts/a/1/content")
    assert await store.exists("attempts/a/10/content")


async def test_missing_content_says_so(store: ContentStore, tmp_path: Path) -> None:
    with pytest.raises(MissingContent):
        _ = [block async for block in store.open("none")]
    with pytest.raises(MissingContent):
        await store.local_path("none", lambda: tmp_path)
    with pytest.raises(MissingContent):
        await store.size("none")


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/./b", "a\\..\\b", "a\0b", "a\nb", "x" * 513, "a/"]
)
async def test_keys_that_lead_out_are_refused(store: ContentStore, key: str) -> None:
    with pytest.raises(InvalidKey):
        await store.exists(key)


async def test_a_broken_store_is_unavailable_and_tells_only_in_the_diagnostic(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for url in (f"file://{tmp_path}/file", "nosuchscheme://secret@host/x"):
        with pytest.raises(StepFailed) as caught:
            await ContentStore(url).put_stream("a/b", [b"x"], 1)
        assert caught.value.failure.code is FailureCode.STORAGE_UNAVAILABLE
        assert caught.value.diagnostic
        assert str(caught.value) == "storage_unavailable"


async def test_an_attempt_has_a_folder_of_its_own() -> None:
    assert attempt_prefix(UUID(int=7), 3) == "attempts/00000000-0000-0000-0000-000000000007/3"
