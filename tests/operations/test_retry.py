"""`ingestion.retry`: allowed, forbidden, in conflict, repeated, and always on record."""

import asyncio
from dataclasses import replace

import pytest

from tests import story
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.domain.actor import ANONYMOUS, ActorKind, Permission, Role
from tidegate.domain.failures import CATALOGUE, Failure, FailureCode
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Origin, RetryMode, State
from tidegate.domain.refusals import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from tidegate.ledger.attempts import FinishedStep
from tidegate.operations import execution
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.jobs import Retry
from tidegate.operations.people import ChangeRole


@pytest.mark.parametrize("role", [Role.POWER_USER, Role.ADMIN])
async def test_a_power_user_and_above_retry_and_both_sides_know_it(services: Services, role: Role) -> None:
    job_id = await story.failed(services)
    asking = replace(await story.person(services, role), request_id="req-1")
    retried = await perform(services, asking, Retry(job_id, reason="fixed at the source"))

    job = await story.job(services, job_id)
    newest = job.attempts[0]
    assert (job.summary.state, job.summary.attempt_no, retried.attempt_no) == (State.QUEUED, 2, 2)
    assert (newest.origin, newest.retry_of, newest.requested_by, newest.reason) == (
        Origin.PERSON, 1, asking.actor.name, "fixed at the source",
    )  # fmt: skip
    assert newest.audit_event_id == retried.audit_event_id == job.summary.audit_event_id

    [event] = await story.events(services, action=AuditAction.RETRY)
    body = event.body
    assert (event.id, body.target.id, body.outcome, body.reason, body.request_id) == (
        retried.audit_event_id, job_id, AuditOutcome.ALLOWED, "fixed at the source", "req-1",
    )  # fmt: skip
    assert (body.actor.id, body.actor.name, body.actor.role) == (asking.actor.id, asking.actor.name, role.value)
    assert body.before == {"state": "failed", "attempt": 1, "failure": "document_corrupt"}
    assert body.after == {"state": "queued", "attempt": 2, "mode": "restart"}


async def test_a_viewer_is_refused_nothing_changes_and_the_try_is_on_record(services: Services) -> None:
    job_id = await story.failed(services)
    viewer = await story.person(services, Role.VIEWER)
    with pytest.raises(Forbidden) as refused:
        await perform(services, viewer, Retry(job_id, reason="please"))
    assert refused.value.facts["needs"] == "power_user"
    assert (await story.job(services, job_id)).summary.version == (await story.job(services, job_id)).summary.version == 3
    [event] = await story.events(services, action=AuditAction.RETRY)
    assert (event.body.outcome, event.body.actor.id, event.body.target.id, event.body.reason) == (
        AuditOutcome.DENIED, viewer.actor.id, job_id, "please",
    )  # fmt: skip
    assert len((await story.job(services, job_id)).attempts) == 1


async def test_nobody_is_refused_and_on_record(services: Services) -> None:
    job_id = await story.failed(services)
    with pytest.raises(Unauthenticated):
        await perform(services, Asking(ANONYMOUS), Retry(job_id))
    [event] = await story.events(services, action=AuditAction.RETRY)
    assert (event.body.outcome, event.body.actor.kind) == (AuditOutcome.DENIED, ActorKind.ANONYMOUS.value)


async def test_a_role_taken_away_holds_at_once_whatever_the_session_says(services: Services) -> None:
    job_id = await story.failed(services)
    asking = await story.person(services, Role.POWER_USER)
    assert asking.actor.id is not None
    await perform(services, story.OPERATOR, ChangeRole(asking.actor.id, Role.VIEWER))
    with pytest.raises((Forbidden, Conflict)) as refused:
        await perform(services, asking, Retry(job_id))
    assert isinstance(refused.value, Forbidden)


async def test_a_token_may_do_no_more_than_its_scopes(services: Services) -> None:
    job_id = await story.failed(services)
    asking = await story.person(services, Role.ADMIN)
    narrowed = replace(asking.actor, kind=ActorKind.TOKEN, scopes=frozenset({Permission.JOB_READ}))
    with pytest.raises(Forbidden):
        await perform(services, Asking(narrowed), Retry(job_id))


async def test_retried_at_once_by_many_there_is_one_attempt_and_one_event(services: Services) -> None:
    job_id = await story.failed(services)
    results = await asyncio.gather(*(perform(services, story.OPERATOR, Retry(job_id)) for _ in range(8)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, Conflict)]
    assert len(refused) == 7
    assert all(refusal.facts["state"] == "queued" for refusal in refused)
    assert len((await story.job(services, job_id)).attempts) == 2
    assert len(await story.events(services, action=AuditAction.RETRY)) == 1


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.SUCCEEDED])
async def test_only_a_failed_job_is_retried(services: Services, state: State) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    if state is not State.QUEUED:
        hold = await story.begun(services, job_id)
        if state is State.SUCCEEDED:
            await execution.succeed(services, hold, None)
    with pytest.raises(Conflict) as refused:
        await perform(services, story.OPERATOR, Retry(job_id))
    assert (refused.value.code, refused.value.facts["state"]) == ("job_not_failed", state.value)
    assert not await story.events(services, action=AuditAction.RETRY)


@pytest.mark.parametrize("code", [code for code in FailureCode if not CATALOGUE[code].by_person])
async def test_what_no_plain_retry_may_follow(services: Services, code: FailureCode) -> None:
    job_id = await story.failed(services, code)
    with pytest.raises(Conflict) as refused:
        await perform(services, story.OPERATOR, Retry(job_id))
    assert refused.value.code == "not_retryable"


async def test_an_unknown_job_a_stale_look_and_an_endless_reason(services: Services) -> None:
    job_id = await story.failed(services)
    with pytest.raises(NotFound):
        await perform(services, story.OPERATOR, Retry(new_id()))
    with pytest.raises(Conflict, match="job_changed"):
        await perform(services, story.OPERATOR, Retry(job_id, expected_version=1))
    with pytest.raises(Invalid, match="reason_too_long"):
        await perform(services, story.OPERATOR, Retry(job_id, reason="x" * 501))
    assert (await perform(services, story.OPERATOR, Retry(job_id, expected_version=3))).attempt_no == 2


async def test_the_same_key_gets_the_same_answer_and_another_request_under_it_is_refused(services: Services) -> None:
    job_id, other_id = await story.failed(services), await story.failed(services)
    asking = replace(await story.person(services, Role.POWER_USER), idempotency_key="k-1")
    first, again = await asyncio.gather(*(perform(services, asking, Retry(job_id, reason="once")) for _ in range(2)))
    assert first == again
    assert len(await story.events(services, action=AuditAction.RETRY)) == 1
    with pytest.raises(Conflict, match="idempotency_key_reused"):
        await perform(services, asking, Retry(other_id, reason="once"))
    somebody_else = replace(await story.person(services, Role.POWER_USER), idempotency_key="k-1")
    assert (await perform(services, somebody_else, Retry(other_id))).job_id == other_id


@pytest.mark.parametrize(("mode", "kept"), [(RetryMode.RESUME, ["fetch"]), (RetryMode.RESTART, [])])
async def test_a_retry_resumes_after_the_last_finished_step_or_starts_over(
    services: Services, mode: RetryMode, kept: list[str]
) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    hold = await story.begun(services, job_id)
    await execution.start_step(services, hold, 1, 5, "fetch")
    await execution.start_step(services, hold, 2, 5, "identify", FinishedStep(1, "fetch", b"kept"))
    await execution.fail(services, hold, Failure(FailureCode.DOCUMENT_CORRUPT), "")
    await perform(services, story.OPERATOR, Retry(job_id, mode))
    worker_id = await story.worker(services)
    claim = await execution.begin(services, replace(hold, attempt_no=2, worker_id=worker_id))
    assert claim is not None
    assert [checkpoint.name for checkpoint in claim.checkpoints] == kept
    steps = [(step.attempt_no, step.name, step.state) for step in (await story.job(services, job_id)).steps]
    assert steps == [(1, "fetch", State.SUCCEEDED), (1, "identify", State.FAILED)]


@pytest.mark.parametrize(
    ("code", "mode"), [(FailureCode.DOCUMENT_CORRUPT, RetryMode.RESTART), (FailureCode.SOURCE_FORBIDDEN, RetryMode.RESUME)]
)
async def test_without_a_mode_the_failure_decides_where_a_retry_begins(
    services: Services, code: FailureCode, mode: RetryMode
) -> None:
    """A document that was bad is fetched anew: resuming would meet the same bytes however often it is mended."""
    job_id = await story.failed(services, code)
    assert (await perform(services, story.OPERATOR, Retry(job_id))).mode is mode
    assert (await story.job(services, job_id)).attempts[0].restart is (mode is RetryMode.RESTART)
