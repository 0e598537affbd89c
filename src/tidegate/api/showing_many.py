"""From what operations tell of many jobs to the API's shapes."""

from tidegate.domain.failures import entry_of
from tidegate.ledger.bulk import BulkRetry, Item
from tidegate.operations.bulk_retry import LeftOut, Preview
from tidegate.operations.causes import Cause, Causes, jobs_of

from . import many_shapes as shapes
from .narrowing import filter_of
from .shapes import Submitter
from .showing import catalogue_entry, failing, job_row


def cause_list(found: Causes) -> shapes.CauseList:
    """Return the causes of a window."""
    return shapes.CauseList(
        window=found.window, since=found.since, series_since=found.series_since, slot_seconds=found.slot_seconds,
        items=[_cause(found, cause) for cause in found.causes],
    )  # fmt: skip


def preview(seen: Preview) -> shapes.RetryPreview:
    """Return what a retry of many would do."""
    return shapes.RetryPreview(
        as_of=seen.as_of,
        will_retry=seen.will_retry,
        plans=seen.plans,
        left_out=[_left_out(one) for one in seen.left_out],
        sample=[job_row(job) for job in seen.sample],
    )


def retry_of_many(retry: BulkRetry) -> shapes.RetryOfMany:
    """Return a retry of many; of ids that were named only their number, for they may be a thousand."""
    ids = retry.narrowed.ids
    return shapes.RetryOfMany(
        id=retry.id, requested_by=Submitter(retry.requested_by, retry.requester_name), filter=filter_of(retry.narrowed),
        named=None if ids is None else len(ids), mode=retry.mode, reason=retry.reason, as_of=retry.as_of,
        created_at=retry.created_at, finished_at=retry.finished_at, total=retry.total, waiting=retry.waiting,
        retried=retry.retried, left_out=retry.left_out, skipped=retry.skipped, refused=retry.refused,
        audit_event_id=retry.audit_event_id,
    )  # fmt: skip


def retried_job(item: Item) -> shapes.RetriedJob:
    """Return one job of a retry of many."""
    return shapes.RetriedJob(
        job_id=item.job_id, name=item.name, pipeline=item.pipeline, attempt=item.attempt_no, verdict=item.verdict, why=item.why,
        audit_event_id=item.audit_event_id, state=item.state, attempt_now=item.attempt_now, attention=item.attention,
        failure=failing(item.failure, item.diagnostic_ref),
    )  # fmt: skip


def _cause(found: Causes, cause: Cause) -> shapes.CauseRow:
    key = cause.key
    return shapes.CauseRow(
        failure=catalogue_entry(key.failure_code, entry_of(key.failure_code)), pipeline=key.pipeline, step=key.step,
        source=key.source_kind, unresolved=cause.unresolved, acknowledged=cause.acknowledged, happened=cause.happened,
        last_hour=cause.last_hour, series=cause.series, filter=filter_of(jobs_of(key, found.since)),
    )  # fmt: skip


def _left_out(one: LeftOut) -> shapes.LeftOutRow:
    remedy = entry_of(one.failure_code).remedy
    return shapes.LeftOutRow(why=one.why, failure=one.failure_code, remedy=remedy, n=one.n)
