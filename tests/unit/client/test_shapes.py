"""The client's shapes are the server's, member by member; what differs is named here."""

import msgspec
import pytest

from tidegate.api import shapes as server
from tidegate.client import shapes as client
from tidegate.ledger import views
from tidegate.operations import jobs
from tidegate.web.actions import Action

LEFT_OUT = {"JobDetail": {"standing"}}
"""What a client has no shape for yet."""

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
    client.Count: views.Count,
    client.JobPage: server.JobPage,
    client.Submission: views.Batch,
    client.Batch: server.BatchDetail,
    client.Submitted: jobs.Submitted,
    client.Retried: jobs.Retried,
    client.Cancelled: jobs.Cancelled,
    client.Me: server.Me,
}


@pytest.mark.parametrize("ours", PAIRS, ids=lambda ours: ours.__name__)
def test_a_shape_has_the_members_of_the_servers(ours: type[msgspec.Struct]) -> None:
    theirs = {entry.encode_name for entry in msgspec.structs.fields(PAIRS[ours])}
    assert {entry.encode_name for entry in msgspec.structs.fields(ours)} == theirs - LEFT_OUT.get(ours.__name__, set())


def test_every_shape_has_its_pair() -> None:
    made = {value for value in vars(client).values() if isinstance(value, type) and issubclass(value, msgspec.Struct)}
    assert made == PAIRS.keys() | {client.Changed}
