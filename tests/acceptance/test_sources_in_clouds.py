"""What lies in a bucket of Google's or Azure's is ingested once, and again when it changed: by a real worker."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.acceptance.test_sources_on_servers import ingest_and_change
from tests.clouds import AzureBlobs, Blobs, GoogleBlobs, azurite, google
from tests.operations.sources.places import by_hand, source_in
from tidegate.operations.door import Services
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
    await ingest_and_change(services, source, TEXTS, lambda: blobs.put("in/tides.txt", b"High water at ten."))
    secrets = [json.dumps(part)[1:-1] for name, part in blobs.parts.items() if name in {"private_key", "account_key"}]
    async with services.pool.connection() as connection:
        rows = await (await connection.execute("SELECT source::text FROM source UNION SELECT job::text FROM job")).fetchall()
    assert len(rows) == 5
    assert not any(part in text for (text,) in rows for part in secrets)
