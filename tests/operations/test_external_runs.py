"""Runs of other systems as jobs: whatever the order of their events, one state machine, and nothing told that is not safe."""

import asyncio
from dataclasses import replace
from itertools import permutations
from uuid import UUID, uuid4

import pytest

from tests import story
from tests.lineage import NAME, NAMESPACE, body, event
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.domain.actor import ActorKind, Permission, Role
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import Origin, Outcome, State
from tidegate.domain.refusals import Conflict, Forbidden, Invalid
from tidegate.ledger.views import JobFilter, JobSummary
from tidegate.operations import execution, reading
from tidegate.operations.diagnostics import OpenDiagnostic
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.external.keeping import close_silent
from tidegate.operations.external.runs import Recorded, receive
from tidegate.operations.jobs import Cancel
from tidegate.operations.standing import StandingKind, hindrance, standing

SECRET = "password=hunter2 in /srv/etl/load.py"


async def tell(services: Services, *kinds: str, run_id: UUID | None = None, **more: object) -> Recorded:
    """Send events of one run, one request each; return what the last came to."""
    run_id = run_id or uuid4()
    recorded = Recorded(0, 0, 0)
    for kind in kinds:
        recorded = await receive(services, story.OPERATOR, body(event(kind, run_id, **more)))  # type: ignore[arg-type]
    return recorded


async def jobs(services: Services, name: str = NAME) -> list[JobSummary]:
    """Return the jobs of a pipeline, oldest first."""
    page = await reading.list_jobs(services, story.OPERATOR.actor, JobFilter(pipeline=f"{NAMESPACE}/{name}"))
    return page.jobs[::-1]


LIVES = (
    (("START",), State.RUNNING, None, None),
    (("RUNNING",), State.RUNNING, None, None),
    (("START", "RUNNING", "COMPLETE"), State.SUCCEEDED, Outcome.COMPLETED, None),
    (("COMPLETE",), State.SUCCEEDED, Outcome.COMPLETED, None),
    (("FAIL",), State.FAILED, None, FailureCode.EXTERNAL_FAILED),
    (("START", "ABORT"), State.FAILED, None, FailureCode.EXTERNAL_ABORTED),
)
"""Events of a run, and what becomes of its job by them."""


async def test_a_run_is_a_job(services: Services) -> None:
    for number, (kinds, state, outcome, code) in enumerate(LIVES):
        await tell(services, *kinds, name=f"life.{number}")
        [job] = await jobs(services, f"life.{number}")
        assert (job.state, job.outcome, job.failure_code, job.attempt_no) == (state, outcome, code, 1)
        assert (job.source_kind, job.external_namespace, job.pipeline, job.name) == (
            "external", NAMESPACE, f"{NAMESPACE}/life.{number}", f"life.{number}",
        )  # fmt: skip


async def test_the_order_of_events_does_not_matter_and_neither_does_a_repetition(services: Services) -> None:
    for number, order in enumerate(permutations(["START", "RUNNING", "FAIL"])):
        await tell(services, *order, *order, run_id=uuid4(), name=f"order.{number}")
        [job] = await jobs(services, f"order.{number}")
        assert (job.state, job.failure_code, job.attempt_no) == (State.FAILED, FailureCode.EXTERNAL_FAILED, 1)
        whole = await story.job(services, job.id)
        assert [(one.before, one.after) for one in whole.history] == [
            (None, State.QUEUED), (State.QUEUED, State.RUNNING), (State.RUNNING, State.FAILED),
        ]  # fmt: skip


async def test_the_first_end_stands(services: Services) -> None:
    for first, second in (("COMPLETE", "FAIL"), ("FAIL", "COMPLETE"), ("ABORT", "COMPLETE")):
        run_id = uuid4()
        await tell(services, first, run_id=run_id, name=f"end.{first}")
        before = await jobs(services, f"end.{first}")
        assert await tell(services, second, "START", "RUNNING", run_id=run_id, name=f"end.{first}") == Recorded(0, 1, 0)
        assert await jobs(services, f"end.{first}") == before


async def test_events_of_one_run_at_once_make_one_job(services: Services) -> None:
    run_id = uuid4()
    kinds = ["START", "RUNNING", "COMPLETE"] * 4
    await asyncio.gather(*(tell(services, kind, run_id=run_id) for kind in kinds))
    [job] = await jobs(services)
    assert (job.state, len((await story.job(services, job.id)).history)) == (State.SUCCEEDED, 3)


async def test_many_in_one_request_and_what_is_none_of_ours_is_passed_over(services: Services) -> None:
    one, other = uuid4(), uuid4()
    told = body(event("START", one), event("OTHER", one), event("START", other), event("COMPLETE", one), event("OTHER"))
    assert await receive(services, story.OPERATOR, told) == Recorded(3, 0, 2)
    assert sorted(job.state for job in await jobs(services)) == [State.RUNNING, State.SUCCEEDED]
    assert await receive(services, story.OPERATOR, b'{"job": {"namespace": "a", "name": "b"}, "schemaURL": "x"}') == Recorded(
        0, 0, 0
    )


NO_EVENTS = (
    (b"{", "bad_json"),
    (b"[" * 100_000, "bad_json"),
    (b"[1]", "bad_event"),
    (b'{"eventType": "START", "run": {"runId": "no"}, "job": {"namespace": "a", "name": "b"}}', "bad_event"),
    (
        b'{"eventType": "START", "run": {"runId": "%s"}, "job": {"namespace": "", "name": "b"}}' % str(uuid4()).encode(),
        "bad_event",
    ),
    (b"[" + b",".join([b"{}"] * 101) + b"]", "too_many_events"),
)


async def test_what_is_no_event_refuses_the_request_whole(services: Services) -> None:
    for told, code in NO_EVENTS:
        with pytest.raises(Invalid) as refused:
            await receive(services, story.OPERATOR, told)
        assert refused.value.code == code
    good, bad = body(event("START")), body(event("START")).replace(b"START", b"BEGIN")
    with pytest.raises(Invalid) as refused:
        await receive(services, story.OPERATOR, b"[" + good + b"," + bad + b"]")
    assert (refused.value.facts["index"], await jobs(services)) == (1, [])


async def test_a_facet_of_another_form_loses_no_run(services: Services) -> None:
    told = body(event("FAIL", error="x")).replace(b'"message": "x"', b'"message": 7')
    await receive(services, story.OPERATOR, told)
    [job] = await jobs(services)
    assert (job.state, job.diagnostic_ref) == (State.FAILED, None)


async def test_what_the_producer_says_of_an_error_is_for_administrators_alone(services: Services) -> None:
    await tell(services, "FAIL", error=SECRET)
    [job] = await jobs(services)
    assert SECRET not in repr(await story.job(services, job.id))
    assert job.diagnostic_ref is not None
    opened = await perform(services, story.OPERATOR, OpenDiagnostic(job.diagnostic_ref))
    assert SECRET in opened.detail


async def test_names_that_pose_as_others_are_shown_for_what_they_are(services: Services) -> None:
    await receive(services, story.OPERATOR, body(event("START", name="a\u202eb\x00c" + "d" * 400)))
    [job] = (await reading.list_jobs(services, story.OPERATOR.actor, JobFilter())).jobs
    assert "\u202e" not in job.pipeline + job.name
    assert "\x00" not in job.pipeline + job.name
    assert max(len(job.pipeline), len(job.name)) < 200


async def test_it_needs_its_own_right_and_is_on_record(services: Services) -> None:
    person = await story.person(services, Role.POWER_USER)
    token = replace(person.actor, kind=ActorKind.TOKEN, scopes=frozenset({Permission.JOB_READ, Permission.JOB_SUBMIT}))
    with pytest.raises(Forbidden):
        await receive(services, Asking(token), body(event("START")))
    able = Asking(replace(token, scopes=frozenset({Permission.LINEAGE_WRITE})))
    await receive(services, able, body(event("START")))
    [allowed, denied] = await story.events(services, action=AuditAction.RUN_RECORD)
    assert (allowed.body.outcome, denied.body.outcome) == (AuditOutcome.ALLOWED, AuditOutcome.DENIED)
    [job] = await jobs(services)
    assert (allowed.body.target.id, job.submitter_name) == (job.batch_id, person.actor.name)


# Tries of one thing. -------------------------------------------------------------------------------------------------


async def test_the_next_try_of_the_same_thing_is_the_next_attempt(services: Services) -> None:
    dag_run, at = uuid4(), "2026-11-29T03:00:00Z"
    await tell(services, "START", "FAIL", parent=dag_run, nominal=at)
    await tell(services, "START", "COMPLETE", parent=dag_run, nominal=at)
    [job] = await jobs(services)
    whole = await story.job(services, job.id)
    assert (job.state, job.attempt_no, job.name) == (State.SUCCEEDED, 2, f"etl.load_orders {at}")
    assert [(one.attempt_no, one.state, one.origin) for one in whole.attempts] == [
        (2, State.SUCCEEDED, Origin.AUTOMATIC), (1, State.FAILED, Origin.SUBMITTED),
    ]  # fmt: skip
    events = await story.events(services, target_id=job.id)
    assert [one.body.action for one in events] == [AuditAction.RUN_RECORD]


async def test_another_time_another_parent_or_none_is_another_job_and_so_is_a_run_after_a_success(services: Services) -> None:
    dag_run, at = uuid4(), "2026-11-29T03:00:00Z"
    await tell(services, "FAIL", parent=dag_run, nominal=at)
    await tell(services, "FAIL", parent=dag_run, nominal="2026-11-29T04:00:00Z")
    await tell(services, "COMPLETE", parent=uuid4(), nominal=at)
    await tell(services, "FAIL")
    await tell(services, "FAIL")
    await tell(services, "COMPLETE", parent=dag_run)
    await tell(services, "COMPLETE", parent=dag_run)
    assert [job.attempt_no for job in await jobs(services)] == [1] * 7


# Workers of ours, leases and tickets are none of its business. -------------------------------------------------------


async def test_no_worker_is_missed_and_no_lease_reaps_it(services: Services) -> None:
    run_id = uuid4()
    await tell(services, "START", run_id=run_id)
    [job] = await jobs(services)
    assert await execution.reap(services) == 0
    assert await execution.reconcile(services, grace_seconds=0) == 0
    assert hindrance(job, [], job.created_at) is None
    told = await standing(services, story.OPERATOR.actor, await story.job(services, job.id))
    assert told is not None
    assert told.heard is not None
    assert (told.kind, told.heard.heard_at is not None, told.heard.tries) == (StandingKind.ELSEWHERE_RUNNING, True, 0)
    assert await jobs(services) == [job]


async def test_what_waits_elsewhere_gets_no_ticket(services: Services) -> None:
    await receive(services, story.OPERATOR, body(event("OTHER"), own={"queued": True}))
    [job] = await jobs(services)
    assert job.state is State.QUEUED
    assert await execution.reconcile(services, grace_seconds=-1) == 0
    told = await standing(services, story.OPERATOR.actor, await story.job(services, job.id))
    assert told is not None
    assert told.kind is StandingKind.ELSEWHERE_WAITING


async def test_a_running_one_is_stopped_where_it_runs_and_a_waiting_one_here(services: Services) -> None:
    run_id = uuid4()
    await receive(services, story.OPERATOR, body(event("OTHER", run_id), own={"queued": True}))
    [job] = await jobs(services)
    await perform(services, story.OPERATOR, Cancel(job.id))
    await tell(services, "START", "COMPLETE", run_id=run_id)
    assert [one.state for one in await jobs(services)] == [State.CANCELLED]
    await tell(services, "START")
    with pytest.raises(Conflict, match="runs_elsewhere"):
        await perform(services, story.OPERATOR, Cancel((await jobs(services))[1].id))


async def test_silence_closes_it_and_a_later_sign_of_life_takes_that_back(services: Services) -> None:
    run_id = uuid4()
    await tell(services, "START", run_id=run_id)
    assert await close_silent(services) == 0
    brief = replace(services, settings=replace(services.settings, external_silence=0.000001))
    assert await close_silent(replace(services, settings=replace(services.settings, external_silence=0.0))) == 0
    assert await close_silent(brief) == 1
    [job] = await jobs(services)
    assert (job.state, job.failure_code) == (State.FAILED, FailureCode.EXTERNAL_LOST)
    await tell(services, "COMPLETE", run_id=run_id)
    [job] = await jobs(services)
    assert (job.state, job.attempt_no, job.failure_code) == (State.SUCCEEDED, 2, None)
