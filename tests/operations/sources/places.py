"""Sources of tests, their scans worked off here, and what came of them."""

import json
from contextlib import aclosing
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests import story
from tests.clouds import Blobs
from tidegate.ledger.views import JobFilter, JobSummary
from tidegate.operations import reading, scanning, sources
from tidegate.operations.door import Services, perform
from tidegate.operations.scanning import scan_next
from tidegate.operations.sources import CreateSource, ScanSource
from tidegate.outbound.address import Allowed
from tidegate.pipeline.fetching import remote
from tidegate.pipeline.step import Reach, StepFailed
from tidegate.sources.scan import Scan
from tidegate.sources.source import Terms

HERE = Allowed(("127.0.0.1/32",))


def files(folder: Path, n: int, text: str = "tide") -> None:
    """Write `n` small texts into two folders."""
    (folder / "deep").mkdir(parents=True, exist_ok=True)
    for number in range(n):
        place = folder / "deep" if number % 2 else folder
        (place / f"{number:04}.txt").write_text(f"{text} {number}", encoding="utf-8")


async def by_hand(services: Services, terms: Terms) -> UUID:
    """Make a source that is scanned when it is asked for."""
    return (await perform(services, story.OPERATOR, CreateSource(terms))).id


async def scanned(services: Services, source_id: UUID) -> Scan:
    """Have a source scanned, to its end."""
    await perform(services, story.OPERATOR, ScanSource(source_id))
    while await scan_next(services):
        pass
    return (await scans_of(services, source_id))[0]


async def scans_of(services: Services, source_id: UUID) -> list[Scan]:
    """Return the scans of a source, newest first."""
    return list(await sources.list_scans(services, story.OPERATOR.actor, source_id))


def counts(scan: Scan) -> tuple[int, int, int, str | None]:
    """Return seen, submitted, unchanged and the code of an early end."""
    assert scan.ended_at is not None
    return scan.seen, scan.submitted, scan.unchanged, scan.code


async def jobs_of(services: Services, batch_id: UUID | None) -> list[JobSummary]:
    """Return the newest jobs of a batch, 200 at most."""
    page = await reading.list_jobs(services, story.OPERATOR.actor, JobFilter(batch_id=batch_id), limit=200)
    return page.jobs


async def make_due(services: Services, source_id: UUID, ago: str = "1 hour") -> None:
    """Let the time of the next scan have come long ago."""
    async with services.pool.connection() as connection:
        await connection.execute("UPDATE source SET next_at = now() - %s::interval WHERE id = %s", (ago, source_id))


def written(folder: Path, **parts: str) -> str:
    """Write a credential and return where it is."""
    place = folder / f"{uuid4()}.json"
    place.write_text(json.dumps(parts), encoding="utf-8")
    return f"file:{place}"


def source_in(blobs: Blobs, folder: Path, **more: object) -> Terms:
    """Return a source in a bucket's folder `in`; its credential is written into `folder`."""
    address = f"{blobs.scheme}://{blobs.bucket}/in"
    known = {"name": "bucket", "address": address, "endpoint": blobs.endpoint, "credential": written(folder, **blobs.parts)}
    return Terms(**{**known, **more})  # type: ignore[arg-type]


async def reach_of(services: Services, terms: Terms) -> Reach:
    """Make a source and return how it is reached."""
    reach = await scanning.reach_of(services, str(await by_hand(services, terms)))
    assert reach is not None
    return reach


async def content(reach: Reach, locator: str) -> tuple[int | None, bytes]:
    """Return size and content as a worker has them."""
    async with remote.streamed(reach, locator, HERE, 30) as found, aclosing(aiter(found)) as blocks:  # type: ignore[type-var]
        return found.size, b"".join([block async for block in blocks])


async def failure(reach: Reach, locator: str) -> object:
    """Return why an object is not read."""
    with pytest.raises(StepFailed) as refused:
        async with remote.streamed(reach, locator, HERE, 30):
            pass
    return refused.value.failure.code
