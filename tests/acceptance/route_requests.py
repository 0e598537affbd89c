"""A valid request for every route, with ids of things that are there: so that a refusal is one, and no 404 hides it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from tests import story
from tests.acceptance.route_table import Route
from tidegate.console.static_files import version
from tidegate.domain.actor import ANONYMOUS, Role
from tidegate.domain.ids import new_id
from tidegate.ledger.attempts import Hold
from tidegate.ledger.views import JobFilter
from tidegate.operations import execution
from tidegate.operations.acknowledging import Acknowledge
from tidegate.operations.bulk_retry import RetryMany
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.people import AddPerson, IssueLink
from tidegate.operations.sessions import SignInWithLink
from tidegate.operations.tokens import CreateToken
from tidegate.pipeline.step import Chunk, Ingested

PASSWORD = "a long and certain phrase"
TEXT = "The harbour master keeps the tide tables."
FILES = {"files": ("a.txt", b"a text to take in")}


@dataclass(frozen=True)
class Stage:
    """Makes what a request is about, as its visitor would find it: what is one's own belongs to `owner`."""

    services: Services
    owner: Asking

    async def failed(self) -> str:
        """A failed job that may be retried."""
        return str(await story.failed(self.services))

    async def acknowledged(self) -> str:
        """A failed job whose failure was acknowledged."""
        job_id = await story.failed(self.services)
        await perform(self.services, story.OPERATOR, Acknowledge(job_id, "known"))
        return str(job_id)

    async def retry_of_many(self) -> str:
        """A retry of many."""
        narrowed = JobFilter(ids=(await story.failed(self.services),))
        return str((await perform(self.services, story.OPERATOR, RetryMany(narrowed, "again"))).id)

    async def queued(self) -> str:
        """A job that waits."""
        return str((await story.submitted(self.services)).job_ids[0])

    async def moment(self) -> str:
        """Now."""
        return datetime.now(UTC).isoformat()

    async def batch(self) -> str:
        """A batch."""
        return str((await story.submitted(self.services)).batch_id)

    async def event(self) -> str:
        """An audit event."""
        return str((await story.submitted(self.services)).audit_event_id)

    async def reference(self) -> str:
        """The reference of a diagnostic."""
        job = await story.job(self.services, await story.failed(self.services))
        return str(job.summary.diagnostic_ref)

    async def document(self) -> str:
        """A document with one passage."""
        job_id = (await story.submitted(self.services)).job_ids[0]
        hold: Hold = await story.begun(self.services, job_id)
        made = Ingested(new_id().hex * 2, "text/plain", len(TEXT), len(TEXT), None, (Chunk(TEXT),))
        await execution.succeed(self.services, hold, made)
        return str((await story.job(self.services, job_id)).summary.document_id)

    async def person(self) -> str:
        """Somebody else."""
        return str((await story.person(self.services, Role.VIEWER)).actor.id)

    async def owner_id(self) -> str:
        """The owner."""
        return str(self.owner.actor.id)

    async def newcomer(self) -> str:
        """A sign-in name that nobody has."""
        return f"new.{new_id().hex[-10:]}"

    async def member(self) -> str:
        """The sign-in name of somebody with a password."""
        login = await self.newcomer()
        await perform(self.services, story.OPERATOR, AddPerson(login, login, Role.VIEWER, PASSWORD))
        return login

    async def link(self) -> str:
        """The secret of a one-time link that is not yet used."""
        added = await story.person(self.services, Role.VIEWER)
        assert added.actor.id is not None
        return (await perform(self.services, story.OPERATOR, IssueLink(added.actor.id))).secret

    async def session(self) -> str:
        """Another open session of the owner's."""
        assert self.owner.actor.id is not None
        link = await perform(self.services, story.OPERATOR, IssueLink(self.owner.actor.id))
        return str((await perform(self.services, Asking(ANONYMOUS), SignInWithLink(link.secret))).session_id)

    async def token(self) -> str:
        """An API token of the owner's."""
        whole = replace(self.owner, actor=replace(self.owner.actor, scopes=None))
        return str((await perform(self.services, whole, CreateToken("mine"))).id)

    async def others_session(self) -> str:
        """An open session of somebody else's."""
        return str((await perform(self.services, Asking(ANONYMOUS), SignInWithLink(await self.link()))).session_id)

    async def others_token(self) -> str:
        """An API token of somebody else's."""
        return str((await perform(self.services, await story.person(self.services, Role.VIEWER), CreateToken("theirs"))).id)

    async def static_version(self) -> str:
        """The part of a static file's address that changes with the files."""
        return version()


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
