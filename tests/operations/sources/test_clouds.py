"""Sources in Google's and Azure's stores: real servers of both, signed requests, a worker's own way to fetch what was found."""

import json
import os
from contextlib import aclosing
from pathlib import Path

import pytest
from azure.storage.blob import ContentSettings

from tests.cloud_doors import Door
from tests.clouds import AzureBlobs, Blobs, GoogleBlobs
from tests.operations.sources.places import (
    HERE,
    by_hand,
    content,
    counts,
    failure,
    jobs_of,
    reach_of,
    scanned,
    source_in,
)
from tidegate.domain.failures import FailureCode
from tidegate.operations import scanning
from tidegate.operations.door import Services
from tidegate.pipeline.fetching import remote
from tidegate.pipeline.step import StepFailed

MANY = 1010
ODD = "Gezeiten & 50% #1? ä+b.txt"
LARGE = os.urandom(9_500_000)

REFUSED = {"gs": "source_auth_expired", "az": "source_forbidden"}
"""Azurite calls a wrong signature AuthorizationFailure; Azure calls it AuthenticationFailed, as a test below answers."""


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_objects_are_found_by_pages_and_again_only_when_they_changed(
    services: Services, blobs: Blobs, tmp_path: Path
) -> None:
    for number in range(MANY):
        blobs.put(f"in/{number:05}.txt", f"tide {number}".encode())
    blobs.put("in/.hidden/x.txt", b"x")
    blobs.put("elsewhere/x.txt", b"x")
    blobs.put("in-between.txt", b"x")
    source = await by_hand(services, source_in(blobs, tmp_path))
    assert counts(await scanned(services, source)) == (MANY, MANY, 0, None)
    assert counts(await scanned(services, source)) == (MANY, 0, MANY, None)
    blobs.put("in/00000.txt", b"turned")
    blobs.put(f"in/deep/{ODD}", b"high water")
    blobs.remove("in/00002.txt")
    again = await scanned(services, source)
    assert counts(again) == (MANY, 2, MANY - 2, None)
    found = await jobs_of(services, again.batch_id)
    assert {job.name for job in found} == {"00000.txt", ODD}
    async with services.pool.connection() as connection:
        rows = await (await connection.execute("SELECT source_locator || source_root FROM job LIMIT 5000")).fetchall()
        told = await (await connection.execute("SELECT payload FROM audit_event LIMIT 5000")).fetchall()
    secrets = [part for name, part in blobs.parts.items() if name in {"private_key", "account_key"}]
    assert secrets
    assert not any(part in json.dumps(text)[1:-1] or part in text for (text,) in rows + told for part in secrets)


async def test_a_bucket_is_asked_for_by_pages_of_a_thousand(
    services: Services, bucket_of_google: GoogleBlobs, door: Door, tmp_path: Path
) -> None:
    for number in range(2001):
        bucket_of_google.put(f"in/{number:05}.txt", b"tide")
    reach = await reach_of(services, source_in(bucket_of_google, tmp_path))
    assert [len(page) for page in remote.listed(reach, "", recursive=True, allowed=HERE)] == [1000, 1000, 1]
    assert [path.partition("?")[0].rpartition("/")[2] for path in door.asked] == ["token", "o", "o", "o"]


async def test_without_its_folders_a_bucket_is_read_at_its_top(services: Services, blobs: Blobs, tmp_path: Path) -> None:
    for name in ("in/a.txt", "in/deep/b.txt", "in/c.pdf", "in/"):
        blobs.put(name, name.encode())
    flat = source_in(blobs, tmp_path, recursive=False, pattern="*.txt")
    assert counts(await scanned(services, await by_hand(services, flat))) == (1, 1, 0, None)
    whole = source_in(blobs, tmp_path, name="whole", address=f"{blobs.scheme}://{blobs.bucket}")
    assert counts(await scanned(services, await by_hand(services, whole))) == (3, 3, 0, None)
    empty = source_in(blobs, tmp_path, name="empty", address=f"{blobs.scheme}://{blobs.bucket}/none")
    assert counts(await scanned(services, await by_hand(services, empty))) == (0, 0, 0, None)


async def test_an_object_is_read_whole_and_none_beside_its_source(services: Services, blobs: Blobs, tmp_path: Path) -> None:
    blobs.put(f"in/deep/{ODD}", LARGE)
    blobs.put("in/empty.txt", b"")
    blobs.put("elsewhere.txt", b"no")
    reach = await reach_of(services, source_in(blobs, tmp_path))
    assert await content(reach, f"{reach.address}/deep/{ODD}") == (len(LARGE), LARGE)
    assert await content(reach, f"{reach.address}/empty.txt") == (0, b"")
    for locator in (f"{reach.address}/../elsewhere.txt", reach.address.replace("/in", "/elsewhere.txt"), "/etc/passwd"):
        assert await failure(reach, locator) is FailureCode.SOURCE_FORBIDDEN
    assert await failure(reach, f"{reach.address}/none.txt") is FailureCode.SOURCE_NOT_FOUND


async def test_notes_on_an_object_of_google_s_make_no_other_version(
    services: Services, bucket_of_google: GoogleBlobs, tmp_path: Path
) -> None:
    bucket_of_google.put("in/a.txt", b"a")
    source = await by_hand(services, source_in(bucket_of_google, tmp_path))
    assert counts(await scanned(services, source)) == (1, 1, 0, None)
    bucket_of_google.note("in/a.txt", berth="four")
    bucket_of_google.put("in/a.txt", b"a")
    assert counts(await scanned(services, source)) == (1, 0, 1, None)


async def test_folders_that_azure_lists_as_blobs_are_none_and_what_is_packed_stays_so(
    services: Services, container: AzureBlobs, tmp_path: Path
) -> None:
    container.put("in/deep", b"", metadata={"hdi_isfolder": "true"})
    container.put("in/a.txt", b"not packed at all", content_settings=ContentSettings(content_encoding="gzip"))
    source = await by_hand(services, source_in(container, tmp_path))
    assert counts(await scanned(services, source)) == (1, 1, 0, None)
    reach = await scanning.reach_of(services, str(source))
    assert reach is not None
    assert await content(reach, f"{reach.address}/a.txt") == (17, b"not packed at all")


async def test_a_blob_that_changes_while_it_is_read_is_not_taken(
    services: Services, container: AzureBlobs, tmp_path: Path
) -> None:
    container.put("in/a.bin", LARGE)
    reach = await reach_of(services, source_in(container, tmp_path))
    with pytest.raises(StepFailed) as refused:
        async with remote.streamed(reach, f"{reach.address}/a.bin", HERE, 30) as found, aclosing(aiter(found)) as blocks:  # type: ignore[type-var]
            await anext(blocks)
            container.put("in/a.bin", b"another")
            async for _ in blocks:
                pass
    assert refused.value.failure.code is FailureCode.SOURCE_CHANGED
