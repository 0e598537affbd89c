"""`ingestion.retry_many`: previewed, frozen, worked off in pieces, each job on record, and survived by nothing but its end."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import psycopg
import pytest

from tests import story
from tidegate.audit import browse
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.db.connect import transaction
from tidegate.domain.actor import Role
from tidegate.domain.failures import FailureCode
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Attention, RetryMode, State
from tidegate.domain.refusals import Conflict, Forbidden, Invalid, NotFound
from tidegate.ledger import bulk
from tidegate.ledger.bulk import BulkRetry, Verdict, Why
from tidegate.ledger.views import JobFilter
from tidegate.operations import bulk_retry, bulk_working, reading
from tidegate.operations.acknowledging import Acknowledge
from tidegate.operations.bulk_retry import RetryMany
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.jobs import Cancel, Retry
from tidegate.operations.people import ChangeRole

ENCRYPTED = JobFilter(failure_code=FailureCode.DOCUMENT_ENCRYPTED)


async def some_failed(services: Services, n: int = 3) -> list[object]:
    return [await story.failed(services, FailureCode.DOCUMENT_ENCRYPTED, f"{i}.pdf") for i in range(n)]


async def worked_off(services: Services, retry: BulkRetry) -> BulkRetry:
    while await bulk_working.work_piece(services):
        pass
    return await bulk_retry.get(services, story.OPERATOR.actor, retry.id)


async def test_every_job_of_the_filter_is_retried_under_an_event_of_its_own(services: Services) -> None:
    ids = await some_failed(services)
    other = await story.failed(services)
    asking = replace(await story.person(services, Role.POWER_USER), request_id="req-9")
    asked = await perform(services, asking, RetryMany(ENCRYPTED, "the keys are here"))
    assert (asked.total, asked.waiting, asked.finished_at) == (3, 3, None)
    done = await worked_off(services, asked)

    assert (done.retried, done.skipped, done.refused, done.left_out, done.waiting) == (3, 0, 0, 0, 0)
    assert done.finished_at is not None
    [parent] = await story.events(services, action=AuditAction.RETRY_MANY)
    assert (parent.id, parent.body.target.id, parent.body.reason) == (asked.audit_event_id, asked.id, "the keys are here")
    assert parent.body.after == {"failure_code": "document_encrypted", "jobs": 3, "left_out": 0, "mode": None}
    children = {event.body.target.id: event for event in await story.events(services, action=AuditAction.RETRY)}
    assert set(children) == set(ids)
    for id in ids:
        job = await story.job(services, id)  # type: ignore[arg-type]
        event = children[id]  # type: ignore[index]
        newest = job.attempts[0]
        assert (job.summary.state, job.summary.attempt_no, job.summary.audit_event_id) == (State.QUEUED, 2, event.id)
        assert (newest.audit_event_id, newest.requested_by, newest.reason) == (event.id, asking.actor.name, "the keys are here")
        assert (event.body.parent_id, event.body.request_id, event.body.actor.id) == (parent.id, "req-9", asking.actor.id)
        assert event.body.before == {"state": "failed", "attempt": 1, "failure": "document_encrypted"}
        assert event.body.after == {"state": "queued", "attempt": 2, "mode": "restart"}
    assert (await story.job(services, other)).summary.state is State.FAILED


async def test_only_what_failed_is_frozen(services: Services) -> None:
    failed = await story.failed(services)
    cancelled = (await story.submitted(services)).job_ids[0]
    await perform(services, story.OPERATOR, Cancel(cancelled))
    asked = await perform(services, story.OPERATOR, RetryMany(JobFilter(), "again"))
    frozen = await bulk_retry.list_items(services, story.OPERATOR.actor, asked.id)
    assert (asked.total, [one.job_id for one in frozen]) == (1, [failed])


async def test_a_preview_tells_the_set_and_changes_nothing(services: Services) -> None:
    await some_failed(services)
    known = await story.failed(services, FailureCode.DOCUMENT_ENCRYPTED)
    await perform(services, story.OPERATOR, Acknowledge(known, "never to be opened"))
    await story.failed(services, FailureCode.MALWARE_DETECTED)
    before = await story.events(services)
    seen = await bulk_retry.preview(services, story.OPERATOR.actor, JobFilter())
    assert seen.will_retry == 3
    assert [(plan.mode, plan.step, plan.n) for plan in seen.plans] == [(RetryMode.RESTART, "", 3)]
    assert {(out.why, out.failure_code, out.n) for out in seen.left_out} == {
        (Why.ACKNOWLEDGED, FailureCode.DOCUMENT_ENCRYPTED, 1), (Why.NOT_RETRYABLE, FailureCode.MALWARE_DETECTED, 1),
    }  # fmt: skip
    assert [job.name for job in seen.sample] == ["2.pdf", "1.pdf", "0.pdf"]
    assert await story.events(services) == before

    asked = await perform(services, story.OPERATOR, RetryMany(JobFilter(), "again", as_of=seen.as_of, expected=seen.will_retry))
    done = await worked_off(services, asked)
    assert (done.total, done.retried, done.left_out) == (5, seen.will_retry, 2)
    items = await bulk_retry.list_items(services, story.OPERATOR.actor, asked.id, verdict=Verdict.LEFT_OUT)
    assert {item.why for item in items} == {Why.ACKNOWLEDGED, Why.NOT_RETRYABLE}


async def test_resuming_is_told_by_the_step_that_runs_again(services: Services) -> None:
    await story.failed(services, FailureCode.INTERNAL)
    await story.failed(services, FailureCode.PARSE_TIMEOUT)
    seen = await bulk_retry.preview(services, story.OPERATOR.actor, JobFilter(), RetryMode.RESUME)
    assert {(plan.mode, plan.step) for plan in seen.plans} <= {(RetryMode.RESUME, "")}


async def test_what_fails_after_the_preview_is_not_retried_with_it(services: Services) -> None:
    await some_failed(services, 1)
    seen = await bulk_retry.preview(services, story.OPERATOR.actor, ENCRYPTED)
    late = await story.failed(services, FailureCode.DOCUMENT_ENCRYPTED)
    asked = await perform(services, story.OPERATOR, RetryMany(ENCRYPTED, "again", as_of=seen.as_of, expected=1))
    assert (await worked_off(services, asked)).retried == 1
    assert (await story.job(services, late)).summary.state is State.FAILED


async def test_more_than_was_shown_is_a_conflict_that_freezes_nothing(services: Services) -> None:
    await some_failed(services, 2)
    with pytest.raises(Conflict) as refused:
        await perform(services, story.OPERATOR, RetryMany(ENCRYPTED, "again", expected=1))
    assert (refused.value.code, refused.value.facts["now"]) == ("set_changed", 2)
    assert await bulk_retry.list_bulk(services, story.OPERATOR.actor) == []
    assert await story.events(services, action=AuditAction.RETRY_MANY) == []


async def test_what_changed_between_freezing_and_its_turn_is_skipped(services: Services) -> None:
    first, *_ = await some_failed(services)
    asked = await perform(services, story.OPERATOR, RetryMany(ENCRYPTED, "again"))
    await perform(services, story.OPERATOR, Retry(first))  # type: ignore[arg-type]
    done = await worked_off(services, asked)
    assert (done.retried, done.skipped) == (2, 1)
    [item] = await bulk_retry.list_items(services, story.OPERATOR.actor, asked.id, verdict=Verdict.SKIPPED)
    assert (item.job_id, item.why) == (first, Why.NO_LONGER_FAILED)
    assert len((await story.job(services, first)).attempts) == 2  # type: ignore[arg-type]
    assert await bulk_retry.outcomes(services, story.OPERATOR.actor, done) == {"retrying": 2}


async def test_a_server_that_dies_in_the_middle_loses_and_doubles_nothing(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await some_failed(services, 5)
    monkeypatch.setattr(bulk_working, "PIECE", 2)
    asked = await perform(services, story.OPERATOR, RetryMany(ENCRYPTED, "again"))
    assert await bulk_working.work_piece(services)
    with pytest.raises(ConnectionError):
        async with transaction(services.pool) as connection:
            retry = await bulk.take_unfinished(connection)
            assert retry is not None
            await bulk_working._work(services, connection, retry, story.OPERATOR.actor)
            raise ConnectionError
    halfway = await bulk_retry.get(services, story.OPERATOR.actor, asked.id)
    assert (halfway.retried, halfway.waiting) == (2, 3)
    done = await worked_off(services, asked)
    assert (done.retried, done.skipped) == (5, 0)
    assert [len((await story.job(services, id)).attempts) for id in ids] == [2] * 5  # type: ignore[arg-type]
    assert len(await story.events(services, action=AuditAction.RETRY)) == 5


async def test_several_servers_share_the_work_and_none_retries_twice(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    await some_failed(services, 6)
    await story.failed(services)
    monkeypatch.setattr(bulk_working, "PIECE", 2)
    both = [
        await perform(services, story.OPERATOR, RetryMany(ENCRYPTED, "one")),
        await perform(services, story.OPERATOR, RetryMany(JobFilter(), "two")),
    ]

    async def server() -> None:
        while await bulk_working.work_piece(services):
            pass

    await asyncio.gather(*(server() for _ in range(4)))
    one, two = [await worked_off(services, retry) for retry in both]
    assert one.waiting == two.waiting == 0
    assert (one.retried + two.retried, one.skipped + two.skipped) == (7, 6)
    assert len(await story.events(services, action=AuditAction.RETRY)) == 7


async def test_a_role_that_was_lost_ends_what_it_began_and_that_is_on_record(services: Services) -> None:
    await some_failed(services)
    asking = await story.person(services, Role.POWER_USER)
    asked = await perform(services, asking, RetryMany(ENCRYPTED, "again"))
    assert asking.actor.id is not None
    await perform(services, story.OPERATOR, ChangeRole(asking.actor.id, Role.VIEWER))
    done = await worked_off(services, asked)
    assert (done.retried, done.refused) == (0, 3)
    assert done.finished_at is not None
    denied = (await story.events(services, action=AuditAction.RETRY_MANY))[0]
    assert (denied.body.outcome, denied.body.parent_id) == (AuditOutcome.DENIED, asked.audit_event_id)
    assert denied.body.after == {"refusal": "forbidden", "jobs": 3}
    assert await story.events(services, action=AuditAction.RETRY) == []


async def test_a_viewer_neither_previews_nor_retries(services: Services) -> None:
    await some_failed(services, 1)
    viewer = await story.person(services, Role.VIEWER)
    with pytest.raises(Forbidden):
        await bulk_retry.preview(services, viewer.actor, ENCRYPTED)
    with pytest.raises(Forbidden):
        await perform(services, viewer, RetryMany(ENCRYPTED, "please"))
    [event] = await story.events(services, action=AuditAction.RETRY_MANY)
    assert (event.body.outcome, event.body.reason) == (AuditOutcome.DENIED, "please")


@pytest.mark.parametrize(("reason", "code"), [("", "reason_missing"), ("  ", "reason_missing"), ("x" * 501, "reason_too_long")])
async def test_a_retry_of_many_needs_a_reason(services: Services, reason: str, code: str) -> None:
    await some_failed(services, 1)
    with pytest.raises(Invalid) as refused:
        await perform(services, story.OPERATOR, RetryMany(ENCRYPTED, reason))
    assert refused.value.code == code


async def test_nothing_to_retry_is_said(services: Services) -> None:
    with pytest.raises(Conflict) as refused:
        await perform(services, story.OPERATOR, RetryMany(ENCRYPTED, "again"))
    assert refused.value.code == "nothing_to_retry"
    with pytest.raises(NotFound):
        await bulk_retry.get(services, story.OPERATOR.actor, new_id())


async def test_a_moment_that_is_still_to_come_is_now(services: Services) -> None:
    await some_failed(services, 1)
    far = datetime.max.replace(tzinfo=timezone(timedelta(hours=-12)))
    asked = await perform(services, story.OPERATOR, RetryMany(ENCRYPTED, "again", as_of=far))
    assert asked.as_of == asked.created_at
    assert (await bulk_retry.get(services, story.OPERATOR.actor, asked.id)).total == 1


async def test_a_filter_of_endless_words_is_refused(services: Services) -> None:
    with pytest.raises(Invalid) as refused:
        await perform(services, story.OPERATOR, RetryMany(JobFilter(submitter="x" * 201), "again"))
    assert refused.value.code == "filter_too_long"


async def test_too_many_are_refused_whole(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    await some_failed(services, 3)
    monkeypatch.setattr(bulk_retry, "BULK_LIMIT", 2)
    with pytest.raises(Invalid, match="too_many_jobs"):
        await bulk_retry.preview(services, story.OPERATOR.actor, ENCRYPTED)
    with pytest.raises(Invalid, match="too_many_jobs"):
        await perform(services, story.OPERATOR, RetryMany(ENCRYPTED, "again"))
    assert await bulk_retry.list_bulk(services, story.OPERATOR.actor) == []


async def test_a_repetition_with_the_same_key_freezes_once(services: Services) -> None:
    await some_failed(services)
    asking = Asking((await story.person(services, Role.POWER_USER)).actor, idempotency_key="k-1")
    first = await perform(services, asking, RetryMany(ENCRYPTED, "again"))
    second = await perform(services, asking, RetryMany(ENCRYPTED, "again"))
    assert first.id == second.id
    assert len(await bulk_retry.list_bulk(services, story.OPERATOR.actor)) == 1


async def test_acknowledged_failures_go_only_when_they_are_asked_for(services: Services) -> None:
    kept = await story.failed(services)
    await perform(services, story.OPERATOR, Acknowledge(kept, "known"))
    with pytest.raises(Conflict):
        await perform(services, story.OPERATOR, RetryMany(JobFilter(), "again"))
    asked = await perform(services, story.OPERATOR, RetryMany(JobFilter(attention=Attention.ACKNOWLEDGED), "again after all"))
    assert (await worked_off(services, asked)).retried == 1
    job = (await story.job(services, kept)).summary
    assert (job.attention, job.acknowledged_at) == (Attention.RETRYING, None)


async def test_a_parent_leads_to_its_children_and_knows_their_number(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    await some_failed(services)
    asked = await perform(services, story.OPERATOR, RetryMany(ENCRYPTED, "again"))
    await worked_off(services, asked)
    children = await story.events(services, parent_id=asked.audit_event_id)
    assert {event.body.action for event in children} == {AuditAction.RETRY}
    ids = [asked.audit_event_id, children[0].id]
    assert await reading.count_children(services, story.OPERATOR.actor, ids) == {asked.audit_event_id: 3}
    monkeypatch.setattr(browse, "CHILDREN_LIMIT", 1)
    assert await reading.count_children(services, story.OPERATOR.actor, ids) == {asked.audit_event_id: 2}


async def test_a_job_that_is_gone_stays_in_the_list_of_its_retry(services: Services, owner_url: str) -> None:
    first, *_ = await some_failed(services)
    asked = await perform(services, story.OPERATOR, RetryMany(ENCRYPTED, "again"))
    async with await psycopg.AsyncConnection.connect(owner_url) as owner:
        await owner.execute("DELETE FROM job WHERE id = %s", (first,))
    done = await worked_off(services, asked)
    assert (done.retried, done.refused) == (2, 1)
    [item] = await bulk_retry.list_items(services, story.OPERATOR.actor, asked.id, verdict=Verdict.REFUSED)
    assert (item.job_id, item.why, item.state, item.name) == (first, Why.GONE, None, "")
    [again] = await bulk_retry.list_items(services, story.OPERATOR.actor, asked.id, ids=[first])  # type: ignore[list-item]
    assert again == item
