"""What the pipeline's tests share: settings in a temporary home, a context, and a recorder that remembers."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from tidegate.pipeline import runner
from tidegate.pipeline.step import Source, SourceKind, StepContext, Unit
from tidegate.pipeline.tools import Tools, build_tools
from tidegate.settings import Settings

MIB = 1024 * 1024

MakeContext = Callable[..., StepContext]


@dataclass
class Remembered:
    """A recorder, and a progress, that keep what they are told."""

    started: list[tuple[int, str]] = field(default_factory=list)
    finished: dict[str, bytes] = field(default_factory=dict)
    told: list[tuple[int, int, int | None, Unit]] = field(default_factory=list)
    fence: Exception | None = None

    async def step_started(self, ordinal: int, name: str) -> None:
        self.started.append((ordinal, name))

    async def step_finished(self, ordinal: int, name: str, checkpoint: bytes) -> None:  # noqa: ARG002 - the protocol's
        if self.fence:
            raise self.fence
        self.finished[name] = checkpoint

    def progress(self, ordinal: int, done: int, total: int | None, unit: Unit) -> None:
        self.told.append((ordinal, done, total, unit))


@pytest.fixture
def recorder() -> Remembered:
    return Remembered()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path / "home",
        concurrency=1,
        max_file_bytes=MIB,
        max_expanded_bytes=16 * MIB,
        fetch_timeout=5,
        parse_timeout=60,
        allowed_hosts=("127.0.0.1/32", "allowed.test"),
    )


@pytest_asyncio.fixture
async def tools(settings: Settings) -> AsyncIterator[Tools]:
    made = build_tools(settings)
    yield made
    await made.close()


@pytest.fixture
def context(tools: Tools, tmp_path: Path) -> MakeContext:
    """Return a maker of contexts: a file in `tmp_path/source` by default; keywords replace fields."""

    async def never(sha256: str) -> UUID | None:
        return None

    def make(name: str = "note.txt", content: bytes | None = None, **changes: Any) -> StepContext:
        root = tmp_path / "source"
        root.mkdir(exist_ok=True)
        if content is not None:
            (root / name).write_bytes(content)
        source = Source(SourceKind.FOLDER, str(root / name), name, str(root))
        plain = StepContext(uuid4(), 1, "documents", source, {}, lambda: tmp_path, runner.silent, never, tools.as_mapping())
        return replace(plain, **changes)

    return make
