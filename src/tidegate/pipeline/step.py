"""What a step is: the words that pipelines are written in.

A step is an async function that takes a `StepContext` and returns the value of its checkpoint. It reports a
failure by raising `StepFailed`; any other exception becomes `internal` with a diagnostic.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from tidegate.domain.failures import Failure, FailureCode, Value
from tidegate.domain.own_failures import OwnFailure


class Unit(StrEnum):
    """What a step's progress counts."""

    BYTES = "bytes"
    PAGES = "pages"
    CHUNKS = "chunks"
    ITEMS = "items"


class SourceKind(StrEnum):
    """Where content comes from; from another system, whose runs no step of ours ever sees."""

    UPLOAD = "upload"
    FOLDER = "folder"
    URL = "url"
    STORE = "store"
    REMOTE = "remote"
    EXTERNAL = "external"


class StepFailed(Exception):
    """A failure of the catalogue, or one of the pipeline's own.

    `diagnostic` is the technical detail: restricted, never shown to readers. Raises ValueError for a parameter that is not
    declared or not of its kind.
    """

    def __init__(self, told: FailureCode | OwnFailure, diagnostic: str = "", /, **params: Value) -> None:
        self.failure = told.failed(params) if isinstance(told, OwnFailure) else Failure(told, params)
        super().__init__(str(self.failure.code))
        self.diagnostic = diagnostic


class Finished(Exception):
    """Raised by a step to end the job early as succeeded with outcome `duplicate_content`."""

    def __init__(self, document_id: UUID) -> None:
        super().__init__("duplicate_content")
        self.document_id = document_id


@dataclass(frozen=True)
class Source:
    """One item to fetch. `locator` is a store key (upload, store), an absolute path (folder), a URL, or an fsspec URL (remote).

    `root` is the folder under which a path was allowed when it was submitted, and of what is remote the id of the source that
    tells how it is reached. `name` is safe to show.
    """

    kind: SourceKind
    locator: str
    name: str
    root: str | None = None


class Progress(Protocol):
    """Told how far a step has come; cheap to call often (the receiver thins it out)."""

    def __call__(self, done: int, total: int | None, unit: Unit) -> None:
        """`done` of `total` (None: unknown) units."""


class KnownContent(Protocol):
    """Asked whether a document with this SHA-256 (hex) was already ingested by the pipeline; None if not."""

    async def __call__(self, sha256: str) -> UUID | None:
        """Return the document's id."""


@dataclass(frozen=True)
class Reach:
    """How a source is reached: its address, the server where it is not the provider's own, and where its credential is.

    `host_key` is the key that its host has to show, '' where it is known otherwise.
    """

    address: str
    endpoint: str = ""
    credential: str = ""
    host_key: str = ""


class FindReach(Protocol):
    """Asked how the source of a remote object is reached, at the moment that it is fetched; None when it was removed."""

    async def __call__(self, source_id: str) -> Reach | None:
        """Return what was decided about the source."""


async def no_reach(source_id: str) -> Reach | None:  # noqa: ARG001 - the protocol names it
    """Know of no source."""
    return None


@dataclass(frozen=True)
class StepContext:
    """What a step gets: the job's source, the results of the steps before it, and the means to report.

    `results` maps the name of each finished step to its checkpoint value (JSON-like: dict, list, str, int, float,
    bool, None, bytes). `scratch` is the attempt's own folder, made at first use and gone when the attempt ends. `tools` holds the
    pipeline's long-lived objects (content store, parser cage, fetcher), by name, as wired at start-up.
    """

    job_id: UUID
    attempt_no: int
    pipeline: str
    source: Source
    results: Mapping[str, Any]
    make_scratch: Callable[[], Path]
    progress: Progress
    known_content: KnownContent
    tools: Mapping[str, Any] = field(default_factory=dict)
    find_reach: FindReach = no_reach

    @property
    def scratch(self) -> Path:
        """The attempt's own folder."""
        return self.make_scratch()


StepFunction = Callable[[StepContext], Awaitable[Any]]


@dataclass(frozen=True)
class Step:
    """A named stage of a pipeline; `limits` names the settings that bound what it may take, for people to see."""

    name: str
    run: StepFunction
    limits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pipeline:
    """An ordered list of steps under a name. The last step's result may be an `Ingested`, stored with the job's end.

    `failures` are its own, beside those of the catalogue.
    """

    name: str
    steps: tuple[Step, ...]
    summary: str = ""
    failures: tuple[OwnFailure, ...] = ()


@dataclass(frozen=True)
class Chunk:
    """A searchable passage; pages are 1-based and None where the type has none."""

    text: str
    page_from: int | None = None
    page_to: int | None = None


@dataclass(frozen=True)
class Ingested:
    """What a documents pipeline leaves behind; committed together with the job's success.

    `key` is where the content lies in the store until that commit promotes it; None when there is nothing to promote.
    """

    sha256: str
    media_type: str
    size_bytes: int
    characters: int
    pages: int | None
    chunks: tuple[Chunk, ...]
    title: str | None = None
    key: str | None = None
