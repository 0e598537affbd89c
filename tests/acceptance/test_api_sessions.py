"""Sessions, tokens, cookies, and requests of other sites."""

from dataclasses import replace

import httpx
import pytest
from litestar import Litestar

from tests import story, visitors
from tests.acceptance.conftest import ADDRESS, ClientAs
from tests.visitors import Visitor, transport_to
from tidegate.api.routes import HANDLERS
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.domain.actor import Role
from tidegate.operations.door import Services, perform
from tidegate.operations.people import AddPerson
from tidegate.web.app import build

PASSWORD = "correct horse battery staple"


@pytest.fixture
async def login(services: Services) -> str:
    """Return the sign-in name of somebody with a password."""
    await perform(services, story.OPERATOR, AddPerson("ada", "Ada", Role.POWER_USER, PASSWORD))
    return "ada"


async def sign_in(client: httpx.AsyncClient, login: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
    return await client.post("/api/sessions", json={"login": login, "password": password}, headers=headers)


async def test_signing_in_gives_a_strict_cookie_and_signing_out_ends_it(
    services: Services, nobody: httpx.AsyncClient, login: str
) -> None:
    answer = await sign_in(nobody, " ADA ")
    assert (answer.status_code, answer.json()["person"]["login"]) == (201, login)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-tidegate=")
    assert {part.strip().lower() for part in cookie.split(";")[1:]} >= {"secure", "httponly", "samesite=lax", "path=/"}
    assert "domain" not in cookie.lower()
    secret = nobody.cookies["__Host-tidegate"]
    assert secret not in answer.text
    assert (await nobody.get("/api/me")).json()["name"] == login
    [session] = (await nobody.get("/api/sessions")).json()["items"]
    assert session["id"] == answer.json()["session_id"]

    out = await nobody.delete("/api/sessions/current", headers={"Sec-Fetch-Site": "same-origin"})
    assert (out.status_code, out.json()["id"]) == (200, session["id"])
    assert "Max-Age=0" in out.headers["set-cookie"]
    assert (await nobody.get("/api/me", headers=visitors.cookies(services, secret))).status_code == 401


async def test_signing_in_again_rotates_the_session(services: Services, nobody: httpx.AsyncClient, login: str) -> None:
    await sign_in(nobody, login)
    before = nobody.cookies["__Host-tidegate"]
    await sign_in(nobody, login, **{"Sec-Fetch-Site": "same-origin"})
    after = nobody.cookies["__Host-tidegate"]
    assert before != after
    nobody.cookies.clear()
    assert (await nobody.get("/api/me", headers=visitors.cookies(services, before))).status_code == 401
    assert (await nobody.get("/api/me", headers=visitors.cookies(services, after))).status_code == 200


@pytest.mark.parametrize(("name", "password"), [("ada", "wrong"), ("nobody", PASSWORD), ("ada@", PASSWORD), ("", "")])
async def test_a_wrong_name_and_a_wrong_password_look_the_same(
    services: Services, nobody: httpx.AsyncClient, login: str, name: str, password: str
) -> None:
    answer = await sign_in(nobody, name, password)
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials"), login
    assert "set-cookie" not in answer.headers
    [event] = await story.events(services, action=AuditAction.SIGN_IN)
    assert event.body.outcome is AuditOutcome.DENIED


async def test_guessing_is_slowed_down_by_address_and_by_name(
    application: Litestar, nobody: httpx.AsyncClient, login: str
) -> None:
    answers = [await sign_in(nobody, login, "wrong") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert (answers[-1].json()["code"], int(answers[-1].headers["retry-after"]) > 0) == ("too_many_requests", True)
    assert (await sign_in(nobody, "another")).status_code == 429
    async with httpx.AsyncClient(transport=transport_to(application, "198.51.100.9"), base_url=ADDRESS) as client:
        assert (await sign_in(client, login)).status_code == 429
        assert (await sign_in(client, "another", "wrong")).status_code == 401


@pytest.mark.parametrize(
    ("public_url", "address", "status"),
    [
        ("", "http://tidegate.lan:8750", 400),
        ("http://tidegate.lan:8750", "http://tidegate.lan:8750", 400),
        ("", "http://localhost:8750", 201),
        ("https://tidegate.lan", "http://10.0.0.5:8750", 201),
    ],
)
async def test_where_a_browser_would_drop_the_cookie_the_sign_in_says_why(
    services: Services, login: str, public_url: str, address: str, status: int
) -> None:
    elsewhere = replace(services, settings=replace(services.settings, host="0.0.0.0", public_url=public_url))  # noqa: S104
    async with httpx.AsyncClient(transport=transport_to(build(elsewhere, HANDLERS)), base_url=address) as client:
        answer = await sign_in(client, login)
    assert answer.status_code == status
    assert status == 201 or answer.json()["code"] == "needs_https"


async def test_nobody_can_flood_the_audit_log(services: Services, nobody: httpx.AsyncClient) -> None:
    job_id = await story.failed(services)
    headers = {"Authorization": "Bearer tdg_made_up"}
    answers = [await nobody.post(f"/api/ingestion/jobs/{job_id}/retry", headers=headers) for _ in range(62)]
    assert [answer.status_code for answer in answers] == [401] * 60 + [429] * 2
    assert len(await story.events(services, action=AuditAction.RETRY)) == 60


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": ADDRESS}, False),
        ({"Origin": ADDRESS}, True),
        ({"Origin": "https://evil.test"}, False),
        ({"Origin": "http://tidegate.test"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
    ],
)
async def test_another_site_cannot_act_with_a_cookie(
    services: Services, nobody: httpx.AsyncClient, power_user: Visitor, headers: dict[str, str], *, allowed: bool
) -> None:
    job_id = await story.failed(services)
    cookie = {"Cookie": visitors.cookies(services, power_user.secret)["Cookie"]}
    answer = await nobody.post(f"/api/ingestion/jobs/{job_id}/retry", headers={**cookie, **headers})
    if allowed:
        assert answer.status_code == 202
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request")
    assert (await nobody.get("/api/me", headers={**cookie, **headers})).status_code == 200


async def test_another_site_cannot_sign_a_visitor_in(nobody: httpx.AsyncClient, login: str) -> None:
    answer = await sign_in(nobody, login, **{"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request")


async def test_a_token_needs_no_origin_is_shown_once_and_can_be_revoked(nobody: httpx.AsyncClient, power_user: Visitor) -> None:
    made = await power_user.http.post("/api/tokens", json={"name": "nightly", "days": 7, "scopes": ["job:read", "token:manage"]})
    secret, id = made.json()["secret"], made.json()["id"]
    assert (made.status_code, secret[:4]) == (201, "tdg_")
    [listed] = (await power_user.http.get("/api/tokens")).json()["items"]
    assert (listed["id"], listed["scopes"]) == (id, ["job:read", "token:manage"])
    assert secret not in str(listed)
    headers = {"Authorization": f"Bearer {secret}"}
    by_token = await nobody.post("/api/tokens", json={"name": "more"}, headers=headers)
    assert (by_token.status_code, by_token.json()["code"]) == (409, "token_by_token")
    assert (await power_user.http.delete(f"/api/tokens/{id}")).status_code == 200
    assert (await nobody.get("/api/ingestion/jobs", headers=headers)).status_code == 401


async def test_one_ends_ones_own_sessions_and_nobody_elses(services: Services, viewer: Visitor, client_as: ClientAs) -> None:
    stranger = await client_as(Role.POWER_USER)
    other = await visitors.session(services, viewer.asking)
    newest = (await viewer.http.get("/api/sessions")).json()["items"][0]["id"]
    assert (await stranger.http.delete(f"/api/sessions/{newest}")).status_code == 404
    assert (await viewer.http.delete(f"/api/sessions/{newest}")).status_code == 200
    assert (await viewer.http.get("/api/me", headers=visitors.cookies(services, other))).status_code == 401
    assert (await viewer.http.get("/api/me")).status_code == 200


async def test_the_last_admin_remains_and_a_name_is_taken_once(services: Services, admin: Visitor) -> None:
    me = replace(admin.asking).actor.id
    last = await admin.http.post(f"/api/people/{me}/role", json={"role": "viewer"})
    assert (last.status_code, last.json()["code"]) == (409, "last_admin")
    assert (await admin.http.post("/api/people", json={"login": "eve", "role": "viewer"})).status_code == 201
    again = await admin.http.post("/api/people", json={"login": "EVE", "role": "admin"})
    assert (again.status_code, again.json()["code"]) == (409, "login_taken")
    assert {person["login"] for person in (await admin.http.get("/api/people")).json()["items"]} == {"eve", admin.login}
