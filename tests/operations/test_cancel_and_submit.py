"""Submitting and cancelling: whole, on record, and at the right moment only."""

import pytest

from tests import story
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.domain.actor import Role
from tidegate.domain.lifecycle import Fenced, State
from tidegate.domain.refusals import Conflict, Forbidden, Invalid
from tidegate.ledger.attempts import Hold
from tidegate.ledger.views import JobFilter
from tidegate.operations import execution, reading
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Cancel, Item, Submit


async def test_a_submission_is_a_batch_with_jobs_in_the_order_given(services: Services) -> None:
    asking = await story.person(services, Role.POWER_USER)
    made = await story.submitted(services, "b.pdf", "a.pdf", asking=asking)
    tally = await reading.get_batch(services, asking.actor, made.batch_id)
    assert (tally.batch.job_total, tally.states, tally.batch.submitter_name) == (2, {State.QUEUED: 2}, asking.actor.name)
    assert [(await story.job(services, id)).summary.name for id in made.job_ids] == ["b.pdf", "a.pdf"]
    [event] = await story.events(services, action=AuditAction.SUBMIT)
    assert (event.id, event.body.target.id) == (made.audit_event_id, made.batch_id)
    assert event.body.after == {"pipeline": "documents", "jobs": 2, "label": "a story"}


async def test_a_viewer_submits_nothing(services: Services) -> None:
    viewer = await story.person(services, Role.VIEWER)
    with pytest.raises(Forbidden):
        await story.submitted(services, asking=viewer)
    [event] = await story.events(services, action=AuditAction.SUBMIT)
    assert event.body.outcome is AuditOutcome.DENIED
    assert not (await reading.count_jobs(services, viewer.actor, JobFilter())).states[State.QUEUED].n


@pytest.mark.parametrize(
    ("items", "pipeline", "code"),
    [([], "documents", "nothing_to_submit"), ([Item("folder", "/a", "a")], "nonsense", "unknown_pipeline")],
)
async def test_a_submission_that_makes_no_sense_is_refused(
    services: Services, items: list[Item], pipeline: str, code: str
) -> None:
    with pytest.raises(Invalid, match=code):
        await perform(services, story.OPERATOR, Submit(items, "x", pipeline))


@pytest.mark.parametrize("running", [False, True])
async def test_cancelling_ends_the_attempt_and_fences_its_worker(services: Services, running: bool) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    hold = await story.begun(services, job_id) if running else None
    cancelled = await perform(services, story.OPERATOR, Cancel(job_id, reason="wrong file"))
    job = await story.job(services, job_id)
    assert (job.summary.state, job.attempts[0].state, job.summary.audit_event_id) == (
        State.CANCELLED, State.CANCELLED, cancelled.audit_event_id,
    )  # fmt: skip
    if hold is not None:
        with pytest.raises(Fenced):
            await execution.succeed(services, hold, None)
        with pytest.raises(Fenced):
            await execution.start_step(services, hold, 1, 5, "fetch")
    with pytest.raises(Conflict, match="job_has_ended"):
        await perform(services, story.OPERATOR, Cancel(job_id))


async def test_a_cancelled_job_is_not_begun_by_a_late_ticket(services: Services) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    await perform(services, story.OPERATOR, Cancel(job_id))
    hold = Hold(job_id, 1, await story.worker(services))
    assert await execution.begin(services, hold) is None
