"""What lies in a bucket of Google's or Azure's is ingested once, and again when it changed: by a real worker."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests import processes, story
from tests.acceptance.test_sources_on_servers import ended
from tests.clouds import AzureBlobs, Blobs, GoogleBlobs, azurite, google
from tests.operations.sources.places import by_hand, source_in
from tidegate.operations.door import Services, perform
from tidegate.operations.sources import ScanSource
from tidegate.settings import Settings

HERE = "127.0.0.1/32"
TEXTS = {"tides.txt": "High water at nine.", "berths.txt": "Berth four is closed.", "deep/Übersicht 1.txt": "Lights, buoys."}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, allowed_hosts=(HERE,))


@pytest.fixture(params=["gs", "az"])
def blobs(request: pytest.FixtureRequest) -> Iterator[Blobs]:
    if request.param == "gs":
        with google() as door:
            made = GoogleBlobs(door, "harbour")
            yield made
            made.close()
    else:
        with azurite() as url:
            yield AzureBlobs(url, "harbour")


@pytest.mark.slow
async def test_what_is_there_is_ingested_once_and_again_when_it_changed(services: Services, blobs: Blobs, tmp_path: Path) -> None:
    for name, text in TEXTS.items():
        blobs.put(f"in/{name}", text.encode())
    source = await by_hand(services, source_in(blobs, tmp_path))
    async with processes.running(services.settings, "work", allowed_hosts=HERE):
        await perform(services, story.OPERATOR, ScanSource(source))
        submitted, unchanged, jobs = await ended(services, source, 1)
        assert (submitted, unchanged) == (3, 0)
        assert sorted((job.name, job.state) for job in jobs) == sorted((Path(name).name, "succeeded") for name in TEXTS)
        await perform(services, story.OPERATOR, ScanSource(source))
        assert await ended(services, source, 2) == (0, 3, [])
        blobs.put("in/tides.txt", b"High water at ten.")
        await perform(services, story.OPERATOR, ScanSource(source))
        submitted, unchanged, jobs = await ended(services, source, 3)
        assert (submitted, unchanged) == (1, 2)
        assert [(job.name, job.state) for job in jobs] == [("tides.txt", "succeeded")]
    secrets = [json.dumps(part)[1:-1] for name, part in blobs.parts.items() if name in {"private_key", "account_key"}]
    async with services.pool.connection() as connection:
        rows = await (await connection.execute("SELECT source::text FROM source UNION SELECT job::text FROM job")).fetchall()
    assert len(rows) == 5
    assert not any(part in text for (text,) in rows for part in secrets)
