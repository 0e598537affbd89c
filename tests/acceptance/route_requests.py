"""A valid request for every route, with ids of things that are there: so that a refusal is one, and no 404 hides it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.acceptance.route_table import Route
from tests.acceptance.stage import BUCKET, HOOK, PASSWORD, Stage

RUN = {"eventType": "START", "run": {"runId": str(UUID(int=1))}, "job": {"namespace": "etl", "name": "load"}}
HOOK_FORM = {**HOOK, "failed": "on", "events": "", "language": "en", "zone": "UTC", "window_seconds": "60"}
BUCKET_FORM = {**BUCKET, "name": "@newcomer", "every": "", "unit": "60"}
SYSTEM_FORM = {"namespace": "airflow://prod", "url": "https://example.org/run", "secret": "env:AIRFLOW"}
FILES = {"files": ("a.txt", b"a text to take in")}


@dataclass(frozen=True)
class Ask:
    """What to send. `path` and texts such as `@login` stand for what the stage's method of that name makes."""

    path: Mapping[str, str]
    send: Mapping[str, Any]


def ask(_path: Mapping[str, str] | str = "", **send: Any) -> Ask:
    """Describe a request; `_path` alone is the maker of `{id}`."""
    path = {"id": _path} if isinstance(_path, str) else _path
    return Ask(path, send)


async def request_for(stage: Stage, route: Route) -> tuple[str, dict[str, Any]]:
    """Return the address and what is sent to it. Raises KeyError for a route that nobody has described yet."""
    described, address = REQUESTS[route], route[1]
    for name, maker in described.path.items():
        if f"{{{name}}}" in address:
            address = address.replace(f"{{{name}}}", await _made(stage, maker) if maker[:1] != "=" else maker[1:])
    return address, {part: await _filled(stage, value) for part, value in described.send.items()}


async def _filled(stage: Stage, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: await _filled(stage, part) for name, part in value.items()}
    if isinstance(value, list):
        return [await _filled(stage, part) for part in value]
    return await _made(stage, value[1:]) if isinstance(value, str) and value[:1] == "@" else value


async def _made(stage: Stage, maker: str) -> str:
    make: Callable[[], Awaitable[str]] = getattr(stage, maker)
    return await make()


URL = "https://example.org/report.pdf"
PREVIEWED = {"at": "@moment", "as_of": "@moment", "expected": "1", "reason": "again"}
"""What a form of an act on many says that its sender was shown; it comes after the jobs that were there to be seen."""

REQUESTS: Mapping[Route, Ask] = {
    ("GET", "/api/ingestion/jobs"): ask(),
    ("POST", "/api/ingestion/jobs"): ask(json={"urls": [URL]}),
    ("POST", "/api/ingestion/uploads"): ask(files=FILES),
    ("GET", "/api/ingestion/jobs/{id}"): ask("failed"),
    ("POST", "/api/ingestion/jobs/{id}/retry"): ask("failed", json={"reason": "again"}),
    ("POST", "/api/ingestion/jobs/{id}/cancel"): ask("queued", json={}),
    ("PUT", "/api/ingestion/jobs/{id}/acknowledgement"): ask("failed", json={"reason": "known"}),
    ("DELETE", "/api/ingestion/jobs/{id}/acknowledgement"): ask("acknowledged"),
    ("POST", "/api/ingestion/acknowledgements"): ask(json={"ids": ["@failed"], "reason": "known"}),
    ("GET", "/api/ingestion/causes"): ask(),
    ("POST", "/api/ingestion/retries"): ask(json={"ids": ["@failed"], "reason": "again"}),
    ("GET", "/api/ingestion/retries"): ask(),
    ("GET", "/api/ingestion/retries/{id}"): ask("retry_of_many"),
    ("GET", "/api/ingestion/retries/{id}/jobs"): ask("retry_of_many"),
    ("GET", "/api/ingestion/batches"): ask(),
    ("GET", "/api/ingestion/batches/{id}"): ask("batch"),
    ("GET", "/api/ingestion/counts"): ask(),
    ("GET", "/api/ingestion/workers"): ask(),
    ("GET", "/api/ingestion/pulse"): ask(params={"window": "7d", "pipeline": "documents"}),
    ("GET", "/api/ingestion/failures"): ask(),
    ("GET", "/api/ingestion/stream"): ask(),
    ("POST", "/api/ingestion/diagnostics/{reference}"): ask({"reference": "reference"}, json={"reason": "a look"}),
    ("POST", "/api/v1/lineage"): ask(json=RUN),
    ("POST", "/api/v1/lineage/retries"): ask(json={"namespace": "etl"}),
    ("GET", "/api/search"): ask(params={"q": "harbour"}),
    ("GET", "/api/documents/{id}/content"): ask("document"),
    ("GET", "/api/audit/events"): ask(),
    ("GET", "/api/audit/events/{id}"): ask("event"),
    ("GET", "/api/audit/events/{id}/receipt"): ask("event"),
    ("GET", "/api/audit/seal"): ask(),
    ("POST", "/api/audit/exports"): ask(json={"form": "csv"}),
    ("GET", "/api/me"): ask(),
    ("PUT", "/api/me/password"): ask(json={"new": PASSWORD}),
    ("POST", "/api/sessions"): ask(json={"login": "@member", "password": PASSWORD}),
    ("GET", "/api/sessions"): ask(),
    ("DELETE", "/api/sessions/current"): ask(),
    ("DELETE", "/api/sessions/{id}"): ask("session"),
    ("GET", "/api/tokens"): ask(),
    ("POST", "/api/tokens"): ask(json={"name": "nightly"}),
    ("DELETE", "/api/tokens/{id}"): ask("token"),
    ("GET", "/api/people"): ask(),
    ("POST", "/api/people"): ask(json={"login": "@newcomer", "role": "viewer"}),
    ("POST", "/api/people/{id}/role"): ask("person", json={"role": "power_user"}),
    ("PUT", "/api/people/{id}/disabled"): ask("person", json={"disabled": True}),
    ("PUT", "/api/people/{id}/reads-content"): ask("person", json={"reads_content": False}),
    ("POST", "/api/people/{id}/link"): ask("person", json={"reason": "forgot the password"}),
    ("GET", "/api/people/{id}"): ask("person"),
    ("GET", "/api/people/{id}/sessions"): ask("person"),
    ("GET", "/api/people/{id}/tokens"): ask("person"),
    ("GET", "/api/channels"): ask(),
    ("POST", "/api/channels"): ask(json=HOOK),
    ("GET", "/api/channels/{id}"): ask("channel"),
    ("PUT", "/api/channels/{id}"): ask("channel", json={**HOOK, "paused": True}),
    ("DELETE", "/api/channels/{id}"): ask("channel"),
    ("POST", "/api/channels/{id}/test"): ask("channel", json={}),
    ("GET", "/api/channels/{id}/deliveries"): ask("channel"),
    ("GET", "/api/systems"): ask(),
    ("PUT", "/api/systems"): ask(json=SYSTEM_FORM),
    ("DELETE", "/api/systems"): ask(params={"namespace": "@system"}),
    ("GET", "/api/v1/sources"): ask(),
    ("POST", "/api/v1/sources"): ask(json={**BUCKET, "name": "@newcomer"}),
    ("GET", "/api/v1/sources/{id}"): ask("source"),
    ("PUT", "/api/v1/sources/{id}"): ask("source", json={**BUCKET, "name": "@newcomer"}),
    ("DELETE", "/api/v1/sources/{id}"): ask("source"),
    ("POST", "/api/v1/sources/{id}/pause"): ask("source", json={}),
    ("POST", "/api/v1/sources/{id}/resume"): ask("paused_source", json={}),
    ("POST", "/api/v1/sources/{id}/scans"): ask("source", json={}),
    ("GET", "/api/v1/sources/{id}/scans"): ask("source"),
    ("GET", "/api/pipelines"): ask(),
    ("GET", "/metrics"): ask(),
    ("GET", "/health/live"): ask(),
    ("GET", "/health/ready"): ask(),
    ("GET", "/"): ask(),
    ("GET", "/sign-in"): ask(),
    ("POST", "/sign-in"): ask(data={"login": "@member", "password": PASSWORD}),
    ("GET", "/sign-in/link"): ask(params={"token": "@link"}),
    ("POST", "/sign-in/link"): ask(data={"token": "@link"}),
    ("GET", "/sign-in/provider"): ask(),
    ("GET", "/sign-in/provider/return"): ask(params={"state": "none", "code": "none"}),
    ("POST", "/sign-out"): ask(),
    ("POST", "/preferences/theme"): ask(data={"theme": "dark"}),
    ("POST", "/preferences/language"): ask(data={"language": "de"}),
    ("GET", "/ingestion"): ask(),
    ("GET", "/ingestion/changes"): ask(),
    ("GET", "/ingestion/pulse"): ask(params={"window": "1h"}),
    ("GET", "/ingestion/pulse/changes"): ask(params={"window": "30d", "pipeline": "documents"}),
    ("GET", "/ingestion/new"): ask(),
    ("POST", "/ingestion/new"): ask(data={"places": URL, "pipeline": "documents"}),
    ("POST", "/ingestion/new/files"): ask(files=FILES, data={"pipeline": "documents"}),
    ("GET", "/ingestion/jobs/{id}"): ask("failed"),
    ("GET", "/ingestion/jobs/{id}/changes"): ask("failed"),
    ("GET", "/ingestion/jobs/{id}/retry"): ask("failed"),
    ("POST", "/ingestion/jobs/{id}/retry"): ask("failed", data={"mode": "resume"}),
    ("GET", "/ingestion/jobs/{id}/cancel"): ask("queued"),
    ("POST", "/ingestion/jobs/{id}/cancel"): ask("queued", data={"reason": "no more"}),
    ("POST", "/ingestion/jobs/{id}/diagnostic"): ask("failed", data={"reference": "@reference", "reason": "a look"}),
    ("GET", "/ingestion/batches"): ask(),
    ("GET", "/ingestion/batches/changes"): ask(),
    ("GET", "/ingestion/jobs/{id}/acknowledge"): ask("failed"),
    ("POST", "/ingestion/jobs/{id}/acknowledge"): ask("failed", data={"reason": "known"}),
    ("GET", "/ingestion/jobs/{id}/unacknowledge"): ask("acknowledged"),
    ("POST", "/ingestion/jobs/{id}/unacknowledge"): ask("acknowledged", data={"reason": ""}),
    ("GET", "/ingestion/acknowledgements/new"): ask(params={"failure": "document_corrupt"}),
    ("POST", "/ingestion/acknowledgements"): ask(data={"id": "@failed", **PREVIEWED}),
    ("GET", "/ingestion/causes"): ask(),
    ("GET", "/ingestion/causes/changes"): ask(),
    ("GET", "/ingestion/retries"): ask(),
    ("POST", "/ingestion/retries"): ask(data={"id": "@failed", **PREVIEWED}),
    ("GET", "/ingestion/retries/new"): ask(params={"failure": "document_corrupt"}),
    ("GET", "/ingestion/retries/{id}"): ask("retry_of_many"),
    ("GET", "/ingestion/retries/{id}/changes"): ask("retry_of_many"),
    ("GET", "/ingestion/batches/{id}"): ask("batch"),
    ("GET", "/ingestion/batches/{id}/changes"): ask("batch"),
    ("GET", "/search"): ask(params={"q": "harbour"}),
    ("GET", "/documents/{id}"): ask("document"),
    ("GET", "/audit"): ask(),
    ("GET", "/audit/{id}"): ask("event"),
    ("POST", "/audit/export"): ask(data={"form": "csv"}),
    ("GET", "/admin"): ask(),
    ("GET", "/admin/people/new"): ask(),
    ("POST", "/admin/people"): ask(data={"login": "@newcomer", "role": "viewer"}),
    ("POST", "/admin/people/{id}/role"): ask("person", data={"role": "power_user"}),
    ("POST", "/admin/people/{id}/disabled"): ask("person", data={"disabled": "yes"}),
    ("POST", "/admin/people/{id}/link"): ask("person", data={"reason": "forgot"}),
    ("GET", "/admin/people/{id}"): ask("person"),
    ("GET", "/admin/people/{id}/role"): ask("person"),
    ("GET", "/admin/people/{id}/link"): ask("person"),
    ("GET", "/admin/people/{id}/disabled"): ask("person"),
    ("GET", "/admin/people/{id}/content"): ask("person"),
    ("POST", "/admin/people/{id}/content"): ask("person", data={"reads_content": "no", "reason": "elsewhere"}),
    ("GET", "/admin/people/{id}/sessions/{session_id}/end"): ask({"id": "owner_id", "session_id": "session"}),
    ("POST", "/admin/people/{id}/sessions/{session_id}/end"): ask(
        {"id": "person", "session_id": "others_session"}, data={"reason": "lost"}
    ),
    ("GET", "/admin/people/{id}/tokens/{token_id}/revoke"): ask({"id": "owner_id", "token_id": "token"}),
    ("POST", "/admin/people/{id}/tokens/{token_id}/revoke"): ask(
        {"id": "person", "token_id": "others_token"}, data={"reason": "lost"}
    ),
    ("GET", "/ingestion/sources"): ask(),
    ("GET", "/ingestion/sources/new"): ask(),
    ("POST", "/ingestion/sources"): ask(data=BUCKET_FORM),
    ("GET", "/ingestion/sources/{id}"): ask("source"),
    ("POST", "/ingestion/sources/{id}"): ask("source", data=BUCKET_FORM),
    ("GET", "/ingestion/sources/{id}/change"): ask("source"),
    ("GET", "/ingestion/sources/{id}/scan"): ask("source"),
    ("POST", "/ingestion/sources/{id}/scan"): ask("source", data={"reason": "now"}),
    ("GET", "/ingestion/sources/{id}/pause"): ask("source"),
    ("POST", "/ingestion/sources/{id}/pause"): ask("source", data={"reason": "moved"}),
    ("GET", "/ingestion/sources/{id}/resume"): ask("paused_source"),
    ("POST", "/ingestion/sources/{id}/resume"): ask("paused_source", data={"reason": "moved"}),
    ("GET", "/ingestion/sources/{id}/remove"): ask("source"),
    ("POST", "/ingestion/sources/{id}/remove"): ask("source", data={"reason": "no more"}),
    ("GET", "/admin/channels"): ask(),
    ("GET", "/admin/channels/new"): ask(),
    ("POST", "/admin/channels"): ask(data=HOOK_FORM),
    ("GET", "/admin/channels/{id}"): ask("channel"),
    ("POST", "/admin/channels/{id}"): ask("channel", data=HOOK_FORM),
    ("GET", "/admin/channels/{id}/change"): ask("channel"),
    ("GET", "/admin/channels/{id}/remove"): ask("channel"),
    ("POST", "/admin/channels/{id}/remove"): ask("channel", data={"reason": "no more"}),
    ("GET", "/admin/channels/{id}/test"): ask("channel"),
    ("POST", "/admin/channels/{id}/test"): ask("channel", data={"reason": "a look"}),
    ("GET", "/admin/systems"): ask(),
    ("GET", "/admin/systems/new"): ask(),
    ("POST", "/admin/systems"): ask(data=SYSTEM_FORM),
    ("GET", "/admin/systems/change"): ask(params={"namespace": "@system"}),
    ("POST", "/admin/systems/change"): ask(data={**SYSTEM_FORM, "namespace": "@system"}),
    ("GET", "/admin/systems/remove"): ask(params={"namespace": "@system"}),
    ("POST", "/admin/systems/remove"): ask(data={"namespace": "@system", "reason": "no more"}),
    ("GET", "/admin/pipelines"): ask(),
    ("GET", "/account"): ask(),
    ("GET", "/account/password"): ask(),
    ("GET", "/account/tokens/new"): ask(),
    ("GET", "/account/tokens/{id}/revoke"): ask("token"),
    ("POST", "/account/password"): ask(data={"new": PASSWORD, "again": PASSWORD}),
    ("POST", "/account/tokens"): ask(data={"name": "nightly", "days": "7"}),
    ("POST", "/account/tokens/{id}/revoke"): ask("token", data={"reason": "lost"}),
    ("POST", "/account/sessions/{id}/revoke"): ask("session", data={}),
    ("GET", "/{address}"): ask({"address": "=nowhere"}),
    ("GET", "/static/{version_asked}/{name}"): ask({"version_asked": "static_version", "name": "=tidegate.css"}),
    ("GET", "/api"): ask(),
    ("GET", "/api/openapi.json"): ask(),
    ("GET", "/api/{path}"): ask({"path": "=nothing.json"}),
}
