"""The client's shapes are the server's, member by member; none is left out."""

import msgspec
import pytest

from tidegate.api import content_shapes as content
from tidegate.api import many_shapes as server_many
from tidegate.api import shapes as server
from tidegate.client import many_shapes as many
from tidegate.client import shapes as client
from tidegate.client import standing_shapes as standing
from tidegate.ledger import external, reads, views
from tidegate.ledger import standing as ledger_standing
from tidegate.operations import acknowledging, bulk_retry, jobs
from tidegate.operations import standing as operations_standing
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
}


@pytest.mark.parametrize("ours", PAIRS, ids=lambda ours: ours.__name__)
def test_a_shape_has_the_members_of_the_servers(ours: type[msgspec.Struct]) -> None:
    theirs = {entry.encode_name for entry in msgspec.structs.fields(PAIRS[ours])}
    assert {entry.encode_name for entry in msgspec.structs.fields(ours)} == theirs


def test_every_shape_has_its_pair() -> None:
    shown = {**vars(client), **vars(standing), **vars(many)}
    made = {value for value in shown.values() if isinstance(value, type) and issubclass(value, msgspec.Struct)}
    assert made == PAIRS.keys() | {client.Changed}
