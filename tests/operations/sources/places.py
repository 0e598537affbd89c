"""Sources of tests, their scans worked off here, and what came of them."""

from pathlib import Path
from uuid import UUID

from tests import story
from tidegate.ledger.views import JobFilter, JobSummary
from tidegate.operations import reading, sources
from tidegate.operations.door import Services, perform
from tidegate.operations.scanning import scan_next
from tidegate.operations.sources import CreateSource, ScanSource
from tidegate.sources.scan import Scan
from tidegate.sources.source import Terms


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
