"""Every route for every role: who may, who may not, and that nobody gets in without a credential."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests import visitors
from tests.acceptance.conftest import ClientAs
from tidegate.api.routes import HANDLERS
from tidegate.domain.actor import Permission, Role
from tidegate.domain.ids import new_id
from tidegate.operations.door import Services

ID = str(new_id())
ALL = tuple(Role)
POWER = (Role.POWER_USER, Role.ADMIN)
ADMINS = (Role.ADMIN,)


@dataclass(frozen=True)
class Case:
    """One route, the roles that may use it, and what those who may are answered."""

    method: str
    path: str
    roles: tuple[Role, ...]
    answer: int
    send: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def url(self) -> str:
        return self.path.replace("{id:str}", ID).replace("{reference:str}", "D-AAAA-BBBB-CCCC")


CASES = [
    Case("GET", "/api/ingestion/jobs", ALL, 200),
    Case("POST", "/api/ingestion/jobs", POWER, 400, {"json": {}}),
    Case("POST", "/api/ingestion/uploads", POWER, 202, {"files": {"file": ("a.txt", b"hello")}}),
    Case("GET", "/api/ingestion/jobs/{id:str}", ALL, 404),
    Case("POST", "/api/ingestion/jobs/{id:str}/retry", POWER, 404),
    Case("POST", "/api/ingestion/jobs/{id:str}/cancel", POWER, 404),
    Case("GET", "/api/ingestion/batches/{id:str}", ALL, 404),
    Case("GET", "/api/ingestion/counts", ALL, 200),
    Case("GET", "/api/ingestion/workers", ALL, 200),
    Case("POST", "/api/ingestion/diagnostics/{reference:str}", ADMINS, 404),
    Case("GET", "/api/search", ALL, 200, {"params": {"q": "hello"}}),
    Case("GET", "/api/documents/{id:str}/content", ALL, 404),
    Case("GET", "/api/audit/events", ALL, 200),
    Case("GET", "/api/audit/events/{id:str}", ALL, 404),
    Case("GET", "/api/me", ALL, 200),
    Case("GET", "/api/sessions", ALL, 200),
    Case("DELETE", "/api/sessions/{id:str}", ALL, 404),
    Case("DELETE", "/api/sessions/current", ALL, 200),
    Case("GET", "/api/tokens", ALL, 200),
    Case("POST", "/api/tokens", ALL, 201, {"json": {"name": "mine"}}),
    Case("DELETE", "/api/tokens/{id:str}", ALL, 404),
    Case("GET", "/api/people", ADMINS, 200),
    Case("POST", "/api/people", ADMINS, 201, {"json": {"login": "newcomer", "role": "viewer"}}),
    Case("POST", "/api/people/{id:str}/role", ADMINS, 404, {"json": {"role": "viewer"}}),
]
FOR_EVERYBODY = {"/api/ingestion/failures", "/api/sessions", "/health/live", "/health/ready"}
STREAM = "/api/ingestion/stream"


def test_every_route_is_in_this_table() -> None:
    routes = {(method, path) for handler in HANDLERS for method in handler.http_methods for path in handler.paths}
    listed = {(case.method, case.path) for case in CASES}
    assert {path for _, path in routes - listed} == FOR_EVERYBODY | {STREAM}


@pytest.mark.parametrize("role", ALL)
async def test_each_role_may_do_what_is_its_own_and_nothing_else(client_as: ClientAs, role: Role) -> None:
    for case in CASES:
        visitor = await client_as(role)
        answer = await visitor.http.request(case.method, case.url, **case.send)
        if role in case.roles:
            assert answer.status_code == case.answer, f"{case}: {answer.text}"
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), str(case)
            assert answer.json()["needs"] == case.roles[0].value


async def test_nobody_gets_anything_without_signing_in(nobody: httpx.AsyncClient) -> None:
    for case in CASES:
        if case.path == "/api/sessions/current":
            continue
        answer = await nobody.request(case.method, case.url, **case.send)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), f"{case}: {answer.text}"
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert (await nobody.get(STREAM)).status_code == 401


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
