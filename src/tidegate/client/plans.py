"""What each method asks for and what it makes of the answers: written once, done by whichever driver.

Requests that change nothing, or that the server knows again by their Idempotency-Key, are sent again when no answer comes or
the server asks for patience. An upload is not: it may be large, and the server would keep it twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TypedDict, TypeVar, Unpack
from urllib.parse import quote
from uuid import UUID, uuid4

import msgspec

from tidegate.client.effects import Answer, Clock, File, Flow, Give, Lost, Pause, Plan, Request, Send
from tidegate.client.errors import Problem, Unreachable, Unreadable, problem
from tidegate.client.shapes import Batch, Cancelled, Job, JobDetail, JobPage, Me, Retried, Submitted
from tidegate.client.standing_shapes import Standing
from tidegate.domain.lifecycle import Attention, RetryMode, State

T = TypeVar("T")
Item = TypeVar("Item", covariant=True)

JOBS = "/api/ingestion/jobs"
TRIES = 4
PAGE_SIZE = 200
PATIENCE = (0.5, 1.0, 2.0)
"""Seconds before each further try, where the server names none."""

LONGEST_PAUSE = 30.0
LOOK_SECONDS = 0.3
LOOK_GROWTH = 1.2
LOOK_LONGEST = 3.0
"""A wait looks soon at first, then less and less often."""


class Narrowing(TypedDict, total=False):
    """What jobs are narrowed to; what is left out narrows nothing. `text` is a part of the document's name."""

    state: State | str | None
    attention: Attention | str | None
    pipeline: str | None
    source: str | None
    batch: UUID | None
    submitter: str | None
    failure: str | None
    step: str | None
    text: str | None
    since: datetime | None
    until: datetime | None
    failed_since: datetime | None
    failed_until: datetime | None


class Page(Protocol[Item]):
    """A part of a list, and where the next begins."""

    @property
    def items(self) -> Sequence[Item]:
        """What is on it."""

    @property
    def next_page_token(self) -> str | None:
        """None on the last."""


@dataclass
class Looks:
    """The pauses between the looks of a wait that began at `begun`."""

    begun: float
    timeout: float | None
    seconds: float = LOOK_SECONDS

    def pause(self, now: float) -> float:
        """Return how long to wait before the next look. Raises TimeoutError."""
        left = self.seconds if self.timeout is None else self.begun + self.timeout - now
        if left <= 0:
            raise TimeoutError(f"not over after {self.timeout} s")
        seconds, self.seconds = min(self.seconds, left), min(self.seconds * LOOK_GROWTH, LOOK_LONGEST)
        return seconds


def me() -> Plan[Me]:
    """Return whom the token speaks for."""
    return (yield from asked(Request("GET", "/api/me"), Me))


def submit(*documents: str | Path | tuple[str, bytes], pipeline: str = "documents", reason: str | None = None) -> Plan[Submitted]:
    """Upload documents as one batch: files of this machine, or a name with the content. Raises Problem, Unreachable, OSError."""
    files: list[tuple[str, File]] = [entry if isinstance(entry, tuple) else _file(Path(entry)) for entry in documents]
    fields = {"pipeline": pipeline} | ({"reason": reason} if reason else {})
    request = Request("POST", "/api/ingestion/uploads", fields=fields, files=files)
    return (yield from asked(request, Submitted, tries=1))


def submit_from(
    *, paths: Sequence[str] = (), urls: Sequence[str] = (), pipeline: str = "documents", reason: str | None = None
) -> Plan[Submitted]:
    """Submit what the server fetches itself as one batch: its own paths, and web addresses. Raises Problem, Unreachable."""
    body = {"paths": list(paths), "urls": list(urls), "pipeline": pipeline, "reason": reason}
    return (yield from asked(change(JOBS, body), Submitted))


def list_jobs(*, page_size: int = 50, page_token: str | None = None, **narrowing: Unpack[Narrowing]) -> Plan[JobPage]:
    """Return one page of jobs, newest first, with the numbers of all that match. Raises Problem, Unreachable."""
    page = told(page_size=page_size, page_token=page_token)
    return (yield from asked(Request("GET", JOBS, query={**query(narrowing), **page}), JobPage))


def each_job(**narrowing: Unpack[Narrowing]) -> Flow[Job]:
    """Give all jobs that match, newest first, page by page. Raises Problem, Unreachable."""
    yield from each_of(JOBS, JobPage, query(narrowing))


def get_job(id: UUID | str, /) -> Plan[JobDetail]:
    """Return everything about a job. Raises NotFound, Problem, Unreachable."""
    return (yield from asked(Request("GET", f"{JOBS}/{word(id)}"), JobDetail))


def get_standing(id: UUID | str, /) -> Plan[Standing | None]:
    """Return why a job stands where it stands, None when it has ended. Raises NotFound, Problem, Unreachable."""
    return (yield from get_job(id)).standing


def get_batch(id: UUID | str, /) -> Plan[Batch]:
    """Return how a submission stands. Raises NotFound, Problem, Unreachable."""
    return (yield from asked(Request("GET", f"/api/ingestion/batches/{word(id)}"), Batch))


def retry(
    id: UUID | str, /, *, mode: RetryMode | str | None = None, reason: str | None = None, version: int | None = None
) -> Plan[Retried]:
    """Try a failed job again, as a new attempt. With `version`, only if the job is as you saw it. Raises Conflict, Problem."""
    body = {"mode": mode, "reason": reason}
    return (yield from asked(change(f"{JOBS}/{word(id)}/retry", body, version), Retried))


def cancel(id: UUID | str, /, *, reason: str | None = None, version: int | None = None) -> Plan[Cancelled]:
    """Cancel a job that waits or runs. Raises Conflict, Problem, Unreachable."""
    return (yield from asked(change(f"{JOBS}/{word(id)}/cancel", {"reason": reason}, version), Cancelled))


def wait(batch_id: UUID | str, /, *, timeout: float | None = None) -> Plan[Batch]:
    """Return a submission once each of its jobs has ended. Raises TimeoutError after so many seconds, NotFound, Problem."""
    looks = Looks((yield Clock()), timeout)
    while not (seen := (yield from get_batch(batch_id))).is_over:
        yield Pause(looks.pause((yield Clock())))
    return seen


def wait_job(id: UUID | str, /, *, timeout: float | None = None) -> Plan[JobDetail]:
    """Return a job once it has ended; one that waits for a retry has not. Raises TimeoutError, NotFound, Problem."""
    looks = Looks((yield Clock()), timeout)
    while not (seen := (yield from get_job(id))).job.state.is_terminal:
        yield Pause(looks.pause((yield Clock())))
    return seen


def each_of(path: str, shape: type[Page[T]], given: Mapping[str, str] = MappingProxyType({})) -> Flow[T]:
    """Give what a list at `path` holds, narrowed as `given`, page by page. Raises Problem, Unreachable."""
    token: str | None = None
    while True:
        request = Request("GET", path, query={**given, **told(page_size=PAGE_SIZE, page_token=token)})
        page = yield from asked(request, shape)
        for item in page.items:
            yield Give(item)
        token = page.next_page_token
        if token is None:
            return


def asked(request: Request, kind: type[T], *, tries: int = TRIES) -> Plan[T]:
    """Send a request until there is an answer, and return what is in it. Raises Problem, Unreachable, Unreadable."""
    return read((yield from answered(request, tries=tries)), kind)


def answered(request: Request, *, tries: int = TRIES) -> Plan[Answer]:
    """Send a request until there is an answer, a refusal too, and return it. Raises Unreachable."""
    got: Answer | Lost = yield Send(request)
    for pause in PATIENCE[: tries - 1]:
        seconds = _patience(got, pause)
        if seconds is None:
            break
        yield Pause(seconds)
        got = yield Send(request)
    if isinstance(got, Lost):
        raise Unreachable(f"no answer from the server ({got.kind})")
    return got


def read(got: Answer, kind: type[T]) -> T:
    """Return what is in an answer. Raises Problem, Unreadable."""
    try:
        return msgspec.json.decode(checked(got), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"the answer is no {kind.__name__} that this version of the client knows") from error


def checked(got: Answer) -> bytes:
    """Return the body of an answer. Raises Problem."""
    if not 200 <= got.status < 300:
        raise refused(got)
    return got.body


def refused(got: Answer) -> Problem:
    """Return the exception of an answer that is none of success."""
    return problem(got.status, got.body, _seconds(got))


def _patience(got: Answer | Lost, pause: float) -> float | None:
    """Return how long to wait before another try, None when there is no use in one."""
    if isinstance(got, Lost):
        return pause
    if got.status not in {429, 502, 503, 504}:
        return None
    return min(_seconds(got) or pause, LONGEST_PAUSE)


def _seconds(got: Answer) -> float | None:
    given = got.headers.get("retry-after", "")
    return float(given) if given.isdecimal() else None


def change(
    path: str,
    body: Mapping[str, Any] | None,
    version: int | None = None,
    *,
    method: str = "POST",
    given: Mapping[str, str] = MappingProxyType({}),
) -> Request:
    """Return a request that changes something, known again by the server when it is sent again; `given` is its query."""
    kept = None if body is None else {name: value for name, value in body.items() if value is not None}
    headers = {"Idempotency-Key": str(uuid4())} | ({"If-Match": f'"{version}"'} if version is not None else {})
    return Request(method, path, query=given, headers=headers, body=None if kept is None else msgspec.json.encode(kept))


def query(narrowing: Narrowing) -> dict[str, str]:
    """Return a filter as a query has it."""
    return told(**narrowing)


def told(**given: object) -> dict[str, str]:
    """Return what was given, as a query has it; None is not."""
    return {name: _text(value) for name, value in given.items() if value is not None}


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone().isoformat()
    return str(value)


def word(id: UUID | str) -> str:
    """Return an id as a part of a path."""
    return quote(str(id), safe="")


def _file(path: Path) -> tuple[str, File]:
    return path.name, path
