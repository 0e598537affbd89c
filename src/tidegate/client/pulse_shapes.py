"""How the work goes, by the pulse and by pipelines, as a program sees it."""

from datetime import datetime
from uuid import UUID

import msgspec

from tidegate.client.many_shapes import Worker
from tidegate.domain.lifecycle import State


class Spans(msgspec.Struct, frozen=True, kw_only=True):
    """Percentiles in seconds, at most 9 % off."""

    p50: float
    p95: float


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Attempts that ended, by what they came to; `failure_share` is of those that nobody cancelled."""

    succeeded: int
    failed: int
    cancelled: int
    failure_share: float | None
    wait: Spans | None
    run: Spans | None


class Bar(Figures, frozen=True, kw_only=True):
    """The figures of a part of the window, from `start` up to `end`."""

    start: datetime
    end: datetime


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How many jobs of a pipeline wait, and the one that is due the longest: `since` is to come while all wait for a retry."""

    pipeline: str
    n: int
    job_id: UUID | None
    name: str | None
    since: datetime | None


class PipelineFigures(Figures, frozen=True, kw_only=True):
    """The figures of one pipeline in the window, and what waits for it now."""

    pipeline: str
    waiting: Waiting | None


class Doing(msgspec.Struct, frozen=True, kw_only=True):
    """A job that a worker runs, since when, and where it is."""

    worker_id: UUID
    job_id: UUID
    name: str
    pipeline: str
    attempt_no: int
    started_at: datetime
    step_no: int
    step_total: int
    step_name: str | None
    progress_done: int | None
    progress_total: int | None
    progress_unit: str | None


class WorkerNow(msgspec.Struct, frozen=True, kw_only=True):
    """A worker that is alive, and the jobs that it runs now."""

    worker: Worker
    doing: list[Doing]


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """How the work went in a window of time and stands now; bars oldest first, the last still filling."""

    window: str
    since: datetime
    now: datetime
    total: Figures
    bars: list[Bar]
    pipelines: list[PipelineFigures]
    workers: list[WorkerNow]


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """A limit as the server has it: the setting, and its value in bytes or seconds as the name says."""

    setting: str
    variable: str
    value: float


class StepLimits(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a pipeline and what bounds it."""

    name: str
    limits: list[Limit]


class Pipeline(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline as it stands; an `external` one is another system's. `failures` are the codes of its own."""

    name: str
    summary: str
    registered: bool
    external: bool
    steps: list[StepLimits]
    failures: list[str]
    workers: list[Worker]
    jobs: dict[State, int]


class Pipelines(msgspec.Struct, frozen=True):
    """Every pipeline that is registered, served or used."""

    items: list[Pipeline]
