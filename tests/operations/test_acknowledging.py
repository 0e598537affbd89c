"""`ingestion.acknowledge`: with a reason, undoable, on record, and over when the job is retried."""

import pytest
from psycopg import errors

from tests import story
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.db.connect import transaction
from tidegate.domain.actor import Role
from tidegate.domain.failures import FailureCode
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Attention, State
from tidegate.domain.refusals import Conflict, Forbidden, Invalid, NotFound
from tidegate.ledger import acknowledging as stored
from tidegate.ledger.views import JobFilter
from tidegate.operations import acknowledging, causes, reading
from tidegate.operations.acknowledging import Acknowledge, AcknowledgeMany, Unacknowledge
from tidegate.operations.causes import Window
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Retry


async def test_a_failure_is_acknowledged_with_its_reason_and_that_can_be_taken_back(services: Services) -> None:
    job_id = await story.failed(services)
    asking = await story.person(services, Role.POWER_USER)
    before = (await story.job(services, job_id)).summary
    said = await perform(services, asking, Acknowledge(job_id, "a template, not a document", before.version))
    job = (await story.job(services, job_id)).summary
    assert (job.state, job.attention, job.acknowledged_by, job.acknowledged_reason, job.audit_event_id) == (
        State.FAILED, Attention.ACKNOWLEDGED, asking.actor.name, "a template, not a document", said.audit_event_id,
    )  # fmt: skip
    assert job.version == before.version + 1
    undone = await perform(services, asking, Unacknowledge(job_id, "it is one after all"))
    job = (await story.job(services, job_id)).summary
    assert (job.attention, job.acknowledged_at, job.audit_event_id) == (Attention.UNRESOLVED, None, undone.audit_event_id)
    [first] = await story.events(services, action=AuditAction.ACKNOWLEDGE)
    [second] = await story.events(services, action=AuditAction.UNACKNOWLEDGE)
    assert (first.id, first.body.after) == (said.audit_event_id, {"attention": "acknowledged"})
    assert (second.id, second.body.reason) == (undone.audit_event_id, "it is one after all")


async def test_a_viewer_is_refused_and_that_is_on_record(services: Services) -> None:
    job_id = await story.failed(services)
    viewer = await story.person(services, Role.VIEWER)
    for command in (Acknowledge(job_id, "never mind"), Unacknowledge(job_id), AcknowledgeMany(JobFilter(), "never mind")):
        with pytest.raises(Forbidden):
            await perform(services, viewer, command)
    assert (await story.job(services, job_id)).summary.attention is Attention.UNRESOLVED
    assert [event.body.outcome for event in await story.events(services, actor_id=viewer.actor.id)] == [AuditOutcome.DENIED] * 3


async def test_what_cannot_be_acknowledged_is_said(services: Services) -> None:
    waiting = (await story.submitted(services)).job_ids[0]
    failed = await story.failed(services)
    for command, code in (
        (Acknowledge(waiting, "why not"), "job_not_failed"),
        (Unacknowledge(failed), "not_acknowledged"),
        (Acknowledge(failed, "why not", expected_version=1), "job_changed"),
        (AcknowledgeMany(JobFilter(pipeline="elsewhere"), "why not"), "nothing_to_acknowledge"),
        (AcknowledgeMany(JobFilter(), "why not", expected=0), "set_changed"),
    ):
        with pytest.raises(Conflict) as refused:
            await perform(services, story.OPERATOR, command)
        assert refused.value.code == code
    for reason in ("", " ", "x" * 501):
        with pytest.raises(Invalid):
            await perform(services, story.OPERATOR, Acknowledge(failed, reason))
    with pytest.raises(NotFound):
        await perform(services, story.OPERATOR, Acknowledge(new_id(), "why not"))
    await perform(services, story.OPERATOR, Acknowledge(failed, "why not"))
    with pytest.raises(Conflict) as refused:
        await perform(services, story.OPERATOR, Acknowledge(failed, "twice"))
    assert refused.value.code == "already_acknowledged"


async def test_a_retry_ends_the_acknowledgement(services: Services) -> None:
    job_id = await story.failed(services)
    await perform(services, story.OPERATOR, Acknowledge(job_id, "known"))
    await perform(services, story.OPERATOR, Retry(job_id))
    job = (await story.job(services, job_id)).summary
    assert (job.attention, job.acknowledged_by, job.acknowledged_reason) == (Attention.RETRYING, None, None)


async def test_many_are_acknowledged_at_once_each_on_record(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [await story.failed(services, FailureCode.DOCUMENT_EMPTY) for _ in range(3)]
    other = await story.failed(services)
    narrowed = JobFilter(failure_code=FailureCode.DOCUMENT_EMPTY)
    done = await perform(services, story.OPERATOR, AcknowledgeMany(narrowed, "empty templates", expected=3))
    assert done.jobs == 3
    events = await story.events(services, action=AuditAction.ACKNOWLEDGE)
    assert {event.body.target.id for event in events} == set(ids)
    assert {event.body.parent_id for event in events} == {done.audit_event_id}
    assert (await story.job(services, other)).summary.attention is Attention.UNRESOLVED
    monkeypatch.setattr(acknowledging, "ACKNOWLEDGE_LIMIT", 0)
    with pytest.raises(Invalid, match="too_many_jobs"):
        await perform(services, story.OPERATOR, AcknowledgeMany(JobFilter(), "all"))


async def test_the_database_refuses_one_without_its_audit_event(services: Services) -> None:
    job_id = await story.failed(services)
    old_event = (await story.job(services, job_id)).summary.audit_event_id
    with pytest.raises(errors.IntegrityConstraintViolation, match="acknowledgement without its audit event"):
        async with transaction(services.pool) as connection:
            await stored.acknowledge(connection, [(job_id, old_event)], acknowledged_by="nobody", reason="none")


async def test_a_causes_numbers_are_those_of_its_list(services: Services) -> None:
    for _ in range(2):
        await story.failed(services, FailureCode.DOCUMENT_EMPTY)
    await perform(services, story.OPERATOR, Acknowledge(await story.failed(services), "known"))
    viewer = await story.person(services, Role.VIEWER)
    for window in Window:
        seen = await causes.list_causes(services, viewer.actor, window)
        assert [(cause.key.failure_code, cause.unresolved, cause.acknowledged, cause.happened) for cause in seen.causes] == [
            (FailureCode.DOCUMENT_EMPTY, 2, 0, 2), (FailureCode.DOCUMENT_CORRUPT, 0, 1, 1),
        ]  # fmt: skip
        for cause in seen.causes:
            assert (cause.series[-1], sum(cause.series), len(cause.series)) == (cause.happened, cause.happened, window.slots)
            for kind, n in ((Attention.UNRESOLVED, cause.unresolved), (Attention.ACKNOWLEDGED, cause.acknowledged)):
                narrowed = causes.jobs_of(cause.key, seen.since, kind)
                assert len((await reading.list_jobs(services, viewer.actor, narrowed)).jobs) == n
                assert (await reading.count_jobs(services, viewer.actor, narrowed)).attention[kind].n == n
    assert (await causes.list_causes(services, viewer.actor, Window.ALL, pipeline="elsewhere")).causes == []
