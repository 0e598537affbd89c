"""Runs of other systems over the wire: OpenLineage's own client and transport against a real server; what readers then see."""

import asyncio
import gzip
import html
import re
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from openlineage.client import OpenLineageClient
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpCompression, HttpConfig, HttpTransport

from tests import story, visitors
from tests.acceptance.conftest import LiveServer
from tests.lineage import NAMESPACE, PIPELINE, body, event
from tests.visitors import Visitor
from tidegate.api.lineage import BODY_LIMIT
from tidegate.domain.actor import Permission, Role
from tidegate.domain.lifecycle import State
from tidegate.ledger.views import JobFilter
from tidegate.operations import reading
from tidegate.operations.door import Services

PATH = "/api/v1/lineage"
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "lineage.md"
CANARY = "password=hunter2"


def client_for(url: str, token: str, compression: HttpCompression | None) -> OpenLineageClient:
    """Return the client that Airflow, dbt and Dagster send with."""
    config = HttpConfig(url=url, auth=ApiKeyTokenProvider({"apiKey": token}), compression=compression)
    return OpenLineageClient(transport=HttpTransport(config))


async def program(services: Services, *scopes: Permission) -> str:
    """Return a token of a power user with these rights alone."""
    return await visitors.token(services, await story.person(services, Role.POWER_USER), *scopes)


async def test_runs_sent_by_openlineage_are_jobs_that_readers_see(live_server: LiveServer) -> None:
    services = live_server.services
    token = await program(services, Permission.LINEAGE_WRITE)
    plain, packed = (client_for(live_server.url, token, how) for how in (None, HttpCompression.GZIP))
    good, bad = uuid4(), uuid4()
    for client, sent in (
        (plain, event("START", good)),
        (packed, event("RUNNING", good)),
        (plain, event("FAIL", bad, error=CANARY)),
        (packed, event("COMPLETE", good)),
        (plain, event("OTHER", bad)),
    ):
        await asyncio.to_thread(client.emit, sent)

    person = await story.person(services, Role.VIEWER)
    headers = visitors.cookies(services, await visitors.session(services, person))
    async with httpx.AsyncClient(base_url=live_server.url, headers=headers, timeout=30) as http:
        page = await http.get("/api/ingestion/jobs", params={"pipeline": PIPELINE, "source": "external"})
        failed, done = page.json()["items"]
        assert (done["state"], done["outcome"], done["external_namespace"]) == ("succeeded", "completed", NAMESPACE)
        assert (failed["state"], failed["failure"]["code"]) == ("failed", "external_failed")
        listed = await http.get("/ingestion", params={"pipeline": PIPELINE})
        shown = await http.get(f"/ingestion/jobs/{failed['id']}")
        told = await http.get(f"/api/ingestion/jobs/{failed['id']}")
    assert "external" in listed.text
    assert "No worker" not in listed.text
    assert f'<option value="{PIPELINE}" selected' in html.unescape(listed.text)
    assert "Another system" in shown.text
    assert "has no way to ask it" in shown.text or "This needs the role" in shown.text
    assert CANARY not in page.text + listed.text + shown.text + told.text


async def test_the_page_on_it_sends_a_run_by_hand(live_api: LiveServer) -> None:
    [code] = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    names = {"URL": live_api.url, "TOKEN": await program(live_api.services, Permission.LINEAGE_WRITE)}
    await asyncio.to_thread(exec, code, names)
    page = await reading.list_jobs(live_api.services, story.OPERATOR.actor, JobFilter(), limit=5)
    assert [(job.pipeline, job.state) for job in page.jobs] == [("by-hand/hello", State.SUCCEEDED)]


async def test_a_token_without_the_right_is_refused_by_the_transport_too(live_api: LiveServer) -> None:
    client = client_for(live_api.url, await program(live_api.services, Permission.JOB_READ), None)
    with pytest.raises(Exception, match="403"):
        await asyncio.to_thread(client.emit, event("START"))


async def test_what_is_too_large_or_packed_otherwise_is_refused(services: Services, power_user: Visitor) -> None:
    bomb = gzip.compress(b" " * (BODY_LIMIT + 1))
    for sent, headers, status in (
        (b" " * (BODY_LIMIT + 1), {}, 413),
        (bomb, {"Content-Encoding": "gzip"}, 413),
        (gzip.compress(body(event("START")))[:-9], {"Content-Encoding": "gzip"}, 400),
        (body(event("START")), {"Content-Encoding": "gzip"}, 400),
        (body(event("START")), {"Content-Encoding": "br"}, 400),
        (b"no json", {}, 400),
    ):
        answer = await power_user.http.post(PATH, content=sent, headers={"Content-Type": "application/json", **headers})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    answer = await power_user.http.post(PATH, content=body(event("START"), event("COMPLETE"), event("OTHER")))
    assert answer.json() == {"applied": 2, "known": 0, "ignored": 1}


async def test_a_system_fetches_what_it_is_to_run_again(power_user: Visitor) -> None:
    await power_user.http.post(PATH, content=body(event("FAIL"), own={"restart": "sealed"}))
    [job] = (await power_user.http.get("/api/ingestion/jobs")).json()["items"]
    retry = f"/api/ingestion/jobs/{job['id']}/retry"
    refused = await power_user.http.post(retry)
    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_be_asked")
    assert (await power_user.http.post(f"{PATH}/retries", json={"namespace": NAMESPACE})).json() == {"items": []}
    assert (await power_user.http.post(retry)).status_code == 202
    [asked] = (await power_user.http.post(f"{PATH}/retries", json={"namespace": NAMESPACE})).json()["items"]
    assert (asked["job_id"], asked["attempt"], asked["restart"]) == (job["id"], 2, "sealed")
