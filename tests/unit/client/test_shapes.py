"""The client's shapes are the server's, member by member; none is left out."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from tidegate.access import accounts, people
from tidegate.api import channels as server_channels
from tidegate.api import content_shapes as content
from tidegate.api import many_shapes as server_many
from tidegate.api import shapes as server
from tidegate.api import systems as server_systems
from tidegate.audit import record
from tidegate.channels import channel as channels
from tidegate.channels import outbox
from tidegate.client import audit_shapes as audit
from tidegate.client import many_shapes as many
from tidegate.client import outward_shapes as outward
from tidegate.client import people_shapes as persons
from tidegate.client import pulse_shapes as pulse
from tidegate.client import shapes as client
from tidegate.client import standing_shapes as standing
from tidegate.ledger import external, reads, rerun_calls, views
from tidegate.ledger import pulse as ledger_pulse
from tidegate.ledger import standing as ledger_standing
from tidegate.operations import accounts as operations_accounts
from tidegate.operations import acknowledging, bulk_retry, diagnostics, jobs, pipelines, sessions
from tidegate.operations import channels as operations_channels
from tidegate.operations import people as operations_people
from tidegate.operations import pulse as operations_pulse
from tidegate.operations import standing as operations_standing
from tidegate.operations.external import systems
from tidegate.web.actions import Action

PAIRS: dict[type[msgspec.Struct], type[msgspec.Struct]] = {
    client.Failing: server.Failing,
    client.Submitter: server.Submitter,
    client.StepMark: server.StepMark,
    client.Acknowledgement: server.Acknowledgement,
    client.Progress: server.Progress,
    client.Job: server.JobRow,
    client.Attempt: server.AttemptRow,
    client.Step: views.Step,
    client.Transition: views.Transition,
    client.Document: views.Document,
    client.Action: Action,
    client.JobDetail: server.JobDetail,
    standing.Count: views.Count,
    client.JobPage: server.JobPage,
    client.Submission: views.Batch,
    client.Batch: server.BatchDetail,
    client.Submitted: jobs.Submitted,
    client.Retried: jobs.Retried,
    client.Cancelled: jobs.Cancelled,
    client.Me: server.Me,
    standing.Crew: ledger_standing.Crew,
    standing.Line: ledger_standing.Line,
    standing.Holder: ledger_standing.Holder,
    standing.PlannedRetry: operations_standing.PlannedRetry,
    standing.StepLimit: operations_standing.StepLimit,
    standing.Standing: operations_standing.Standing,
    standing.Heard: external.Heard,
    many.Counts: server.Counts,
    many.CatalogueEntry: server.CatalogueEntry,
    many.Catalogue: server.Catalogue,
    many.Cause: server_many.CauseRow,
    many.Causes: server_many.CauseList,
    many.Acknowledged: acknowledging.Acknowledged,
    many.AcknowledgedMany: acknowledging.AcknowledgedMany,
    many.Plan: bulk_retry.Plan,
    many.LeftOut: server_many.LeftOutRow,
    many.RetryPreview: server_many.RetryPreview,
    many.RetryOfMany: server_many.RetryOfMany,
    many.RetryOfManyDetail: server_many.RetryOfManyDetail,
    many.RetriedJob: server_many.RetriedJob,
    many.RetriedJobPage: server_many.RetriedJobPage,
    many.BatchRow: server.BatchRow,
    many.BatchPage: server.BatchPage,
    many.Worker: views.Worker,
    many.Workers: server.Workers,
    many.Hit: content.Hit,
    many.Hits: content.Hits,
    many.Passage: reads.ChunkText,
    many.ContentPage: content.ContentPage,
    many.RetryPage: server_many.RetryPage,
    many.Diagnostic: diagnostics.Diagnostic,
    audit.AuditActor: record.ActorNote,
    audit.AuditTarget: record.Target,
    audit.AuditEvent: content.AuditRow,
    audit.AuditPage: content.AuditList,
    audit.Seal: content.Seal,
    persons.PersonRow: accounts.Member,
    persons.PeoplePage: server.People,
    persons.Account: accounts.Account,
    persons.Grant: accounts.Grant,
    persons.LinkedIdentity: accounts.LinkedIdentity,
    persons.PersonDetail: operations_accounts.AccountDetail,
    persons.PersonAdded: operations_people.PersonAdded,
    persons.RoleChanged: operations_people.RoleChanged,
    persons.PersonDisabled: server.PersonDisabled,
    persons.ContentGiven: server.ContentGiven,
    persons.SignInLink: server.SignInLink,
    persons.Session: people.Session,
    persons.Sessions: server.Sessions,
    persons.Token: people.ApiToken,
    persons.Tokens: server.Tokens,
    persons.Revoked: sessions.Revoked,
    outward.Channel: channels.Channel,
    outward.Channels: server_channels.Channels,
    outward.ChannelSet: operations_channels.ChannelSet,
    outward.ChannelTested: operations_channels.ChannelTested,
    outward.Try: outbox.Try,
    outward.Delivery: outbox.Delivery,
    outward.DeliveryPage: server_channels.Deliveries,
    outward.System: rerun_calls.System,
    outward.Systems: server_systems.Systems,
    outward.SystemSet: systems.SystemSet,
    pulse.Spans: operations_pulse.Spans,
    pulse.Figures: operations_pulse.Figures,
    pulse.Bar: operations_pulse.Bar,
    pulse.Waiting: ledger_pulse.Waiting,
    pulse.PipelineFigures: operations_pulse.PipelineFigures,
    pulse.Doing: ledger_pulse.Doing,
    pulse.WorkerNow: operations_pulse.WorkerNow,
    pulse.Pulse: operations_pulse.Pulse,
    pulse.Limit: pipelines.Limit,
    pulse.StepLimits: pipelines.StepLimits,
    pulse.Pipeline: pipelines.PipelineState,
    pulse.Pipelines: server.Pipelines,
}


@pytest.mark.parametrize("ours", PAIRS, ids=lambda ours: ours.__name__)
def test_a_shape_has_the_members_of_the_servers(ours: type[msgspec.Struct]) -> None:
    theirs = {entry.encode_name for entry in msgspec.structs.fields(PAIRS[ours])}
    assert {entry.encode_name for entry in msgspec.structs.fields(ours)} == theirs


def test_every_shape_has_its_pair() -> None:
    shown = [value for module in (client, standing, many, audit, persons, outward, pulse) for value in vars(module).values()]
    made = {value for value in shown if isinstance(value, type) and issubclass(value, msgspec.Struct)}
    assert made == PAIRS.keys() | {client.Changed}


def test_what_lets_somebody_in_is_in_no_text() -> None:
    id, secret = UUID(int=1), "hunter2"
    now = datetime(2026, 1, 1, tzinfo=UTC)
    given = (
        persons.PersonAdded(id=id, login="ana", role="viewer", link_secret=secret, audit_event_id=id),
        persons.SignInLink(person_id=id, link=secret, audit_event_id=id),
        outward.System(namespace="etl", url=f"https://x.test/{secret}", secret_ref="env:X", polled_at=None, created_at=now),
    )
    assert [secret in repr(one) for one in given] == [False] * 3
