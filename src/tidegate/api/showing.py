"""From the ledger's views to the API's shapes."""

import re

from tidegate.audit.browse import AuditEvent
from tidegate.domain.actor import Actor
from tidegate.domain.failures import Code, Entry, Failure, entry_of, is_known
from tidegate.domain.lifecycle import RetryMode
from tidegate.domain.own_failures import namespace_of
from tidegate.ledger import views
from tidegate.operations.standing import Standing
from tidegate.web.actions import actions_for

from . import content_shapes, shapes

_MARK = re.compile("[\x02\x03]")


def job_row(job: views.JobSummary) -> shapes.JobRow:
    """Return a job as a row."""
    return shapes.JobRow(
        id=job.id, batch_id=job.batch_id, pipeline=job.pipeline, name=job.name, source_kind=job.source_kind,
        submitter=shapes.Submitter(job.submitted_by, job.submitter_name), created_at=job.created_at, state=job.state,
        version=job.version, attempt=job.attempt_no, automatic_retries=job.automatic_used, queued_at=job.queued_at,
        run_after=job.run_after, started_at=job.started_at, ended_at=job.ended_at, worker_id=job.worker_id,
        step=shapes.StepMark(job.step_no, job.step_total, job.step_name), progress=_progress(job),
        failure=failing(job.failure, job.diagnostic_ref), outcome=job.outcome, document_id=job.document_id,
        audit_event_id=job.audit_event_id, attention=job.attention, acknowledgement=_acknowledgement(job),
        external_namespace=job.external_namespace,
    )  # fmt: skip


def job_detail(actor: Actor, job: views.Job, standing: Standing | None) -> shapes.JobDetail:
    """Return everything about a job, with what this actor may do to it."""
    events = {transition.audit_event_id for transition in job.history} | {attempt.audit_event_id for attempt in job.attempts}
    return shapes.JobDetail(
        job=job_row(job.summary),
        attempts=[_attempt(attempt) for attempt in job.attempts],
        steps=job.steps,
        history=job.history,
        document=job.document,
        standing=standing,
        audit_event_ids=sorted(event for event in events | {job.summary.audit_event_id} if event is not None),
        actions=actions_for(actor, job.summary),
    )


def failing(failure: Failure | None, reference: str | None) -> shapes.Failing | None:
    """Return a failure with the catalogue's words for it."""
    if failure is None:
        return None
    entry = entry_of(failure.code)
    return shapes.Failing(
        code=failure.code, message=failure.message, cause=entry.cause, remedy=entry.remedy, fixer=entry.fixer.value,
        params=dict(failure.params), reference=reference,
    )  # fmt: skip


def catalogue_entry(code: Code, entry: Entry) -> shapes.CatalogueEntry:
    """Return one line of the catalogue, or of what a pipeline declares."""
    return shapes.CatalogueEntry(
        code=code, pipeline=namespace_of(code), known=is_known(code), message=Failure(code).message, cause=entry.cause,
        remedy=entry.remedy, fixer=entry.fixer.value,
        params={name: "word" if isinstance(kind, tuple) else kind.value for name, kind in entry.params.items()},
        automatic=entry.automatic, by_person=entry.by_person, from_start=entry.from_start,
    )  # fmt: skip


def hit(found: views.SearchHit) -> content_shapes.Hit:
    """Return a passage with the places of the found words instead of marks."""
    text, matches = "", []
    for index, part in enumerate(_MARK.split(found.snippet)):
        if index % 2:
            matches.append((len(text), len(text) + len(part)))
        text += part
    return content_shapes.Hit(
        document_id=found.document_id, job_id=found.job_id, name=found.name, title=found.title, media_type=found.media_type,
        page_from=found.page_from, page_to=found.page_to, snippet=text, matches=matches, rank=found.rank,
    )  # fmt: skip


def audit_row(event: AuditEvent) -> content_shapes.AuditRow:
    """Return an audit event, its body spread out."""
    body = event.body
    return content_shapes.AuditRow(
        id=event.id, recorded_at=event.recorded_at, action=body.action, outcome=body.outcome, actor=body.actor,
        target=body.target, reason=body.reason, request_id=body.request_id, parent_id=body.parent_id,
        before=None if body.before is None else dict(body.before), after=None if body.after is None else dict(body.after),
    )  # fmt: skip


def _attempt(attempt: views.Attempt) -> shapes.AttemptRow:
    return shapes.AttemptRow(
        attempt=attempt.attempt_no, state=attempt.state, origin=attempt.origin, retry_of=attempt.retry_of,
        mode=RetryMode.RESTART if attempt.restart else RetryMode.RESUME, audit_event_id=attempt.audit_event_id,
        requested_by=attempt.requested_by, reason=attempt.reason, queued_at=attempt.queued_at, run_after=attempt.run_after,
        started_at=attempt.started_at, ended_at=attempt.ended_at, worker_id=attempt.worker_id,
        failure=failing(attempt.failure, attempt.diagnostic_ref),
    )  # fmt: skip


def _progress(job: views.JobSummary) -> shapes.Progress | None:
    return None if job.progress_done is None else shapes.Progress(job.progress_done, job.progress_total, job.progress_unit)


def _acknowledgement(job: views.JobSummary) -> shapes.Acknowledgement | None:
    if job.acknowledged_at is None:
        return None
    return shapes.Acknowledgement(job.acknowledged_at, job.acknowledged_by or "", job.acknowledged_reason or "")
