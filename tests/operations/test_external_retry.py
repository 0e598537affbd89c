"""Retrying what another system runs: it is asked by a signed call after the commit, or comes asking; else it is not offered."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests import story
from tests.lineage import NAMESPACE, PIPELINE, body, event
from tests.receiver import KEY, SECRET, Receiver, receiving
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.db.connect import transaction
from tidegate.domain.actor import Role
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import Origin, RetryMode, State
from tidegate.domain.refusals import Conflict, Forbidden, Invalid, NotFound
from tidegate.ledger import news
from tidegate.ledger.bulk import Verdict, Why
from tidegate.ledger.external import Heard
from tidegate.ledger.views import JobFilter, JobSummary
from tidegate.operations import bulk_retry, bulk_working, execution, reading
from tidegate.operations.bulk_retry import RetryMany, preview
from tidegate.operations.door import Services, perform
from tidegate.operations.external.keeping import make_calls
from tidegate.operations.external.runs import receive
from tidegate.operations.external.systems import ClaimRuns, RemoveSystem, SetSystem, list_systems
from tidegate.operations.jobs import Cancel, Retry
from tidegate.operations.standing import standing
from tidegate.outbound import signing
from tidegate.outbound.sending import BACKOFF_SECONDS
from tidegate.web.actions import actions_for


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def services(services: Services) -> Services:
    """The services of a server that may call this machine."""
    return replace(services, settings=replace(services.settings, allowed_hosts=("127.0.0.1/32",)))


async def failed_elsewhere(services: Services, **own: object) -> JobSummary:
    """Tell of a run that failed and return its job."""
    run_id = uuid4()
    await receive(services, story.OPERATOR, body(event("FAIL", run_id), own=own or None))
    return (await reading.list_jobs(services, story.OPERATOR.actor, JobFilter(pipeline=PIPELINE))).jobs[0]


async def called_at(services: Services, tmp_path: Path, url: str, secret: str = SECRET) -> None:
    """Set how the system is called."""
    file = tmp_path / "secret"
    file.write_text(secret)
    await perform(services, story.OPERATOR, SetSystem(NAMESPACE, url, f"file:{file}"))


async def now(services: Services, id: UUID) -> JobSummary:
    """Return a job as it stands."""
    return (await story.job(services, id)).summary


async def asked(services: Services, id: UUID) -> Heard:
    """Return how far the call is."""
    told = await standing(services, story.OPERATOR.actor, await story.job(services, id))
    assert told is not None
    assert told.heard is not None
    return told.heard


async def test_without_a_way_to_ask_it_is_neither_offered_nor_done(services: Services) -> None:
    job, own = await failed_elsewhere(services), await story.failed(services)
    assert not actions_for(story.OPERATOR.actor, job)["retry"].allowed
    with pytest.raises(Conflict, match="cannot_be_asked") as refused:
        await perform(services, story.OPERATOR, Retry(job.id))
    assert "no way to ask" in refused.value.message
    seen = await preview(services, story.OPERATOR.actor, JobFilter(ids=(job.id, own)))
    assert (seen.will_retry, [(out.why, out.n) for out in seen.left_out]) == (1, [(Why.CANNOT_BE_ASKED, 1)])
    assert [one.id for one in seen.sample] == [own]
    made = await perform(services, story.OPERATOR, RetryMany(JobFilter(ids=(job.id, own)), "again"))
    assert await bulk_working.work_piece(services)
    items = await bulk_retry.list_items(services, story.OPERATOR.actor, made.id, verdict=Verdict.LEFT_OUT)
    assert [(item.job_id, item.why) for item in items] == [(job.id, Why.CANNOT_BE_ASKED)]
    assert (await now(services, job.id)).state is State.FAILED
    assert (await now(services, own)).state is State.QUEUED


async def test_a_retry_calls_the_system_after_the_commit_and_its_run_is_the_next_attempt(
    services: Services, tmp_path: Path, receiver: Receiver
) -> None:
    job = await failed_elsewhere(services)
    await called_at(services, tmp_path, receiver.at("/status/202"))
    assert actions_for(story.OPERATOR.actor, await now(services, job.id))["retry"].allowed
    retried = await perform(services, story.OPERATOR, Retry(job.id, reason="mended"))
    assert (retried.mode, receiver.calls, (await now(services, job.id)).state) == (RetryMode.RESTART, [], State.QUEUED)
    assert await execution.reconcile(services, grace_seconds=-1) == 0

    assert (await make_calls(services), await make_calls(services)) == (1, 0)
    [(_, head, sent)] = receiver.calls
    signing.verify(KEY, head, sent, time.time())
    told = json.loads(sent)
    assert (told["type"], told["data"]["job_id"], told["data"]["attempt"]) == ("ingestion.retry", str(job.id), 2)
    assert b"mended" not in sent
    heard = await asked(services, job.id)
    assert (heard.delivery, heard.status, heard.tries, heard.due_at) == ("delivered", 202, 1, None)

    own = {"jobId": told["data"]["job_id"], "attempt": told["data"]["attempt"]}
    run_id = uuid4()
    for kind in ("START", "COMPLETE"):
        await receive(services, story.OPERATOR, body(event(kind, run_id), own=own))
    whole = await story.job(services, job.id)
    assert (whole.summary.state, whole.attempts[0].origin, whole.attempts[0].reason) == (State.SUCCEEDED, Origin.PERSON, "mended")
    assert len(await story.events(services, action=AuditAction.RETRY, target_id=job.id)) == 1


async def test_a_run_that_does_not_know_us_is_taken_for_the_one_that_was_asked_for(
    services: Services, tmp_path: Path, receiver: Receiver
) -> None:
    job = await failed_elsewhere(services)
    await called_at(services, tmp_path, receiver.at("/"))
    await perform(services, story.OPERATOR, Retry(job.id))
    await receive(services, story.OPERATOR, body(event("START", nominal="2026-11-29T03:00:00Z")))
    assert (await now(services, job.id)).state is State.QUEUED
    await receive(services, story.OPERATOR, body(event("START")))
    await receive(services, story.OPERATOR, body(event("START")))
    assert ((await now(services, job.id)).state, (await now(services, job.id)).attempt_no) == (State.RUNNING, 2)
    page = await reading.list_jobs(services, story.OPERATOR.actor, JobFilter(pipeline=PIPELINE))
    assert len(page.jobs) == 3
    assert await make_calls(services) == 0, "whoever runs already is not asked again"


async def test_a_call_that_is_not_taken_is_made_again_later_and_given_up_when_it_is_gone_for_good(
    services: Services, tmp_path: Path, receiver: Receiver
) -> None:
    job = await failed_elsewhere(services)
    await called_at(services, tmp_path, receiver.at("/status/503"))
    await perform(services, story.OPERATOR, Retry(job.id))
    assert (await make_calls(services), await make_calls(services)) == (1, 0)
    heard = await asked(services, job.id)
    assert heard.due_at is not None
    assert (heard.delivery, heard.status, heard.tries) == ("refused", 503, 1)
    assert 0 < (heard.due_at - heard.as_of).total_seconds() <= BACKOFF_SECONDS[0]
    await perform(services, story.OPERATOR, Cancel(job.id))

    gone = await failed_elsewhere(services)
    await called_at(services, tmp_path, receiver.at("/status/410"))
    await perform(services, story.OPERATOR, Retry(gone.id))
    assert await make_calls(services) == 1
    shown = await now(services, gone.id)
    assert (shown.state, shown.failure_code, shown.attempt_no) == (State.FAILED, FailureCode.EXTERNAL_UNREACHABLE, 2)
    assert len(receiver.calls) == 2


async def test_an_address_that_may_not_be_called_and_a_secret_that_is_not_there_send_nothing(
    services: Services, tmp_path: Path, receiver: Receiver
) -> None:
    job = await failed_elsewhere(services)
    await called_at(services, tmp_path, receiver.at("/", "localhost"), "too short")
    await perform(services, story.OPERATOR, Retry(job.id))
    assert await make_calls(services) == 1
    assert (await asked(services, job.id)).delivery == "no_secret"
    other = await failed_elsewhere(services)
    await called_at(services, tmp_path, receiver.at("/"))
    await perform(services, story.OPERATOR, Retry(other.id))
    assert await make_calls(replace(services, settings=replace(services.settings, allowed_hosts=()))) == 1
    assert ((await asked(services, other.id)).delivery, receiver.calls) == ("blocked_address", [])


async def test_a_system_that_comes_asking_gets_what_it_sealed_and_many_are_asked_as_one(services: Services) -> None:
    job, own = await failed_elsewhere(services, restart="sealed-by-the-bridge"), await story.failed(services)
    assert "sealed-by-the-bridge" not in repr(await story.job(services, job.id))
    assert await perform(services, story.OPERATOR, ClaimRuns(NAMESPACE)) == []
    await perform(services, story.OPERATOR, RetryMany(JobFilter(ids=(job.id, own)), "again"))
    assert await bulk_working.work_piece(services)
    [call] = await perform(services, story.OPERATOR, ClaimRuns(NAMESPACE))
    assert (call.job_id, call.attempt, call.restart, call.pipeline) == (job.id, 2, "sealed-by-the-bridge", PIPELINE)
    assert await perform(services, story.OPERATOR, ClaimRuns(NAMESPACE)) == [], "it is another's for a minute"
    assert await perform(services, story.OPERATOR, ClaimRuns("another")) == []
    notice = body(event("OTHER"), own={"queued": True, "jobId": str(job.id), "attempt": 2})
    await receive(services, story.OPERATOR, notice)
    heard = await asked(services, job.id)
    assert (heard.delivery, heard.due_at, (await now(services, job.id)).state) == ("delivered", None, State.QUEUED)
    first = [one.body.after for one in await story.events(services, action=AuditAction.SYSTEM_SET)]
    assert first == [{"namespace": "another", "polls": True}, {"namespace": NAMESPACE, "polls": True}]


async def test_no_run_names_itself_as_what_is_not_its_own(services: Services) -> None:
    own = (await story.submitted(services)).job_ids[0]
    told = body(event("COMPLETE"), own={"jobId": str(own), "attempt": 1})
    await receive(services, story.OPERATOR, told)
    assert (await now(services, own)).state is State.QUEUED
    job = await failed_elsewhere(services)
    await perform(services, story.OPERATOR, ClaimRuns(NAMESPACE))
    await perform(services, story.OPERATOR, Retry(job.id))
    await receive(services, story.OPERATOR, body(event("COMPLETE", name="other"), own={"jobId": str(job.id), "attempt": 2}))
    assert (await now(services, job.id)).state is State.QUEUED


async def test_only_administrators_say_how_a_system_is_called_and_no_secret_is_told(services: Services) -> None:
    command = SetSystem(NAMESPACE, "https://hooks.test/run?key=hunter2", "env:HOOK_SECRET")
    with pytest.raises(Forbidden):
        await perform(services, await story.person(services, Role.POWER_USER), command)
    for url, secret, code in (
        ("ftp://hooks.test", "env:HOOK_SECRET", "bad_url"),
        ("https://hooks.test", SECRET, "bad_secret_reference"),
        ("https://hooks.test", "env:TIDEGATE_DATABASE_URL", "bad_secret_reference"),
    ):
        with pytest.raises(Invalid, match=code):
            await perform(services, story.OPERATOR, SetSystem(NAMESPACE, url, secret))
    await perform(services, story.OPERATOR, command)
    [allowed, denied] = await story.events(services, action=AuditAction.SYSTEM_SET)
    assert (allowed.body.outcome, denied.body.outcome) == (AuditOutcome.ALLOWED, AuditOutcome.DENIED)
    assert allowed.body.after == {"namespace": NAMESPACE, "host": "hooks.test"}
    assert [one.namespace for one in await list_systems(services, story.OPERATOR.actor)] == [NAMESPACE]
    await perform(services, story.OPERATOR, RemoveSystem(NAMESPACE))
    with pytest.raises(NotFound):
        await perform(services, story.OPERATOR, RemoveSystem(NAMESPACE))


async def test_an_address_stays_where_none_is_given(services: Services) -> None:
    with pytest.raises(NotFound, match="system_not_found"):
        await perform(services, story.OPERATOR, SetSystem(NAMESPACE, None, "env:FIRST"))
    await perform(services, story.OPERATOR, ClaimRuns(NAMESPACE))
    with pytest.raises(Invalid, match="bad_url"):
        await perform(services, story.OPERATOR, SetSystem(NAMESPACE, None, "env:FIRST"))
    await perform(services, story.OPERATOR, SetSystem(NAMESPACE, "https://hooks.test/run", "env:FIRST"))
    with pytest.raises(Invalid, match="reason_too_long"):
        await perform(services, story.OPERATOR, SetSystem(NAMESPACE, None, "env:SECOND", "r" * 501))
    await perform(services, story.OPERATOR, SetSystem(NAMESPACE, None, "env:SECOND", "rotated"))
    [system] = await list_systems(services, story.OPERATOR.actor)
    assert (system.url, system.secret_ref) == ("https://hooks.test/run", "env:SECOND")
    [newest, *_] = await story.events(services, action=AuditAction.SYSTEM_SET, outcome=AuditOutcome.ALLOWED)
    assert (newest.body.reason, (newest.body.after or {})["host"]) == ("rotated", "hooks.test")


async def test_nobody_is_told_that_workers_of_ours_are_missing_for_it(services: Services, tmp_path: Path) -> None:
    await called_at(services, tmp_path, "https://example.org/retry")
    job = await failed_elsewhere(services)
    await perform(services, story.OPERATOR, Retry(job.id, reason="the disk is free again"))
    assert (await now(services, job.id)).state is State.QUEUED
    await story.submitted(services)
    said = []
    for _ in range(2):
        async with transaction(services.pool) as connection:
            said += await news.read_stuck(connection, 0.0)
    assert {(one.reason, one.pipeline) for one in said} == {("no_worker", "documents")}
