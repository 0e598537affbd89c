"""What lies on a server of people's own is ingested once, and again when it changed: by a real worker, over real connections."""

import asyncio
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from tests import processes, story
from tests.operations.sources.places import by_hand, jobs_of, scans_of
from tests.shares import PASSWORD, USER, dav_server, sftp_server
from tidegate.ledger.views import JobSummary
from tidegate.operations.door import Services, perform
from tidegate.operations.sources import ScanSource
from tidegate.settings import Settings
from tidegate.sources.source import Terms

HERE = "127.0.0.1/32"
WAIT_SECONDS = 60
TEXTS = {"tides.txt": "High water at nine.", "berths.txt": "Berth four is closed.", "deep/Übersicht 1.txt": "Lights, buoys."}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, allowed_hosts=(HERE,))


@pytest.fixture
def share(tmp_path: Path) -> Path:
    place = tmp_path / "share"
    for name, text in TEXTS.items():
        (place / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (place / "in" / name).write_text(text, encoding="utf-8")
    return place


@pytest.fixture(params=["sftp", "webdav"])
def terms(request: pytest.FixtureRequest, share: Path, tmp_path: Path) -> Iterator[Terms]:
    credential = tmp_path / "share.json"
    credential.write_text(json.dumps({"user": USER, "password": PASSWORD}), encoding="utf-8")
    made = Terms(name="share", address="", credential=f"file:{credential}")
    if request.param == "sftp":
        with sftp_server(share) as server:
            yield replaced(made, f"sftp://{server.at}/in", server.host_key)
    else:
        with dav_server(share) as at:
            yield replaced(made, f"webdav+http://{at}/in")


def replaced(terms: Terms, address: str, host_key: str = "") -> Terms:
    return Terms(name=terms.name, address=address, credential=terms.credential, host_key=host_key)


async def ended(services: Services, source: UUID, n: int) -> tuple[int, int, list[JobSummary]]:
    """Wait for the end of the `n`-th scan and of its jobs; return what it submitted, what it left alone, and the jobs."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            scans = await scans_of(services, source)
            jobs = await jobs_of(services, scans[0].batch_id) if scans[0].batch_id else []
            if len(scans) == n and scans[0].ended_at and all(job.state in {"succeeded", "failed"} for job in jobs):
                assert scans[0].code is None
                return scans[0].submitted, scans[0].unchanged, jobs
            await asyncio.sleep(0.2)


async def ingest_and_change(services: Services, source: UUID, names: Iterable[str], change: Callable[[], object]) -> None:
    """See a worker ingest three files once, and `tides.txt` alone once more after a change."""
    async with processes.running(services.settings, "work", allowed_hosts=HERE):
        await perform(services, story.OPERATOR, ScanSource(source))
        submitted, unchanged, jobs = await ended(services, source, 1)
        assert (submitted, unchanged) == (3, 0)
        assert sorted((job.name, job.state) for job in jobs) == sorted((Path(name).name, "succeeded") for name in names)
        await perform(services, story.OPERATOR, ScanSource(source))
        assert await ended(services, source, 2) == (0, 3, [])
        change()
        await perform(services, story.OPERATOR, ScanSource(source))
        submitted, unchanged, jobs = await ended(services, source, 3)
        assert (submitted, unchanged) == (1, 2)
        assert [(job.name, job.state) for job in jobs] == [("tides.txt", "succeeded")]


async def test_what_is_there_is_ingested_once_and_again_when_it_changed(services: Services, share: Path, terms: Terms) -> None:
    def change() -> None:
        changed = share / "in" / "tides.txt"
        changed.write_text("High water at ten.", encoding="utf-8")
        os.utime(changed, (changed.stat().st_mtime + 5,) * 2)

    await ingest_and_change(services, await by_hand(services, terms), TEXTS, change)
