"""A folder that may be ingested from."""

from dataclasses import replace
from pathlib import Path

import pytest

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
