"""What the methods about many jobs, failures and content ask for; `plans` has those about one job or batch."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Unpack
from uuid import UUID

from tidegate.client import many_shapes as shapes
from tidegate.client import pulse_shapes
from tidegate.client.effects import Clock, Flow, Pause, Plan, Request
from tidegate.client.plans import JOBS, Looks, Narrowing, asked, change, each_of, query, told, word
from tidegate.domain.lifecycle import RetryMode

RETRIES = "/api/ingestion/retries"


def count_jobs(**narrowing: Unpack[Narrowing]) -> Plan[shapes.Counts]:
    """Return how many jobs match, by state and attention; those two narrow nothing here. Raises Problem, Unreachable."""
    given = {name: value for name, value in query(narrowing).items() if name not in {"state", "attention"}}
    return (yield from asked(Request("GET", "/api/ingestion/counts", query=given), shapes.Counts))


def list_failures() -> Plan[list[shapes.CatalogueEntry]]:
    """Return every failure that a job may meet, those of pipelines last. Raises Problem, Unreachable."""
    return (yield from asked(Request("GET", "/api/ingestion/failures"), shapes.Catalogue)).items


def list_causes(*, window: str = "24h", pipeline: str | None = None) -> Plan[shapes.Causes]:
    """Return what failures had in common within a window: 24h, 7d, 30d or all. Raises Problem, Unreachable."""
    given = {"window": window} | ({"pipeline": pipeline} if pipeline else {})
    return (yield from asked(Request("GET", "/api/ingestion/causes", query=given), shapes.Causes))


def acknowledge(id: UUID | str, /, *, reason: str, version: int | None = None) -> Plan[shapes.Acknowledged]:
    """Say that the failure of a job may stay as it is, and why. Raises Conflict, Problem, Unreachable."""
    request = change(f"{JOBS}/{word(id)}/acknowledgement", {"reason": reason}, version, method="PUT")
    return (yield from asked(request, shapes.Acknowledged))


def unacknowledge(id: UUID | str, /, *, reason: str | None = None, version: int | None = None) -> Plan[shapes.Acknowledged]:
    """Take an acknowledgement back. Raises Conflict, Problem, Unreachable."""
    path = f"{JOBS}/{word(id)}/acknowledgement"
    request = change(path, None, version, method="DELETE", given={"reason": reason} if reason else {})
    return (yield from asked(request, shapes.Acknowledged))


def acknowledge_many(
    *, reason: str, ids: Sequence[UUID | str] | None = None, expected: int | None = None, **narrowing: Unpack[Narrowing]
) -> Plan[shapes.AcknowledgedMany]:
    """Acknowledge all unresolved failures of a filter, or of those named; more than `expected` is a Conflict. Raises Problem."""
    body = {**_which(ids, narrowing), "reason": reason, "expected": expected}
    return (yield from asked(change("/api/ingestion/acknowledgements", body), shapes.AcknowledgedMany))


def preview_retry(
    *, ids: Sequence[UUID | str] | None = None, mode: RetryMode | str | None = None, **narrowing: Unpack[Narrowing]
) -> Plan[shapes.RetryPreview]:
    """Return what a retry of many would do; nothing is changed. Raises Problem, Unreachable."""
    body = {**_which(ids, narrowing), "mode": mode, "dry_run": True}
    return (yield from asked(change(RETRIES, body), shapes.RetryPreview))


def retry_many(
    *,
    reason: str,
    ids: Sequence[UUID | str] | None = None,
    mode: RetryMode | str | None = None,
    as_of: datetime | None = None,
    expected: int | None = None,
    **narrowing: Unpack[Narrowing],
) -> Plan[shapes.RetryOfMany]:
    """Retry all failed jobs of a filter, or those named; the server works them off.

    With `as_of` and `expected` of a preview (its `will_retry`) no more is retried than that told of. Raises Conflict, Problem.
    """
    body = {**_which(ids, narrowing), "reason": reason, "mode": mode, "as_of": as_of, "expected": expected}
    return (yield from asked(change(RETRIES, body), shapes.RetryOfMany))


def each_retry() -> Flow[shapes.RetryOfMany]:
    """Give the retries of many, newest first. Raises Problem, Unreachable."""
    yield from each_of(RETRIES, shapes.RetryPage)


def get_retry(id: UUID | str, /) -> Plan[shapes.RetryOfManyDetail]:
    """Return how far a retry of many is, and how its jobs stand now. Raises NotFound, Problem, Unreachable."""
    return (yield from asked(Request("GET", f"{RETRIES}/{word(id)}"), shapes.RetryOfManyDetail))


def wait_retry(id: UUID | str, /, *, timeout: float | None = None) -> Plan[shapes.RetryOfManyDetail]:
    """Return a retry of many once each job is decided on. Raises TimeoutError, NotFound, Problem."""
    looks = Looks((yield Clock()), timeout)
    while (seen := (yield from get_retry(id))).retry.finished_at is None:
        yield Pause(looks.pause((yield Clock())))
    return seen


def each_retried(id: UUID | str, /, *, verdict: str | None = None) -> Flow[shapes.RetriedJob]:
    """Give the jobs of a retry of many, newest first: what became of each, and why. Raises NotFound, Problem, Unreachable."""
    yield from each_of(f"{RETRIES}/{word(id)}/jobs", shapes.RetriedJobPage, told(verdict=verdict))


def list_batches(*, page_size: int = 50, page_token: str | None = None) -> Plan[shapes.BatchPage]:
    """Return one page of submissions, newest first, each with how its jobs stand. Raises Problem, Unreachable."""
    given = told(page_size=page_size, page_token=page_token)
    return (yield from asked(Request("GET", "/api/ingestion/batches", query=given), shapes.BatchPage))


def list_workers() -> Plan[list[shapes.Worker]]:
    """Return the workers that are alive. Raises Problem, Unreachable."""
    return (yield from asked(Request("GET", "/api/ingestion/workers"), shapes.Workers)).items


def get_pulse(*, window: str = "24h", pipeline: str | None = None) -> Plan[pulse_shapes.Pulse]:
    """Return how the work went within a window (1h, 24h, 7d, 30d), bar by bar, and stands now. Raises Problem, Unreachable."""
    given = {"window": window} | ({"pipeline": pipeline} if pipeline else {})
    return (yield from asked(Request("GET", "/api/ingestion/pulse", query=given), pulse_shapes.Pulse))


def list_pipelines() -> Plan[list[pulse_shapes.Pipeline]]:
    """Return the pipelines with their steps, limits, workers and jobs. Raises Forbidden, Problem, Unreachable."""
    return (yield from asked(Request("GET", "/api/pipelines"), pulse_shapes.Pipelines)).items


def open_diagnostic(reference: str, /, *, reason: str | None = None) -> Plan[shapes.Diagnostic]:
    """Return the technical detail behind a failure, on record each time. Raises Forbidden, NotFound, Problem, Unreachable."""
    path = f"/api/ingestion/diagnostics/{word(reference)}"
    return (yield from asked(change(path, {"reason": reason}), shapes.Diagnostic, tries=1))


def search(text: str, /, *, mode: str | None = None, limit: int = 20) -> Plan[list[shapes.Hit]]:
    """Return the passages that match, best first, by `words`, by `meaning` or by `both`: without a mode, by what the server has.

    Raises Forbidden, Problem, Unreachable.
    """
    given = {"q": text, "page_size": str(limit)} | ({"mode": mode} if mode else {})
    return (yield from asked(Request("GET", "/api/search", query=given), shapes.Hits)).items


def each_passage(document_id: UUID | str, /) -> Flow[shapes.Passage]:
    """Give a document's text, passage by passage. Raises Forbidden, NotFound, Problem, Unreachable."""
    yield from each_of(f"/api/documents/{word(document_id)}/content", shapes.ContentPage)


def _which(ids: Sequence[UUID | str] | None, narrowing: Narrowing) -> dict[str, Any]:
    """Return which jobs a body means; nothing at all means nobody said so, and the server refuses that."""
    if "state" in narrowing:
        raise TypeError("what is done to many is done to what has failed: there is no state to choose")
    given = query(narrowing)
    return {"filter": given or None, "ids": None if ids is None else [str(id) for id in ids]}
