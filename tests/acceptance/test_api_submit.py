"""Submitting over HTTP: paths, web addresses and uploads; one bad entry refuses all, and nothing is left behind."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests import story, visitors
from tests.acceptance.conftest import LARGEST, LiveServer
from tests.visitors import Visitor
from tidegate.audit.vocabulary import AuditAction
from tidegate.domain.actor import Role
from tidegate.operations.door import Services
from tidegate.settings import Settings

JOBS, UPLOADS = "/api/ingestion/jobs", "/api/ingestion/uploads"
HEAD = '--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n'


async def job_total(visitor: Visitor) -> int:
    counts = (await visitor.http.get("/api/ingestion/counts")).json()["counts"]
    return sum(count["n"] for count in counts.values())


def stored(settings: Settings) -> list[Path]:
    return [path for path in (settings.home / "content").rglob("*") if path.is_file()]


async def test_a_folder_a_file_and_an_address_become_one_batch(services: Services, power_user: Visitor, inbox: Path) -> None:
    (inbox / "reports" / "deep").mkdir(parents=True)
    for name in ("reports/b.txt", "reports/a.txt", "reports/deep/c.txt", "reports/.hidden", "single.txt"):
        (inbox / name).write_text(name)
    body = {
        "paths": [str(inbox / "reports"), str(inbox / "single.txt")],
        "urls": ["https://user:secret@example.org/files/A%20report.pdf?key=canary-7531"],
        "reason": "monthly",
    }
    answer = await power_user.http.post(JOBS, json=body, headers={"Idempotency-Key": "submit-1"})
    submitted = answer.json()
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/api/ingestion/batches/{submitted['batch_id']}"
    page = (await power_user.http.get(JOBS, params={"batch": submitted["batch_id"]})).json()
    names = {job["id"]: job["name"] for job in page["items"]}
    assert [names[id] for id in submitted["job_ids"]] == ["a.txt", "b.txt", "c.txt", "single.txt", "A report.pdf"]
    assert "secret" not in str(page)
    assert "canary" not in str(page)
    batch = (await power_user.http.get(answer.headers["location"])).json()
    assert (batch["batch"]["label"], batch["states"], batch["is_over"]) == ("reports +2", {"queued": 5}, False)
    [event] = await story.events(services, action=AuditAction.SUBMIT)
    assert (str(event.id), event.body.reason) == (submitted["audit_event_id"], "monthly")
    again = await power_user.http.post(JOBS, json=body, headers={"Idempotency-Key": "submit-1"})
    assert (again.status_code, again.json()) == (202, submitted)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("/etc/passwd", "path_not_allowed"),
        ("/nowhere/at/all", "path_not_allowed"),
        ("INBOX/../../../../../etc/passwd", "path_not_allowed"),
        ("INBOX/link-out", "path_not_allowed"),
        ("INBOX-sibling/x.txt", "path_not_allowed"),
        ("INBOX/missing.txt", "path_not_found"),
        ("INBOX/pipe", "path_not_found"),
        ("INBOX/\0", "path_not_found"),
        ("relative.txt", "path_not_absolute"),
        ("", "path_not_absolute"),
    ],
)
async def test_a_path_that_may_not_be_refuses_the_whole_batch(power_user: Visitor, inbox: Path, entry: str, code: str) -> None:
    (inbox / "good.txt").write_text("good")
    (inbox / "link-out").symlink_to("/etc/passwd")
    os.mkfifo(inbox / "pipe")
    answer = await power_user.http.post(JOBS, json={"paths": [str(inbox / "good.txt"), entry.replace("INBOX", str(inbox))]})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["kind"], problem["index"]) == (400, code, "paths", 1)
    assert str(inbox) not in answer.text
    assert await job_total(power_user) == 0


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/a",
        "file:///etc/passwd",
        "http://",
        "example.org/a",
        "https://[::1",
        "http://a b/",
        "http://example.org/\n",
        "http://x:99999999/",
    ],
)
async def test_what_is_no_web_address_refuses_the_whole_batch(power_user: Visitor, url: str) -> None:
    answer = await power_user.http.post(JOBS, json={"urls": ["https://example.org/good.pdf", url]})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["kind"], problem["index"]) == (400, "bad_url", "urls", 1)
    assert await job_total(power_user) == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "nothing_to_submit"),
        ({"urls": ["https://example.org/a"], "pipeline": "nope"}, "unknown_pipeline"),
        ({"urls": ["https://example.org/a"], "reason": "r" * 501}, "reason_too_long"),
        ({"urls": ["https://example.org/a"], "surprise": 1}, "invalid_request"),
        ({"urls": "https://example.org/a"}, "invalid_request"),
    ],
)
async def test_a_request_that_is_wrong_says_how(power_user: Visitor, body: dict[str, object], code: str) -> None:
    answer = await power_user.http.post(JOBS, json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert await job_total(power_user) == 0


async def test_uploads_become_a_batch_with_names_that_are_safe_to_show(settings: Settings, power_user: Visitor) -> None:
    files = [
        ("files", ("C:\\docs\\plan.txt", b"a plan")),
        ("files", ("../../etc/evil\u202etxt.exe", b"turned around")),
        ("files", ("Ünïcödé 文書.pdf", b"%PDF-")),
    ]
    answer = await power_user.http.post(UPLOADS, files=files, data={"reason": "by hand"})
    assert answer.status_code == 202, answer.text
    page = (await power_user.http.get(JOBS)).json()
    names = {job["id"]: (job["name"], job["source_kind"]) for job in page["items"]}
    assert [names[id] for id in answer.json()["job_ids"]] == [
        ("plan.txt", "upload"), ("evil\ufffdtxt.exe", "upload"), ("Ünïcödé 文書.pdf", "upload"),
    ]  # fmt: skip
    assert sorted(path.read_bytes() for path in stored(settings)) == [b"%PDF-", b"a plan", b"turned around"]


async def test_an_upload_that_is_too_large_is_refused_while_it_comes_and_leaves_nothing(
    settings: Settings, power_user: Visitor
) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        yield b'--x\r\nContent-Disposition: form-data; name="f"; filename="small.txt"\r\n\r\nsmall\r\n'
        yield b'--x\r\nContent-Disposition: form-data; name="f"; filename="big.bin"\r\n\r\n'
        while True:
            taken += 65536
            yield b"\0" * 65536

    answer = await power_user.http.post(UPLOADS, content=endless(), headers={"Content-Type": "multipart/form-data; boundary=x"})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["limit"]) == (413, "file_too_large", LARGEST)
    assert taken <= LARGEST + 2 * 1024 * 1024
    assert stored(settings) == []
    assert await job_total(power_user) == 0


async def test_an_announced_length_that_is_too_large_is_refused_before_anything_is_read(power_user: Visitor) -> None:
    async def never() -> AsyncIterator[bytes]:
        pytest.fail("the body was read")
        yield b""  # type: ignore[unreachable]

    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(2 * 1024**3)}
    answer = await power_user.http.post(UPLOADS, content=never(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"{}", "application/json", "not_a_form"),
        (b"--x", "multipart/form-data", "not_a_form"),
        (b"garbage", "multipart/form-data; boundary=x", "bad_upload"),
        (b"", "multipart/form-data; boundary=x", "bad_upload"),
        (
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\ncut',
            "multipart/form-data; boundary=x",
            "bad_upload",
        ),
        (b"--x--\r\n", "multipart/form-data; boundary=x", "nothing_to_submit"),
    ],
)
async def test_an_upload_that_is_no_whole_form_leaves_nothing(
    settings: Settings, power_user: Visitor, content: bytes, kind: str, code: str
) -> None:
    answer = await power_user.http.post(UPLOADS, content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.text
    assert stored(settings) == []


async def test_an_upload_for_an_unknown_pipeline_leaves_nothing(settings: Settings, power_user: Visitor) -> None:
    answer = await power_user.http.post(UPLOADS, files={"f": ("a.txt", b"text")}, data={"pipeline": "nope"})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_pipeline")
    assert stored(settings) == []


async def test_a_viewers_upload_is_refused_and_on_record(services: Services, settings: Settings, viewer: Visitor) -> None:
    answer = await viewer.http.post(UPLOADS, files={"f": ("a.txt", b"text")})
    assert answer.status_code == 403
    assert stored(settings) == []
    [event] = await story.events(services, action=AuditAction.SUBMIT)
    assert (event.body.outcome.value, event.body.actor.name) == ("denied", viewer.login)


async def test_a_real_server_refuses_a_large_upload_and_the_sender_reads_why(live_api: LiveServer) -> None:
    headers = await signed_in(live_api)
    async with httpx.AsyncClient(base_url=live_api.url, timeout=30) as client:
        answer = await client.post(UPLOADS, files={"f": ("big.bin", b"\0" * (20 * LARGEST))}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
        assert (await client.get("/health/live")).status_code == 200
    assert stored(live_api.services.settings) == []


async def test_a_sender_who_hangs_up_leaves_nothing_behind(live_api: LiveServer) -> None:
    headers = await signed_in(live_api)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    _, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(live_api.url).port)
    writer.write(
        f"POST {UPLOADS} HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n{head}"
        f"Content-Type: multipart/form-data; boundary=x\r\n\r\n{HEAD}one\r\n{HEAD}two".encode()
    )
    await writer.drain()
    while not stored(live_api.services.settings):
        await asyncio.sleep(0.01)
    writer.close()
    async with asyncio.timeout(5):
        while stored(live_api.services.settings):
            await asyncio.sleep(0.01)
    assert not await story.events(live_api.services, action=AuditAction.SUBMIT)


async def signed_in(server: LiveServer) -> dict[str, str]:
    person = await story.person(server.services, Role.POWER_USER)
    return visitors.cookies(server.services, await visitors.session(server.services, person))
