"""Whatever goes wrong is a problem in plain words: the right code, the right status, and nothing of our insides."""

from dataclasses import replace
from typing import Any

import httpx
import psycopg
import pytest
from litestar import Litestar, get
from structlog.testing import capture_logs

from tests import story
from tests.acceptance.conftest import ADDRESS
from tests.visitors import Visitor, transport_to
from tidegate.api.routes import HANDLERS
from tidegate.operations.door import Services
from tidegate.web.app import build

JOBS = "/api/ingestion/jobs"
ID = "01a20a97-be65-7652-9776-1cf4aef0d2fa"
CANARY = "canary-5f1e password=hunter2 /srv/secret"


@pytest.mark.parametrize(
    ("method", "path", "send", "status", "code"),
    [
        ("GET", f"{JOBS}/not-an-id", {}, 400, "invalid_request"),
        ("GET", f"{JOBS}/{ID}", {}, 404, "job_not_found"),
        ("POST", f"{JOBS}/{ID}/retry", {}, 404, "job_not_found"),
        ("POST", f"{JOBS}/not-an-id/retry", {}, 400, "invalid_request"),
        ("GET", "/api/ingestion/batches/x", {}, 400, "invalid_request"),
        ("GET", f"/api/ingestion/batches/{ID}", {}, 404, "batch_not_found"),
        ("GET", f"/api/audit/events/{ID}", {}, 404, "event_not_found"),
        ("GET", "/api/nothing/here", {}, 404, "not_found"),
        ("PUT", JOBS, {}, 405, "method_not_allowed"),
        ("POST", JOBS, {"content": b"{"}, 400, "malformed_body"),
        ("POST", JOBS, {"content": b"\xff\xfe"}, 400, "malformed_body"),
        ("POST", JOBS, {"content": b""}, 400, "invalid_request"),
        ("POST", JOBS, {"content": b"[]"}, 400, "invalid_request"),
        ("POST", JOBS, {"content": b"[" * 100_000}, 400, "malformed_body"),
        ("POST", JOBS, {"content": b" " * (9 * 1024 * 1024)}, 413, "body_too_large"),
        ("GET", JOBS, {"params": {"state": "burning"}}, 400, "invalid_request"),
        ("GET", JOBS, {"params": {"page_size": "0"}}, 400, "invalid_request"),
        ("GET", JOBS, {"params": {"page_size": "201"}}, 400, "invalid_request"),
        ("GET", JOBS, {"params": {"page_token": "nonsense"}}, 400, "bad_page_token"),
        ("GET", JOBS, {"params": {"page_token": "ümlaut"}}, 400, "bad_page_token"),
        ("GET", JOBS, {"params": {"text": "ab"}}, 400, "text_too_short"),
        ("GET", JOBS, {"params": {"attention": "none"}}, 400, "invalid_request"),
        ("GET", JOBS, {"params": {"source": "ether"}}, 400, "invalid_request"),
        ("GET", JOBS, {"params": {"step": "x" * 201}}, 400, "invalid_request"),
        ("GET", JOBS, {"params": {"since": "yesterday"}}, 400, "invalid_request"),
        ("GET", JOBS, {"params": {"since": "2026-11-24T09:00:00"}}, 400, "bad_time"),
        ("GET", JOBS, {"params": {"failed_until": "1969-12-31T00:00:00Z"}}, 400, "bad_time"),
        ("GET", "/api/ingestion/causes", {"params": {"window": "1y"}}, 400, "invalid_request"),
        ("GET", JOBS, {"params": {"text": "abc\0def"}}, 400, "invalid_request"),
        ("GET", f"{JOBS}?text=%ff%fe%fd", {}, 200, ""),
        ("GET", "/api/search", {}, 400, "invalid_request"),
        ("GET", "/api/search", {"params": {"q": " "}}, 400, "bad_search"),
        ("POST", f"{JOBS}/{ID}/retry", {"json": {"mode": "sideways"}}, 400, "invalid_request"),
        ("POST", f"{JOBS}/{ID}/retry", {"json": {"reason": "r" * 501}}, 400, "reason_too_long"),
        ("POST", "/api/ingestion/diagnostics/D-AAAA-BBBB-CCCC", {"json": {"reason": "nul\0"}}, 404, "diagnostic_not_found"),
    ],
)
async def test_what_is_wrong_is_told_by_a_code(
    admin: Visitor, method: str, path: str, send: dict[str, Any], status: int, code: str
) -> None:
    answer = await admin.http.request(method, path, **send)
    assert answer.status_code == status, answer.text
    if status == 200:
        return
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (problem["status"], problem["code"], problem["type"]) == (status, code, f"urn:tidegate:problem:{code}")
    assert problem["instance"] == path.partition("?")[0]
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["detail"].endswith(".") or problem["errors"]


async def test_every_wrong_filter_is_named(power_user: Visitor) -> None:
    wrong = {"attention": "none", "source": "ether", "batch": "x", "failure": "bad luck", "since": "then", "step": "x" * 201}
    answer = await power_user.http.get(JOBS, params=wrong)
    assert {error["field"] for error in answer.json()["errors"]} == set(wrong)
    assert not [value for value in ("none", "ether", "bad luck", "then", "xxx") if f'"{value}' in answer.text]


async def test_a_wrong_filter_costs_no_connection_to_the_database(services: Services, viewer: Visitor) -> None:
    opened = services.pool.get_stats()["connections_num"]
    for _ in range(20):
        assert (await viewer.http.get(JOBS, params={"source": "ether"})).status_code == 400
    assert services.pool.get_stats()["connections_num"] == opened


async def test_a_wrong_field_is_named(power_user: Visitor) -> None:
    answer = await power_user.http.post(f"{JOBS}/{ID}/retry", json={"mode": 7})
    assert answer.json()["errors"] == [{"field": "mode", "message": "Expected `str | null`, got `int`", "source": "body"}]
    answer = await power_user.http.get(JOBS, params={"page_size": "many", "state": "burning"})
    assert {error["field"] for error in answer.json()["errors"]} == {"page_size", "state"}
    assert "burning" not in answer.text


def failing_app(services: Services) -> Litestar:
    @get("/api/boom")
    async def boom() -> None:
        try:
            raise ValueError(CANARY)  # noqa: TRY301
        except ValueError as error:
            raise RuntimeError(f"again: {CANARY}") from error

    @get("/api/row")
    async def row() -> None:
        async with services.pool.connection() as connection:
            await connection.execute("INSERT INTO batch (id, label) VALUES (gen_random_uuid(), %s)", (CANARY,))

    @get("/api/away")
    async def away() -> None:
        raise psycopg.OperationalError(f"connection to {CANARY} failed")

    return build(services, [boom, row, away])


@pytest.mark.parametrize(
    ("path", "status", "code"), [("/boom", 500, "internal"), ("/row", 500, "internal"), ("/away", 503, "database_away")]
)
async def test_an_error_of_ours_leaks_neither_to_the_reader_nor_to_the_log(
    services: Services, path: str, status: int, code: str
) -> None:
    async with httpx.AsyncClient(transport=transport_to(failing_app(services)), base_url=ADDRESS) as client:
        with capture_logs() as logs:
            answer = await client.get(f"/api{path}", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    for part in ("canary", "hunter2", "secret", "Traceback", "Error"):
        assert part not in answer.text
        assert part == "Error" or part not in str(logs)
    if status == 503:
        assert int(answer.headers["retry-after"]) > 0
    else:
        [entry] = [log for log in logs if log["event"] == "internal_error"]
        assert entry["reference"] == answer.json()["reference"]
        assert entry["places"]


async def test_a_database_that_is_gone_is_told_as_such(services: Services, nobody: httpx.AsyncClient) -> None:
    assert (await nobody.get("/health/ready")).json() == {"status": "ready", "changes": "notices"}
    away = replace(services, pool=type(services.pool)("postgresql://nobody@127.0.0.1:1/x", open=False, timeout=0.1))
    async with httpx.AsyncClient(transport=transport_to(build(away, HANDLERS)), base_url=ADDRESS) as client:
        assert (await client.get("/health/live")).status_code == 200
        for path in ("/health/ready", JOBS):
            answer = await client.get(path, headers={"Authorization": "Bearer tdg_x"})
            assert (answer.status_code, answer.json()["code"]) == (503, "database_away")


async def test_every_answer_carries_the_headers(nobody: httpx.AsyncClient, viewer: Visitor) -> None:
    answers = [
        await nobody.get("/api/nothing"),
        await nobody.get(JOBS),
        await viewer.http.get(JOBS),
        await nobody.get("/health/live"),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "require-trusted-types-for 'script'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        assert answer.headers["x-request-id"]


async def test_a_request_id_is_kept_when_it_is_harmless_and_replaced_otherwise(nobody: httpx.AsyncClient) -> None:
    async def id_for(given: str) -> str:
        return str((await nobody.get("/health/live", headers={"X-Request-Id": given})).headers["x-request-id"])

    assert await id_for("req-1.2_3") == "req-1.2_3"
    for given in ("a b", "x" * 65, "<script>", ""):
        assert await id_for(given) not in {given, ""}


async def test_a_job_never_shows_where_its_content_lies(services: Services, viewer: Visitor) -> None:
    job_id = await story.failed(services, name="a.txt", detail=CANARY)
    for path in (f"{JOBS}/{job_id}", JOBS, "/api/audit/events"):
        text = (await viewer.http.get(path)).text
        assert "canary" not in text
        assert "/nowhere" not in text
