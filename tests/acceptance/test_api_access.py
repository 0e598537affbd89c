"""Credentials and what they are worth; who may use which route is in `test_route_matrix.py`."""

import httpx
import pytest

from tests import story, visitors
from tests.acceptance.conftest import ClientAs
from tidegate.domain.actor import Permission, Role
from tidegate.operations.door import Services


async def test_a_refusal_says_which_role_it_takes(client_as: ClientAs) -> None:
    answer = await (await client_as(Role.POWER_USER)).http.get("/api/people")
    assert (answer.status_code, answer.json()["code"], answer.json()["needs"]) == (403, "forbidden", "admin")


async def test_nobody_is_asked_to_sign_in(nobody: httpx.AsyncClient) -> None:
    answer = await nobody.get("/api/ingestion/jobs")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("credential", ["tdg_wrong", "", "something else"])
async def test_a_credential_that_does_not_hold_is_nobody(nobody: httpx.AsyncClient, credential: str) -> None:
    assert (await nobody.get("/api/me", headers={"Authorization": f"Bearer {credential}"})).status_code == 401
    assert (await nobody.get("/api/me", headers={"Cookie": f"__Host-tidegate={credential}"})).status_code == 401


async def test_a_token_may_what_its_scopes_say_and_a_bad_one_is_not_saved_by_a_cookie(
    services: Services, nobody: httpx.AsyncClient, client_as: ClientAs
) -> None:
    admin = await client_as(Role.ADMIN)
    narrow = await visitors.token(services, admin.asking, Permission.JOB_READ)
    headers = {"Authorization": f"Bearer {narrow}"}
    assert (await nobody.get("/api/ingestion/jobs", headers=headers)).status_code == 200
    assert (await nobody.get("/api/people", headers=headers)).status_code == 403
    me = (await nobody.get("/api/me", headers=headers)).json()
    assert (me["kind"], me["name"], me["permissions"]) == ("token", admin.login, ["job:read"])
    assert (await admin.http.get("/api/me", headers={"Authorization": "Bearer tdg_wrong"})).status_code == 401


async def test_a_token_for_retries_only_retries(services: Services, nobody: httpx.AsyncClient, client_as: ClientAs) -> None:
    admin = await client_as(Role.ADMIN)
    headers = {"Authorization": f"Bearer {await visitors.token(services, admin.asking, Permission.JOB_RETRY)}"}
    body = {"ids": [str(await story.failed(services))], "reason": "again"}
    for method, path, send, status in (
        ("GET", "/api/ingestion/causes", None, 403),
        ("POST", "/api/ingestion/acknowledgements", body, 403),
        ("POST", "/api/ingestion/retries", {**body, "dry_run": True}, 200),
        ("POST", "/api/ingestion/retries", body, 202),
        ("GET", "/api/ingestion/retries", None, 403),
    ):
        answer = await nobody.request(method, path, json=send, headers=headers)
        assert answer.status_code == status, (method, path, answer.text)


async def test_content_is_a_right_of_its_own(services: Services, nobody: httpx.AsyncClient, client_as: ClientAs) -> None:
    added = await (await client_as(Role.ADMIN)).http.post(
        "/api/people", json={"login": "blind", "role": "power_user", "reads_content": False}
    )
    link = added.json()["link_secret"]
    secret = await visitors.session_by_link(services, link)
    answer = await nobody.get("/api/search", params={"q": "hello"}, headers=visitors.cookies(services, secret))
    assert (answer.status_code, answer.json()["needs"]) == (403, "content:read")


async def test_a_role_change_holds_at_once(client_as: ClientAs) -> None:
    admin, demoted = await client_as(Role.ADMIN), await client_as(Role.ADMIN)
    assert (await demoted.http.get("/api/people")).status_code == 200
    path = f"/api/people/{demoted.asking.actor.id}/role"
    changed = await admin.http.post(path, json={"role": "viewer", "reason": "left the team"})
    assert (changed.status_code, changed.json()["role"]) == (200, "viewer")
    assert (await demoted.http.get("/api/people")).status_code == 403
