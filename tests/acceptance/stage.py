"""What requests in tests are about, made as their visitor would find it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tests import story
from tidegate.channels.channel import ChannelKind, Event, Terms
from tidegate.console.static_files import version
from tidegate.domain.actor import ANONYMOUS, Role
from tidegate.domain.ids import new_id
from tidegate.ledger.attempts import Hold
from tidegate.ledger.views import JobFilter
from tidegate.operations import execution
from tidegate.operations.acknowledging import Acknowledge
from tidegate.operations.bulk_retry import RetryMany
from tidegate.operations.channels import AddChannel
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.external.systems import SetSystem
from tidegate.operations.people import AddPerson, IssueLink
from tidegate.operations.sessions import SignInWithLink
from tidegate.operations.sources import CreateSource, PauseSource
from tidegate.operations.tokens import CreateToken
from tidegate.pipeline.step import Chunk, Ingested
from tidegate.sources import source

PASSWORD = "a long and certain phrase"
TEXT = "The harbour master keeps the tide tables."
HOOK: dict[str, Any] = {
    "name": "crew", "kind": "webhook", "target": "https://example.org/hook", "secret": "env:HOOK", "events": ["failed"]
}  # fmt: skip
BUCKET: dict[str, Any] = {
    "name": "bucket", "address": "s3://harbour/in", "pipeline": "documents", "credential": "env:BUCKET"
}  # fmt: skip


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

    async def channel(self) -> str:
        """A channel."""
        terms = Terms(
            name="crew", kind=ChannelKind.WEBHOOK, target=HOOK["target"], secret=HOOK["secret"], events=[Event.FAILED]
        )  # fmt: skip
        return str((await perform(self.services, story.OPERATOR, AddChannel(terms))).id)

    async def system(self) -> str:
        """A system that is asked by a call."""
        await perform(self.services, story.OPERATOR, SetSystem("airflow://prod", "https://example.org/run", "env:AIRFLOW"))
        return "airflow://prod"

    async def source(self) -> str:
        """A source that is scanned by hand."""
        name = await self.newcomer()
        made = await perform(self.services, story.OPERATOR, CreateSource(source.Terms(**{**BUCKET, "name": name})))
        return str(made.id)

    async def paused_source(self) -> str:
        """A source that is paused."""
        id = await self.source()
        await perform(self.services, story.OPERATOR, PauseSource(UUID(id)))
        return id

    async def static_version(self) -> str:
        """The part of a static file's address that changes with the files."""
        return version()
