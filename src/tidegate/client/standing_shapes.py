"""Why a job stands where it stands, as a program sees it; in `kind` a newer server may know more than this version names."""

from datetime import datetime

import msgspec


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many jobs; `more` when counting stopped at the limit."""

    n: int
    more: bool = False


class Crew(msgspec.Struct, frozen=True, kw_only=True):
    """Who serves a pipeline: living `workers` with `at_once` places, and those `elsewhere`."""

    as_of: datetime
    workers: int
    at_once: int
    elsewhere: int
    last_seen_at: datetime | None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Jobs that are due and wait; `ahead` of this one, None while it has no place."""

    waiting: Count
    ahead: Count | None
    oldest_queued_at: datetime | None


class PlannedRetry(msgspec.Struct, frozen=True, kw_only=True):
    """An automatic retry that is not due yet: the `number`-th of `of`; its attempt is one of at most `attempts`."""

    at: datetime
    number: int
    of: int
    attempts: int


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """The worker that runs a job; silent past `lease_until`, or stopped, it is lost."""

    host: str
    pid: int
    seen_at: datetime
    lease_until: datetime
    stopped_at: datetime | None


class StepLimit(msgspec.Struct, frozen=True, kw_only=True):
    """What ends a step by itself."""

    seconds: float
    ends_at: datetime


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """When a run of another system was last heard of, and how far the call is that asks for it."""

    as_of: datetime
    heard_at: datetime | None
    delivery: str | None
    status: int | None
    tries: int
    due_at: datetime | None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a job that has not ended stands, by the server's clock.

    `kind` is `no_worker`, `retry_later`, `waiting`, `worker_lost`, `no_progress`, `moving`, `elsewhere_waiting` or
    `elsewhere_running`. `line` is given to those that wait, `holder` to those that run, `heard` to those of another system.
    """

    kind: str
    as_of: datetime
    crew: Crew
    line: Line | None
    retry: PlannedRetry | None
    holder: Holder | None
    requeued_at: datetime | None
    gives_up: bool
    progress_at: datetime | None
    limit: StepLimit | None
    heard: Heard | None
