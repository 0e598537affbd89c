"""Every place that somebody looks at: answers of every route to every role, the database's tables, the files, the shell."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
from litestar import Litestar

from tests import story
from tests.acceptance.route_requests import request_for
from tests.acceptance.route_table import SAFE, Route, routes_of
from tests.acceptance.stage import Stage
from tests.faults.leaks.scanner import Exhibit
from tests.faults.leaks.scene import Scene, strange_headers
from tests.processes import environment as process_environment
from tests.visitors import transport_to
from tidegate.audit.browse import AuditFilter
from tidegate.domain.actor import Role
from tidegate.domain.failures import FailureCode
from tidegate.operations import bulk_retry, reading
from tidegate.operations.door import Services
from tidegate.operations.sealing import ExportForm

BROWSER = "text/html,application/xhtml+xml;q=0.9"
EVENTS_LOOKED_AT = 40

CLI = """
import contextlib, io, json, sys
from tidegate.cli import main
for words in json.load(sys.stdin):
    out, told = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(told):
        status = main(words)
    print(json.dumps([" ".join(words), status, out.getvalue(), told.getvalue()]))
"""
"""Runs many commands of the program in one process: each alone would take a second to start."""


@asynccontextmanager
async def reader(application: Any, headers: Mapping[str, str], address: str = "192.0.2.7") -> AsyncIterator[httpx.AsyncClient]:
    """Give a client that sends these headers to an application in this process."""
    async with httpx.AsyncClient(
        transport=transport_to(application, address), base_url="https://tidegate.test", headers=dict(headers)
    ) as http:
        yield http


def exhibit_of(name: str, answer: httpx.Response) -> Exhibit:
    """Return an answer as it went over the wire: status, headers, body."""
    head = b"".join(key + b": " + value + b"\r\n" for key, value in answer.headers.raw)
    return Exhibit(name, f"{answer.status_code} {answer.reason_phrase}\r\n".encode() + head + b"\r\n" + answer.content)


async def pages(scene: Scene, application: Litestar, kind: str, *, jobs: Iterable[str]) -> AsyncIterator[Exhibit]:
    """Look at every route that is read by GET, about every job, batch, document and act there is."""
    headers = scene.readers[kind] | strange_headers(scene.canaries) | {"User-Agent": scene.canaries["user agent"]}
    known = await _ids(scene.services, [scene.jobs[name] for name in jobs])
    stage = Stage(scene.services, await story.person(scene.services, Role.ADMIN))
    async with reader(application, headers) as http:
        for method, path in routes_of(application):
            if method not in SAFE:
                continue
            for address in await _addresses(stage, (method, path), known):
                accept = "application/json" if path.startswith(("/api/", "/health/", "/metrics")) else BROWSER
                answer = await http.get(address, headers={"Accept": accept})
                yield exhibit_of(f"page [{kind}] {path} {address}", answer)


async def _ids(services: Services, jobs: list[UUID]) -> dict[str, list[str]]:
    """Return the ids by the part of an address that goes before them."""
    events = (await reading.list_audit_events(services, story.OPERATOR.actor, AuditFilter(), limit=EVENTS_LOOKED_AT)).events
    seen = [await story.job(services, id) for id in jobs]
    return {
        "jobs": [str(id) for id in jobs],
        "batches": sorted({str(job.summary.batch_id) for job in seen}),
        "documents": [str(job.document.id) for job in seen if job.document],
        "events": [str(event.id) for event in events],
        "audit": [str(event.id) for event in events],
        "retries": [str(retry.id) for retry in await bulk_retry.list_bulk(services, story.OPERATOR.actor)],
    }


async def _addresses(stage: Stage, route: Route, known: Mapping[str, list[str]]) -> list[str]:
    path = route[1]
    before = path.partition("/{id}")[0].rpartition("/")[2]
    if "/{id}" in path and before in known:
        return [path.replace("{id}", id) for id in known[before]]
    address, send = await request_for(stage, route)
    query = httpx.QueryParams(send.get("params", {}))
    return [f"{address}?{query}" if query else address]


async def refusals(scene: Scene, application: Litestar, kind: str) -> AsyncIterator[Exhibit]:
    """Ask every route that changes something, wrongly in several ways, with secrets in everything that is sent."""
    stage = Stage(scene.services, await story.person(scene.services, _role_of(kind)))
    for number, (method, path) in enumerate(routes_of(application)):
        if method in SAFE or path in {"/sign-out", "/api/sessions/current"}:
            continue
        address, _ = await request_for(stage, (method, path))
        for way, send in wrong_requests(scene).items():
            headers = scene.readers[kind] | strange_headers(scene.canaries) | send.pop("headers", {})
            async with reader(application, headers | {"Accept": _accept(path)}, f"10.{number}.{len(way)}.9") as http:
                yield exhibit_of(f"refusal [{kind}] {method} {path} {way}", await http.request(method, address, **send))


async def previews(scene: Scene, application: Litestar, kind: str) -> AsyncIterator[Exhibit]:
    """Look at what retries of many would do."""
    async with reader(application, scene.readers[kind]) as http:
        for filter in ({}, {"failure": FailureCode.INTERNAL.value}):
            answer = await http.post("/api/ingestion/retries", json={"filter": filter, "dry_run": True})
            yield exhibit_of(f"preview [{kind}] {filter}", answer)


async def exports(scene: Scene, application: Litestar, kind: str) -> AsyncIterator[Exhibit]:
    """Take the audit log away in every form."""
    async with reader(application, scene.readers[kind]) as http:
        for form in ExportForm:
            yield exhibit_of(f"export [{kind}] {form.value}", await http.post("/api/audit/exports", json={"form": form.value}))


WRONGLY_TYPED = ("mode", "login", "urls", "role", "name", "days", "filter", "ids", "as_of")
"""Members of bodies of which none takes a list of texts."""


def wrong_requests(scene: Scene) -> dict[str, dict[str, Any]]:
    """Return requests that no route takes: broken JSON, unknown members, a form, an upload that is too large or cut off."""
    planted = scene.canaries
    typed = {
        "login": f"who? {planted['typed login']}", "password": planted["wrong password"], "token": planted["wrong link"],
        "current": planted["wrong password"], "new": planted["short"][:8], "places": f"/srv/{planted['typed path']}",
        "paths": [f"/srv/{planted['typed path']}"], "urls": [f"ftp://u:{planted['typed URL']}@example.org/"],
    }  # fmt: skip
    boundary = {"Content-Type": "multipart/form-data; boundary=x"}
    head = f'--x\r\nContent-Disposition: form-data; name="f"; filename="{planted["refused file name"]}.txt"\r\n\r\n'
    content = planted["refused upload"]
    return {
        "broken JSON": {"content": f'{{"reason": "{planted["broken body"]}"', "headers": {"Content-Type": "application/json"}},
        "unknown member": {"json": {**typed, planted["unknown member"]: planted["unknown value"]}},
        "wrong types": {"json": {name: [planted["wrong type"]] for name in WRONGLY_TYPED}},
        "wrong filter": {"json": {"filter": {"submitter": planted["typed filter"], "text": "x"}, "reason": "so"}},
        "form": {"data": {name: str(value) for name, value in typed.items()}},
        "large upload": {"content": head + content * 6000 + "\r\n--x--\r\n", "headers": boundary},
        "cut upload": {"content": head + content, "headers": boundary},
        "wrong key": {"json": {}, "headers": {"Idempotency-Key": f"{planted['idempotency key']} {chr(0xE9)}".encode("latin-1")}},
        "wrong version": {"json": {}, "headers": {"If-Match": planted["if-match"]}},
        "wrong token": {"json": {}, "headers": {"Authorization": f"Bearer tdg_{planted['wrong token']}"}},
    }  # fmt: skip


def _accept(path: str) -> str:
    return "application/json" if path.startswith("/api/") else BROWSER


def _role_of(kind: str) -> Role:
    return Role(kind) if kind in set(Role) else Role.VIEWER


async def tables(owner_url: str) -> list[Exhibit]:
    """Return every column of every table, the queue's too."""
    found: list[Exhibit] = []
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as connection:
        columns = await (await connection.execute(COLUMNS)).fetchall()
        for schema, table, column in columns:
            statement = psycopg.sql.SQL("SELECT DISTINCT {0}::text FROM {1} WHERE {0} IS NOT NULL").format(
                psycopg.sql.Identifier(column), psycopg.sql.Identifier(schema, table)
            )
            rows = await (await connection.execute(statement)).fetchall()
            found.append(Exhibit(f"column {schema}.{table}.{column}", "\n".join(text for (text,) in rows).encode()))
    return found


COLUMNS = """
SELECT n.nspname, c.relname, a.attname
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE n.nspname IN ('public', 'queue') AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0
  AND NOT a.attisdropped
ORDER BY 1, 2, 3
"""


async def traces(scene: Scene) -> list[Exhibit]:
    """Return what the collector got, from this process and from all others, once everything is sent."""
    await asyncio.to_thread(scene.services.tracing.close)
    return [Exhibit("traces", "\n".join(sorted(scene.collector.texts())).encode())]


def files(folder: Path) -> Iterator[Exhibit]:
    """Return the files below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield Exhibit(f"file {path.relative_to(folder)}", path.read_bytes())


async def shell(scene: Scene, commands: list[list[str]], label: str, **environment: str) -> list[Exhibit]:
    """Return what commands of the program print."""
    settings, pipe = scene.services.settings, asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CLI, stdin=pipe, stdout=pipe, stderr=pipe,
        env=process_environment(settings, storage_url=settings.storage_url) | environment,
    )  # fmt: skip
    out, told = await process.communicate(json.dumps(commands).encode())
    assert process.returncode == 0, told.decode()[-2000:]
    answers = [json.loads(line) for line in out.splitlines()]
    shown = [Exhibit(f"shell [{label}] {words}", f"{status}\n{said}\n{error}".encode()) for words, status, said, error in answers]
    return [*shown, Exhibit(f"shell [{label}] stderr", told)]


async def commands(services: Services, jobs: list[UUID]) -> list[list[str]]:
    """Return every command that shows something, of these jobs each by its id, as a table and as JSON."""
    known = await _ids(services, jobs)
    about = {"job": known["jobs"], "batches": known["batches"], "content": known["documents"], "retries": known["retries"]}
    plain = [["jobs"], ["jobs", "--limit", "200"], ["audit"], ["audit", "--limit", "200"], ["search", "harbour"], ["workers"],
             ["person", "list"], ["token", "list"], ["pipelines"], ["pulse"], ["batches"], ["config"], ["version"],
             ["causes", "--window", "all"], ["retries"],
             ["jobs", "--attention", "acknowledged"], ["retry", "--attention", "unresolved", "--dry-run"]]  # fmt: skip
    plain += [[word, id] for word, ids in about.items() for id in ids]
    return [form for words in plain for form in (words, [*words, "--json"]) if form != ["version", "--json"]]
