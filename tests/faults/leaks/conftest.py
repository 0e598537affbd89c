"""An installation with a secret in every place that holds one."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.collector import collecting
from tests.faults.leaks.provider import providing
from tests.faults.leaks.scanner import Canaries
from tests.faults.leaks.scene import Scene, planted, populate
from tests.faults.leaks.ways import NAME, STEPS
from tidegate import wiring
from tidegate.pipeline import registry
from tidegate.pipeline.step import Pipeline
from tidegate.settings import Settings

SEED = r"""seeds\[["']([^"']+)["']\]"""


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder.resolve()


@pytest.fixture
def settings(settings: Settings, canaries: Canaries, inbox: Path) -> Settings:
    return planted(settings, canaries, inbox)


@pytest.fixture
async def scene(settings: Settings, canaries: Canaries, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    """An installation with a secret in every place, people in it, and nothing run yet."""
    monkeypatch.setitem(registry._pipelines, NAME, Pipeline(NAME, STEPS))
    for place in sorted(set(re.findall(SEED, Path(__file__).with_name("ways.py").read_text()))):
        canaries[place]
    with providing(canaries) as provider, collecting() as collector:
        for name, text in collector.environment.items():
            monkeypatch.setenv(name, text)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"x-key={canaries['collector key']}")
        async with wiring.running(settings, name="tidegate tests") as services:
            made = Scene(services, canaries, inbox, provider, collector)
            await populate(made)
            yield made
