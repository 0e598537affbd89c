"""Retrying over HTTP: by the right person, once, provably; everybody else is told why not."""

import asyncio

import httpx
import pytest

from tests import story
from tests.visitors import Visitor
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.domain.failures import FailureCode
from tidegate.operations.door import Services

NEEDS = "This needs the role power user."


def path_of(job_id: object, action: str = "") -> str:
    return f"/api/ingestion/jobs/{job_id}{action}"


async def test_a_viewer_is_refused_and_the_try_is_on_record(services: Services, viewer: Visitor) -> None:
    job_id = await story.failed(services)
    answer = await viewer.http.post(path_of(job_id, "/retry"), json={"reason": "please"}, headers={"X-Request-Id": "req-7"})
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert (problem["code"], problem["needs"], problem["detail"]) == (
        "forbidden",
        "power_user",
        "This needs the role power user.",
    )
    [event] = await story.events(services, action=AuditAction.RETRY)
    assert (event.body.outcome, event.body.target.id, event.body.request_id) == (AuditOutcome.DENIED, job_id, "req-7")
    assert event.body.actor.name == viewer.login
    assert (await viewer.http.get(path_of(job_id))).json()["job"]["attempt"] == 1


async def test_a_power_user_retries_and_the_ids_stand_on_both_sides(services: Services, power_user: Visitor) -> None:
    job_id = await story.failed(services)
    seen = await power_user.http.get(path_of(job_id))
    assert seen.json()["actions"]["retry"] == {"allowed": True, "needs": None, "why": None}
    answer = await power_user.http.post(
        path_of(job_id, "/retry"),
        json={"mode": "restart", "reason": "replaced the file"},
        headers={"If-Match": seen.headers["etag"]},
    )
    assert (answer.status_code, answer.headers["location"]) == (202, path_of(job_id))
    retried = answer.json()
    assert (retried["attempt_no"], retried["mode"]) == (2, "restart")

    job = (await power_user.http.get(path_of(job_id))).json()
    assert (job["job"]["state"], [attempt["attempt"] for attempt in job["attempts"]]) == ("queued", [2, 1])
    newest = job["attempts"][0]
    assert (newest["audit_event_id"], newest["requested_by"]) == (retried["audit_event_id"], power_user.login)
    assert (newest["reason"], newest["mode"]) == ("replaced the file", "restart")
    assert retried["audit_event_id"] in job["audit_event_ids"]

    events = (await power_user.http.get("/api/audit/events", params={"action": "ingestion.retry"})).json()["items"]
    assert [(event["id"], event["outcome"], event["target"]["id"]) for event in events] == [
        (retried["audit_event_id"], "allowed", str(job_id))
    ]
    one = (await power_user.http.get(f"/api/audit/events/{retried['audit_event_id']}")).json()
    assert (one["reason"], one["before"]["attempt"], one["after"]["attempt"]) == ("replaced the file", 1, 2)
    assert (one["actor"]["name"], one["request_id"]) == (power_user.login, answer.headers["x-request-id"])


async def test_two_retries_at_once_make_one_attempt_and_one_conflict(services: Services, power_user: Visitor) -> None:
    job_id = await story.failed(services)
    answers = await asyncio.gather(*(power_user.http.post(path_of(job_id, "/retry")) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [202, 409]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (refused["code"], refused["state"]) == ("job_not_failed", "queued")
    assert (await power_user.http.get(path_of(job_id))).json()["job"]["attempt"] == 2
    assert len(await story.events(services, action=AuditAction.RETRY)) == 1


async def test_a_repetition_with_the_same_key_gets_the_same_answer(services: Services, power_user: Visitor) -> None:
    job_id, other_id = await story.failed(services, name="one.txt"), await story.failed(services, name="two.txt")
    key = {"Idempotency-Key": "retry-1"}
    first, again = [await power_user.http.post(path_of(job_id, "/retry"), headers=key) for _ in range(2)]
    assert (first.status_code, again.status_code, first.json()) == (202, 202, again.json())
    assert len(await story.events(services, action=AuditAction.RETRY)) == 1
    for path, send in ((path_of(other_id, "/retry"), {}), (path_of(job_id, "/retry"), {"mode": "restart"})):
        reused = await power_user.http.post(path, json=send, headers=key)
        assert (reused.status_code, reused.json()["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize("key", [b"", b"with a space", b"k" * 201, "ümlaut".encode("latin-1")])
async def test_a_key_that_cannot_be_kept_is_refused(services: Services, power_user: Visitor, key: bytes) -> None:
    job_id = await story.failed(services)
    answer = await power_user.http.post(path_of(job_id, "/retry"), headers=[(b"Idempotency-Key", key)])
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key")


async def test_a_stale_version_is_a_conflict_that_tells_the_state(services: Services, power_user: Visitor) -> None:
    job_id = await story.failed(services)
    stale = await power_user.http.post(path_of(job_id, "/retry"), headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"], stale.json()["state"]) == (409, "job_changed", "failed")
    wrong = await power_user.http.post(path_of(job_id, "/retry"), headers={"If-Match": "yesterday"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_if_match")
    assert (await power_user.http.post(path_of(job_id, "/retry"), headers={"If-Match": "*"})).status_code == 202


async def test_a_failure_that_no_plain_retry_may_follow_says_so(services: Services, power_user: Visitor) -> None:
    job_id = await story.failed(services, FailureCode.MALWARE_DETECTED)
    shown = (await power_user.http.get(path_of(job_id))).json()
    assert shown["actions"]["retry"]["allowed"] is False
    answer = await power_user.http.post(path_of(job_id, "/retry"))
    assert (answer.status_code, answer.json()["code"], answer.json()["failure"]) == (409, "not_retryable", "malware_detected")


async def test_a_disabled_action_says_which_role_or_state_it_needs(
    services: Services, viewer: Visitor, power_user: Visitor
) -> None:
    job_id = await story.failed(services)
    assert (await viewer.http.get(path_of(job_id))).json()["actions"]["retry"]["needs"] == "power_user"
    waiting = (await story.submitted(services)).job_ids[0]
    actions = (await power_user.http.get(path_of(waiting))).json()["actions"]
    assert (actions["retry"]["needs"], actions["cancel"]["allowed"]) == ("failed", True)


async def test_cancelling_ends_a_waiting_job_and_cannot_be_done_twice(services: Services, power_user: Visitor) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    done = await power_user.http.post(path_of(job_id, "/cancel"), json={"reason": "wrong file"})
    assert (done.status_code, done.json()["attempt_no"]) == (200, 1)
    job = (await power_user.http.get(path_of(job_id))).json()["job"]
    assert (job["state"], job["audit_event_id"]) == ("cancelled", done.json()["audit_event_id"])
    again = await power_user.http.post(path_of(job_id, "/cancel"))
    assert (again.status_code, again.json()["code"], again.json()["state"]) == (409, "job_has_ended", "cancelled")


async def test_a_diagnostic_is_opened_by_an_admin_and_that_is_on_record(
    services: Services, admin: Visitor, power_user: Visitor
) -> None:
    job_id = await story.failed(services, FailureCode.DOCUMENT_CORRUPT, detail="xref table broken at 0x1f")
    failure = (await power_user.http.get(path_of(job_id))).json()["job"]["failure"]
    assert "xref" not in str(failure)
    path = f"/api/ingestion/diagnostics/{failure['reference']}"
    assert (await power_user.http.post(path)).status_code == 403
    assert (await admin.http.get(path)).status_code == 405
    opened = await admin.http.post(path, json={"reason": "a report"})
    assert (opened.status_code, opened.json()["detail"]) == (200, "xref table broken at 0x1f")
    outcomes = [event.body.outcome for event in await story.events(services, action=AuditAction.DIAGNOSTIC_OPEN)]
    assert outcomes == [AuditOutcome.ALLOWED, AuditOutcome.DENIED]


async def test_anonymous_tries_are_on_record_too(services: Services, nobody: httpx.AsyncClient) -> None:
    job_id = await story.failed(services)
    assert (await nobody.post(path_of(job_id, "/retry"))).status_code == 401
    [event] = await story.events(services, action=AuditAction.RETRY)
    assert (event.body.outcome, event.body.actor.kind) == (AuditOutcome.DENIED, "anonymous")
