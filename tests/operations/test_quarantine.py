"""A job that costs worker after worker is tried once more alone, then quarantined; only an administrator releases it."""

import pytest

from tests import story
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.domain.actor import Role
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import Origin, State
from tidegate.domain.refusals import Conflict, Forbidden, Invalid
from tidegate.ledger.attempts import Hold
from tidegate.operations import execution
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Retry
from tidegate.operations.releasing import Release


async def loses_a_worker(services: Services, job_id: object, attempt_no: int) -> bool:
    """Begin an attempt and lose its worker; tell whether the attempt had to be alone."""
    worker_id = await story.worker(services)
    claim = await execution.begin(services, Hold(job_id, attempt_no, worker_id))  # type: ignore[arg-type]
    assert claim is not None
    await execution.dismiss(services, worker_id)
    assert await execution.reap(services) == 1
    return claim.alone


async def quarantined(services: Services) -> object:
    job_id = (await story.submitted(services)).job_ids[0]
    assert [await loses_a_worker(services, job_id, n) for n in (1, 2, 3)] == [False, False, True]
    return job_id


async def test_two_lost_workers_are_forgiven_the_third_attempt_is_alone_and_the_last(services: Services) -> None:
    job = await story.job(services, await quarantined(services))  # type: ignore[arg-type]
    assert (job.summary.state, job.summary.failure_code) == (State.FAILED, FailureCode.QUARANTINED)
    assert [(a.state, a.failure_code, a.origin) for a in job.attempts] == [
        (State.FAILED, FailureCode.WORKER_LOST, Origin.WORKER_LOST),
        (State.FAILED, FailureCode.WORKER_LOST, Origin.WORKER_LOST),
        (State.FAILED, FailureCode.WORKER_LOST, Origin.SUBMITTED),
    ]
    with pytest.raises(Conflict) as refused:
        await perform(services, story.OPERATOR, Retry(job.summary.id))
    assert refused.value.code == "not_retryable"


async def test_an_administrator_releases_it_and_its_losses_count_anew(services: Services) -> None:
    job_id = await quarantined(services)
    admin = await story.person(services, Role.ADMIN)
    released = await perform(services, admin, Release(job_id, "the parser was mended"))  # type: ignore[arg-type]
    job = await story.job(services, job_id)  # type: ignore[arg-type]
    assert (job.summary.state, job.summary.attempt_no, released.attempt_no) == (State.QUEUED, 4, 4)
    [event] = await story.events(services, action=AuditAction.RELEASE)
    assert (event.id, event.body.target.id, event.body.reason) == (released.audit_event_id, job_id, "the parser was mended")
    assert await loses_a_worker(services, job_id, 4) is False
    assert (await story.job(services, job_id)).summary.state is State.QUEUED  # type: ignore[arg-type]


async def test_a_power_user_may_not_and_that_is_on_record(services: Services) -> None:
    job_id = await quarantined(services)
    asking = await story.person(services, Role.POWER_USER)
    with pytest.raises(Forbidden):
        await perform(services, asking, Release(job_id, "please"))  # type: ignore[arg-type]
    [event] = await story.events(services, action=AuditAction.RELEASE)
    assert event.body.outcome is AuditOutcome.DENIED


async def test_only_what_is_in_quarantine_is_released_and_only_with_a_reason(services: Services) -> None:
    with pytest.raises(Conflict) as refused:
        await perform(services, story.OPERATOR, Release(await story.failed(services), "why not"))
    assert refused.value.code == "not_quarantined"
    with pytest.raises(Invalid):
        await perform(services, story.OPERATOR, Release(await quarantined(services), " "))  # type: ignore[arg-type]
