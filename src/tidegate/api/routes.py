"""Every route of the API. Each change goes through the one door; each read through `operations.reading`."""

from collections.abc import Callable
from typing import Any

from litestar import delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec

from tidegate.web.guards import UNLIMITED
from tidegate.web.problems import declared

from . import (
    accounts,
    acknowledgements,
    causes,
    channels,
    content,
    health,
    jobs,
    lineage,
    metrics,
    people,
    proof,
    pulse,
    retries,
    sources,
    stream,
    systems,
)
from .narrowing import FILTER

Handler = Callable[..., Any]
Answers = dict[int, ResponseSpec]


def _route(
    verb: Callable[..., Any], path: str, handler: Handler, status: int, *errors: int, also: Answers | None = None, **more: Any
) -> HTTPRouteHandler:
    """Bind a handler; every route may answer 400, 401, 403, 429 and 503, and `also` what its own description does not tell."""
    responses = declared(*sorted({400, 401, 403, 429, 503, *errors})) | (also or {})
    name = handler.__name__
    made: HTTPRouteHandler = verb(
        path, status_code=status, responses=responses, operation_id=name, summary=name.replace("_", " ").capitalize(),
        tags=[handler.__module__.rpartition(".")[2]], **more,
    )(handler)  # fmt: skip
    return made


HANDLERS = [
    _route(get, "/api/ingestion/jobs", jobs.list_jobs, 200, dependencies=FILTER),
    _route(post, "/api/ingestion/jobs", jobs.submit_jobs, 202, 409, 413),
    _route(post, "/api/ingestion/uploads", jobs.upload_jobs, 202, 409, 413, request_max_body_size=None),
    _route(get, "/api/ingestion/jobs/{id:str}", jobs.get_job, 200, 404),
    _route(post, "/api/ingestion/jobs/{id:str}/retry", jobs.retry_job, 202, 404, 409),
    _route(post, "/api/ingestion/jobs/{id:str}/cancel", jobs.cancel_job, 200, 404, 409),
    _route(put, "/api/ingestion/jobs/{id:str}/acknowledgement", acknowledgements.acknowledge_job, 200, 404, 409),
    _route(delete, "/api/ingestion/jobs/{id:str}/acknowledgement", acknowledgements.unacknowledge_job, 200, 404, 409),
    _route(post, "/api/ingestion/acknowledgements", acknowledgements.acknowledge_many, 200, 409),
    _route(get, "/api/ingestion/causes", causes.list_causes, 200),
    _route(post, "/api/ingestion/retries", retries.retry_many, 202, 409, also=retries.ANSWERS),
    _route(get, "/api/ingestion/retries", retries.list_retries, 200),
    _route(get, "/api/ingestion/retries/{id:str}", retries.get_retry, 200, 404),
    _route(get, "/api/ingestion/retries/{id:str}/jobs", retries.list_retried_jobs, 200, 404),
    _route(get, "/api/ingestion/batches", jobs.list_batches, 200),
    _route(get, "/api/ingestion/batches/{id:str}", jobs.get_batch, 200, 404),
    _route(get, "/api/ingestion/counts", jobs.count_jobs, 200, dependencies=FILTER),
    _route(get, "/api/ingestion/workers", jobs.list_workers, 200),
    _route(get, "/api/ingestion/pulse", pulse.get_pulse, 200),
    _route(get, "/api/ingestion/failures", jobs.list_failures, 200),
    _route(get, "/api/ingestion/stream", stream.stream, 200, media_type="text/event-stream"),
    _route(post, "/api/ingestion/diagnostics/{reference:str}", content.open_diagnostic, 200, 404),
    _route(get, "/api/search", content.search, 200),
    _route(get, "/api/documents/{id:str}/content", content.read_content, 200, 404),
    _route(get, "/api/audit/events", content.list_audit_events, 200),
    _route(get, "/api/audit/events/{id:str}", content.get_audit_event, 200, 404),
    _route(get, "/api/audit/events/{id:str}/receipt", proof.get_receipt, 200, 404, 409, media_type="application/json"),
    _route(get, "/api/audit/seal", proof.get_seal, 200),
    _route(post, "/api/audit/exports", proof.export_audit, 200, media_type="application/octet-stream"),
    _route(get, "/api/me", people.get_me, 200),
    _route(put, "/api/me/password", people.set_own_password, 200, 409),
    _route(post, "/api/sessions", people.sign_in, 201),
    _route(get, "/api/sessions", people.list_sessions, 200),
    _route(delete, "/api/sessions/current", people.sign_out, 200, 404),
    _route(delete, "/api/sessions/{id:str}", people.revoke_session, 200, 404),
    _route(get, "/api/tokens", people.list_tokens, 200),
    _route(post, "/api/tokens", people.create_token, 201, 409),
    _route(delete, "/api/tokens/{id:str}", people.revoke_token, 200, 404),
    _route(get, "/api/people", accounts.list_people, 200),
    _route(post, "/api/people", people.add_person, 201, 409),
    _route(post, "/api/people/{id:str}/role", people.change_role, 200, 404, 409),
    _route(put, "/api/people/{id:str}/disabled", people.disable_person, 200, 404, 409),
    _route(put, "/api/people/{id:str}/reads-content", people.set_content_right, 200, 404, 409),
    _route(post, "/api/people/{id:str}/link", people.issue_link, 201, 404, 409),
    _route(get, "/api/people/{id:str}", accounts.get_person, 200, 404),
    _route(get, "/api/people/{id:str}/sessions", accounts.list_sessions_of_person, 200, 404),
    _route(get, "/api/people/{id:str}/tokens", accounts.list_tokens_of_person, 200, 404),
    _route(get, "/api/channels", channels.list_channels, 200),
    _route(post, "/api/channels", channels.add_channel, 201, 409),
    _route(get, "/api/channels/{id:str}", channels.get_channel, 200, 404),
    _route(put, "/api/channels/{id:str}", channels.change_channel, 200, 404),
    _route(delete, "/api/channels/{id:str}", channels.remove_channel, 200, 404),
    _route(post, "/api/channels/{id:str}/test", channels.test_channel, 202, 404),
    _route(get, "/api/channels/{id:str}/deliveries", channels.list_deliveries, 200, 404),
    _route(get, "/api/systems", systems.list_systems, 200),
    _route(put, "/api/systems", systems.set_system, 200, 409),
    _route(delete, "/api/systems", systems.remove_system, 200, 404),
    _route(get, "/api/v1/sources", sources.list_sources, 200),
    _route(post, "/api/v1/sources", sources.create_source, 201, 409),
    _route(get, "/api/v1/sources/{id:str}", sources.get_source, 200, 404),
    _route(put, "/api/v1/sources/{id:str}", sources.change_source, 200, 404, 409),
    _route(delete, "/api/v1/sources/{id:str}", sources.remove_source, 200, 404),
    _route(post, "/api/v1/sources/{id:str}/pause", sources.pause_source, 200, 404, 409),
    _route(post, "/api/v1/sources/{id:str}/resume", sources.resume_source, 200, 404, 409),
    _route(post, "/api/v1/sources/{id:str}/scans", sources.scan_source, 202, 404, 409),
    _route(get, "/api/v1/sources/{id:str}/scans", sources.list_scans, 200, 404),
    _route(get, "/api/pipelines", accounts.list_pipelines, 200),
    _route(post, "/api/v1/lineage", lineage.record_runs, 200, 413, request_max_body_size=lineage.BODY_LIMIT),
    _route(post, "/api/v1/lineage/retries", lineage.claim_runs, 200, 409),
    _route(get, "/metrics", metrics.get_metrics, 200, media_type="text/plain"),
    _route(get, "/health/live", health.live, 200, opt={UNLIMITED: True}),
    _route(get, "/health/ready", health.ready, 200, opt={UNLIMITED: True}),
]
