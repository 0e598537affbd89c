"""Many jobs over HTTP: why they failed, what a retry of them would do, what it did; and failures that may stay as they are."""

from uuid import UUID

import httpx
import pytest

from tests import story
from tests.visitors import Visitor
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.domain.failures import CATALOGUE, FailureCode
from tidegate.domain.ids import new_id
from tidegate.operations.bulk_working import work_piece
from tidegate.operations.door import Services

JOBS, RETRIES, MANY = "/api/ingestion/jobs", "/api/ingestion/retries", "/api/ingestion/acknowledgements"
ENCRYPTED = {"failure": "document_encrypted"}


async def some_failed(services: Services, n: int = 3, code: FailureCode = FailureCode.DOCUMENT_ENCRYPTED) -> list[UUID]:
    return [await story.failed(services, code, f"{number}.pdf") for number in range(n)]


async def worked_off(services: Services, visitor: Visitor, path: str) -> httpx.Response:
    while await work_piece(services):
        pass
    return await visitor.http.get(path)


def acknowledgement_of(job_id: object) -> str:
    return f"{JOBS}/{job_id}/acknowledgement"


# Retries of many -------------------------------------------------------------------------------------------------


async def test_a_cause_leads_to_its_list_its_preview_and_its_retry(services: Services, power_user: Visitor) -> None:
    ids = await some_failed(services)
    await some_failed(services, 1, FailureCode.MALWARE_DETECTED)
    causes = (await power_user.http.get("/api/ingestion/causes", params={"window": "7d"})).json()
    assert (causes["window"], causes["slot_seconds"], len(causes["items"])) == ("7d", 6 * 3600, 2)
    cause = causes["items"][0]
    assert (cause["failure"]["code"], cause["failure"]["remedy"]) == (
        "document_encrypted",
        CATALOGUE[FailureCode.DOCUMENT_ENCRYPTED].remedy,
    )
    assert (cause["unresolved"], cause["acknowledged"], cause["happened"], sum(cause["series"])) == (3, 0, 3, 3)

    listed = (await power_user.http.get(JOBS, params=cause["filter"])).json()
    assert {row["id"] for row in listed["items"]} == {str(id) for id in ids}
    assert listed["attention"]["unresolved"]["n"] == cause["unresolved"]

    body = {"filter": cause["filter"], "reason": "the keys are here", "dry_run": True}
    seen = await power_user.http.post(RETRIES, json=body)
    assert (seen.status_code, seen.json()["will_retry"], seen.json()["left_out"]) == (200, 3, [])
    assert seen.json()["plans"] == [{"mode": "restart", "step": "", "n": 3}]
    assert [job["state"] for job in seen.json()["sample"]] == ["failed"] * 3

    shown = {"as_of": seen.json()["as_of"], "expected": seen.json()["will_retry"]}
    asked = await power_user.http.post(RETRIES, json={**body, **shown, "dry_run": False})
    assert (asked.status_code, asked.json()["waiting"], asked.json()["finished_at"]) == (202, 3, None)
    assert asked.json()["filter"] == cause["filter"]
    done = (await worked_off(services, power_user, asked.headers["location"])).json()
    assert (done["retry"]["retried"], done["retry"]["waiting"], done["outcomes"]) == (3, 0, {"retrying": 3})
    [event] = await story.events(services, action=AuditAction.RETRY_MANY)
    assert (str(event.id), event.body.reason, event.body.actor.name) == (
        done["retry"]["audit_event_id"],
        "the keys are here",
        power_user.login,
    )


async def test_a_dry_run_changes_nothing_and_is_not_on_record(services: Services, power_user: Visitor) -> None:
    await some_failed(services, 1)
    [unsafe] = await some_failed(services, 1, FailureCode.MALWARE_DETECTED)
    before = await story.events(services)
    seen = (await power_user.http.post(RETRIES, json={"filter": {}, "dry_run": True})).json()
    remedy = CATALOGUE[FailureCode.MALWARE_DETECTED].remedy
    assert seen["left_out"] == [{"why": "not_retryable", "failure": "malware_detected", "remedy": remedy, "n": 1}]
    assert (await power_user.http.get(RETRIES)).json() == {"items": [], "next_page_token": None}
    assert await story.events(services) == before
    assert (await story.job(services, unsafe)).summary.attempt_no == 1


async def test_what_became_of_each_job_is_told_page_by_page(services: Services, power_user: Visitor, viewer: Visitor) -> None:
    ids = await some_failed(services)
    [unsafe] = await some_failed(services, 1, FailureCode.MALWARE_DETECTED)
    asked = (await power_user.http.post(RETRIES, json={"ids": [str(id) for id in [*ids, unsafe]], "reason": "again"})).json()
    assert (asked["total"], asked["left_out"], asked["named"], asked["filter"]) == (4, 1, 4, {})
    await power_user.http.post(f"{JOBS}/{ids[0]}/retry")
    path = f"{RETRIES}/{asked['id']}"
    assert (await worked_off(services, viewer, path)).json()["retry"]["skipped"] == 1

    seen: list[dict[str, object]] = []
    params: dict[str, str | int] = {"page_size": 2}
    while params.get("page_token") != "":
        page = (await viewer.http.get(f"{path}/jobs", params=params)).json()
        seen += page["items"]
        params["page_token"] = page["next_page_token"] or ""
    assert [row["job_id"] for row in seen] == sorted((str(id) for id in [*ids, unsafe]), reverse=True)
    verdicts = {row["job_id"]: (row["verdict"], row["why"], row["state"], row["attempt_now"]) for row in seen}
    assert verdicts[str(unsafe)] == ("left_out", "not_retryable", "failed", 1)
    assert verdicts[str(ids[0])] == ("skipped", "no_longer_failed", "queued", 2)
    assert verdicts[str(ids[1])] == ("retried", None, "queued", 2)
    [left_out] = (await viewer.http.get(f"{path}/jobs", params={"verdict": "left_out"})).json()["items"]
    assert left_out["failure"]["code"] == "malware_detected"


async def test_retries_are_listed_newest_first(services: Services, power_user: Visitor) -> None:
    bodies = [{"ids": [str(id)], "reason": "again"} for id in await some_failed(services, 3)]
    made = [(await power_user.http.post(RETRIES, json=body)).json()["id"] for body in bodies]
    first = (await power_user.http.get(RETRIES, params={"page_size": 2})).json()
    rest = (await power_user.http.get(RETRIES, params={"page_size": 2, "page_token": first["next_page_token"]})).json()
    assert [retry["id"] for retry in first["items"] + rest["items"]] == made[::-1]
    assert rest["next_page_token"] is None


async def test_a_repetition_with_the_same_key_freezes_once(services: Services, power_user: Visitor) -> None:
    await some_failed(services)
    key = {"Idempotency-Key": "morning"}
    body = {"filter": ENCRYPTED, "reason": "again"}
    first, again = [await power_user.http.post(RETRIES, json=body, headers=key) for _ in range(2)]
    assert (first.status_code, again.status_code, first.json()) == (202, 202, again.json())
    assert len((await power_user.http.get(RETRIES)).json()["items"]) == 1
    other = await power_user.http.post(RETRIES, json={**body, "mode": "restart"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


async def test_more_than_was_shown_and_nothing_at_all_are_conflicts(services: Services, power_user: Visitor) -> None:
    none = await power_user.http.post(RETRIES, json={"filter": ENCRYPTED, "reason": "again"})
    assert (none.status_code, none.json()["code"]) == (409, "nothing_to_retry")
    await some_failed(services, 2)
    for path in (RETRIES, MANY):
        more = await power_user.http.post(path, json={"filter": ENCRYPTED, "reason": "again", "expected": 1})
        assert (more.status_code, more.json()["code"], more.json()["now"]) == (409, "set_changed", 2)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"reason": "again"}, "no_jobs_named"),
        ({"filter": {}}, "reason_missing"),
        ({"filter": {}, "reason": "x" * 501}, "reason_too_long"),
        ({"filter": {"text": "ab"}, "reason": "again"}, "text_too_short"),
        ({"filter": {"submitter": "x" * 201}, "reason": "again"}, "filter_too_long"),
        ({"filter": {"state": "failed"}, "reason": "again"}, "invalid_request"),
        ({"filter": {"source": "ether"}, "reason": "again"}, "invalid_request"),
        ({"filter": {"since": "2026-11-24T09:00:00"}, "reason": "again"}, "invalid_request"),
        ({"filter": {"since": "0001-01-01T00:00:00+14:00"}, "reason": "again"}, "bad_time"),
        ({"filter": {}, "reason": "again", "as_of": "9999-12-31T23:59:59-12:00"}, "bad_time"),
        ({"filter": {}, "reason": "again", "expected": -1}, "invalid_request"),
        ({"ids": [str(new_id())] * 1001, "reason": "again"}, "invalid_request"),
        ({"ids": ["seventeen"], "reason": "again"}, "invalid_request"),
    ],
)
async def test_what_cannot_be_meant_is_refused(services: Services, power_user: Visitor, body: object, code: str) -> None:
    await some_failed(services, 1)
    answer = await power_user.http.post(RETRIES, json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.text


async def test_a_viewer_looks_at_retries_but_makes_none(services: Services, viewer: Visitor) -> None:
    await some_failed(services, 1)
    for body in ({"filter": ENCRYPTED, "dry_run": True}, {"filter": ENCRYPTED, "reason": "please"}):
        answer = await viewer.http.post(RETRIES, json=body)
        assert (answer.status_code, answer.json()["needs"]) == (403, "power_user")
    [event] = await story.events(services, action=AuditAction.RETRY_MANY)
    assert (event.body.outcome, event.body.reason) == (AuditOutcome.DENIED, "please")
    assert (await viewer.http.get(RETRIES)).status_code == 200
    unknown = f"{RETRIES}/{new_id()}"
    for path in (unknown, f"{unknown}/jobs"):
        answer = await viewer.http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "bulk_retry_not_found")


# Acknowledgements ------------------------------------------------------------------------------------------------


async def test_a_failure_is_acknowledged_and_that_is_taken_back(services: Services, power_user: Visitor) -> None:
    [job_id] = await some_failed(services, 1)
    seen = await power_user.http.get(f"{JOBS}/{job_id}")
    actions = seen.json()["actions"]
    assert (actions["acknowledge"]["allowed"], actions["unacknowledge"]["needs"]) == (True, "acknowledged")
    tag = {"If-Match": seen.headers["etag"]}
    said = await power_user.http.put(acknowledgement_of(job_id), json={"reason": "a template"}, headers=tag)
    assert (said.status_code, said.json()["acknowledged"]) == (200, True)

    shown = (await power_user.http.get(f"{JOBS}/{job_id}")).json()
    job, actions = shown["job"], shown["actions"]
    assert (job["attention"], job["acknowledgement"]["by"], job["acknowledgement"]["reason"]) == (
        "acknowledged",
        power_user.login,
        "a template",
    )
    assert (job["audit_event_id"], job["audit_event_id"] in shown["audit_event_ids"]) == (said.json()["audit_event_id"], True)
    assert (actions["acknowledge"]["needs"], actions["unacknowledge"]["allowed"]) == ("unresolved", True)

    stale = await power_user.http.delete(acknowledgement_of(job_id), headers=tag)
    assert (stale.status_code, stale.json()["code"], stale.json()["state"]) == (409, "job_changed", "failed")
    undone = await power_user.http.delete(acknowledgement_of(job_id), params={"reason": "it is one after all"})
    assert (undone.status_code, undone.json()["acknowledged"]) == (200, False)
    job = (await power_user.http.get(f"{JOBS}/{job_id}")).json()["job"]
    assert (job["attention"], job["acknowledgement"]) == ("unresolved", None)
    [event] = await story.events(services, action=AuditAction.UNACKNOWLEDGE)
    assert event.body.reason == "it is one after all"


async def test_an_acknowledgement_is_repeated_with_its_key_and_refused_without(services: Services, power_user: Visitor) -> None:
    [job_id] = await some_failed(services, 1)
    key = {"Idempotency-Key": "ack-1"}
    answers = [
        await power_user.http.put(acknowledgement_of(job_id), json={"reason": "known"}, headers=headers)
        for headers in (key, key, {})
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 409]
    assert (answers[0].json(), answers[2].json()["code"]) == (answers[1].json(), "already_acknowledged")
    assert len(await story.events(services, action=AuditAction.ACKNOWLEDGE)) == 1


async def test_what_cannot_be_acknowledged_is_said(services: Services, power_user: Visitor, viewer: Visitor) -> None:
    waiting = (await story.submitted(services)).job_ids[0]
    [failed] = await some_failed(services, 1)
    said = {"json": {"reason": "why not"}}
    for method, path, send, status, code in (
        ("PUT", acknowledgement_of(waiting), said, 409, "job_not_failed"),
        ("PUT", acknowledgement_of(failed), {"json": {"reason": " "}}, 400, "reason_missing"),
        ("PUT", acknowledgement_of(failed), {"json": {}}, 400, "invalid_request"),
        ("PUT", acknowledgement_of(new_id()), said, 404, "job_not_found"),
        ("PUT", acknowledgement_of(failed), said | {"headers": {"If-Match": "now"}}, 400, "bad_if_match"),
        ("DELETE", acknowledgement_of(failed), {}, 409, "not_acknowledged"),
        ("POST", MANY, {"json": {"filter": {"pipeline": "other"}, "reason": "why not"}}, 409, "nothing_to_acknowledge"),
        ("POST", MANY, {"json": {"reason": "why not"}}, 400, "no_jobs_named"),
    ):
        answer = await power_user.http.request(method, path, **send)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (method, path)
    refused = await viewer.http.put(acknowledgement_of(failed), json={"reason": "why not"})
    assert (refused.status_code, refused.json()["needs"]) == (403, "power_user")
    assert (await viewer.http.get(f"{JOBS}/{failed}")).json()["actions"]["acknowledge"]["needs"] == "power_user"


async def test_many_are_acknowledged_at_once_and_leave_the_list_of_what_needs_attention(
    services: Services, power_user: Visitor
) -> None:
    ids = await some_failed(services)
    await some_failed(services, 1, FailureCode.DOCUMENT_CORRUPT)
    body = {"filter": ENCRYPTED, "reason": "drafts", "expected": 3}
    key = {"Idempotency-Key": "ack-many"}
    first, again = [await power_user.http.post(MANY, json=body, headers=key) for _ in range(2)]
    assert (first.status_code, first.json()["jobs"], again.json()) == (200, 3, first.json())
    rows = (await power_user.http.get(JOBS, params={"attention": "acknowledged"})).json()["items"]
    assert {row["id"] for row in rows} == {str(id) for id in ids}
    [left] = (await power_user.http.get(JOBS, params={"attention": "unresolved"})).json()["items"]
    assert left["failure"]["code"] == "document_corrupt"
