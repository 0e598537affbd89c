"""A folder that may be ingested from, and buckets of both clouds."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cloud_doors import Door
from tests.clouds import AzureBlobs, Blobs, GoogleBlobs, azurite, google
from tidegate.settings import Settings
from tidegate.sources.source import Terms


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "harbour"
    place.mkdir()
    return place


@pytest.fixture
def settings(settings: Settings, folder: Path) -> Settings:
    return replace(settings, folder_roots=(folder.resolve(),), allowed_hosts=("127.0.0.1/32",))


@pytest.fixture
def terms(folder: Path) -> Terms:
    """A source that is the folder."""
    return Terms(name="harbour", address=str(folder))


@pytest.fixture(scope="module")
def azure() -> Iterator[str]:
    with azurite() as url:
        yield url


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with google() as made:
        yield made


@pytest.fixture
def bucket_of_google(door: Door) -> Iterator[GoogleBlobs]:
    door.asked.clear()
    with closing(GoogleBlobs(door, f"harbour-{uuid4()}")) as made:
        yield made


@pytest.fixture
def container(azure: str) -> AzureBlobs:
    return AzureBlobs(azure, f"harbour-{uuid4()}")


@pytest.fixture(params=["gs", "az"])
def blobs(request: pytest.FixtureRequest) -> Blobs:
    """A bucket of either."""
    made: Blobs = request.getfixturevalue("bucket_of_google" if request.param == "gs" else "container")
    return made
