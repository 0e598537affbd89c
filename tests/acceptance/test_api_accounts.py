"""Administrators read and change accounts over the API, and see the pipelines."""

import httpx

from tests import story, visitors
from tests.acceptance.conftest import ADDRESS, ClientAs
from tests.visitors import Visitor
from tidegate.audit.vocabulary import AuditAction
from tidegate.domain.actor import Role
from tidegate.operations.door import Services

PASSWORD = "the tide comes at six"


async def test_people_come_in_pages_by_name(admin: Visitor, client_as: ClientAs) -> None:
    logins = sorted([admin.login, *[(await client_as(Role.VIEWER)).login for _ in range(4)]])
    seen: list[tuple[str, int, int]] = []
    token: str | None = ""
    while token is not None:
        page = (await admin.http.get("/api/people", params={"page_size": 2, **({"page_token": token} if token else {})})).json()
        seen += [(person["login"], person["sessions"], person["tokens"]) for person in page["items"]]
        token = page["next_page_token"]
    assert seen == [(login, 1, 0) for login in logins]
    of_jobs = "AQAAAAAAAAAAAAAAAAAAAAA"
    wrong = await admin.http.get("/api/people", params={"page_token": of_jobs})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_page_token")


async def test_a_link_replaces_a_forgotten_password(services: Services, admin: Visitor, nobody: httpx.AsyncClient) -> None:
    added = (await admin.http.post("/api/people", json={"login": "eve", "role": "viewer", "password": PASSWORD})).json()
    issued = await admin.http.post(f"/api/people/{added['id']}/link", json={"reason": "forgot it"})
    assert issued.status_code == 201
    prefix = f"{ADDRESS}/sign-in/link?token="
    assert issued.json()["link"].startswith(prefix)
    secret = await visitors.session_by_link(services, issued.json()["link"].removeprefix(prefix))
    headers = visitors.cookies(services, secret)
    answers = [
        (await nobody.put("/api/me/password", json={"new": new}, headers=headers)).status_code
        for new in ("short", "another tide comes at noon", "and another comes at night")
    ]
    assert answers == [400, 200, 401]
    [event] = await story.events(services, action=AuditAction.LINK_ISSUE, actor_id=admin.asking.actor.id)
    assert (str(event.id), event.body.reason) == (issued.json()["audit_event_id"], "forgot it")


async def test_an_account_is_shown_whole_and_its_ways_in_are_ended_with_a_reason(
    services: Services, admin: Visitor, client_as: ClientAs
) -> None:
    eve = await client_as(Role.VIEWER)
    path = f"/api/people/{eve.asking.actor.id}"
    await visitors.token(services, eve.asking)
    shown = (await admin.http.get(path)).json()
    assert (shown["account"]["login"], [grant["role"] for grant in shown["roles"]]) == (eve.login, ["viewer"])
    [session] = (await admin.http.get(f"{path}/sessions")).json()["items"]
    [token] = (await admin.http.get(f"{path}/tokens")).json()["items"]
    for kind, id in (("sessions", session["id"]), ("tokens", token["id"])):
        assert (await admin.http.delete(f"/api/{kind}/{id}", params={"reason": "lost"})).status_code == 200
    assert (await eve.http.get("/api/me")).status_code == 401
    told = await story.events(services, actor_id=admin.asking.actor.id)
    assert [(event.body.action, event.body.reason) for event in told[:2]] == [
        (AuditAction.TOKEN_REVOKE, "lost"),
        (AuditAction.SESSION_REVOKE, "lost"),
    ]


async def test_the_right_to_content_holds_at_once(admin: Visitor, client_as: ClientAs) -> None:
    eve = await client_as(Role.VIEWER)
    path = f"/api/people/{eve.asking.actor.id}/reads-content"
    assert (await eve.http.get("/api/search", params={"q": "tide"})).status_code == 200
    assert (await admin.http.put(path, json={"reads_content": False, "reason": "not any more"})).status_code == 200
    assert (await eve.http.get("/api/search", params={"q": "tide"})).status_code == 403
    again = await admin.http.put(path, json={"reads_content": False})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_change")


async def test_pipelines_tell_their_limits_and_jobs(services: Services, admin: Visitor) -> None:
    await story.submitted(services)
    [documents] = (await admin.http.get("/api/pipelines")).json()["items"]
    assert (documents["name"], documents["jobs"]["queued"], documents["workers"]) == ("documents", 1, [])
    assert {"setting": "fetch_timeout", "variable": "TIDEGATE_FETCH_TIMEOUT", "value": 120.0} in documents["steps"][0]["limits"]
