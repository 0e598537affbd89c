"""The live stream: it begins with hello, tells what changed once that is committed, and ends when it must."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests import story, visitors
from tests.acceptance.conftest import LiveServer
from tidegate.api import stream
from tidegate.domain.actor import Role
from tidegate.operations.door import perform
from tidegate.operations.sessions import RevokeSession

PATH = "/api/ingestion/stream"


class Events:
    """The lines of an open stream, as events."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[str, object]:
        """Return the next event's name and data, a comment as ('', text). Raises StopAsyncIteration at the end."""
        name, data = "", ""
        async for line in self._lines:
            if line.startswith(":"):
                return "", line[1:].strip()
            if line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:"):
                data = line[5:].strip()
            elif not line and name:
                return name, json.loads(data)
        raise StopAsyncIteration

    async def until(self, name: str) -> object:
        """Return the data of the next event of this name."""
        async with asyncio.timeout(10):
            while True:
                found, data = await self.next()
                if found == name:
                    return data


@asynccontextmanager
async def listening(server: LiveServer, role: Role = Role.VIEWER) -> AsyncIterator[tuple[Events, visitors.Visitor]]:
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as nobody:
        person = await story.person(server.services, role)
        secret = await visitors.session(server.services, person)
        headers = visitors.cookies(server.services, secret)
        async with nobody.stream("GET", PATH, headers=headers) as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            yield Events(response), visitors.Visitor(person, secret, nobody)


async def test_a_commit_is_told_to_every_listener(live_api: LiveServer) -> None:
    async with listening(live_api) as (first, _), listening(live_api) as (second, _):
        for events in (first, second):
            assert (await events.next())[0] == "hello"
        await story.submitted(live_api.services)
        for events in (first, second):
            await events.until("changed")  # of this job, or of everything when the feed has only just begun
        begun = time.monotonic()
        job_id = (await story.submitted(live_api.services)).job_ids[0]
        for events in (first, second):
            while str(job_id) not in (await events.until("changed")):  # type: ignore[operator]
                pass
        assert time.monotonic() - begun < 2


async def test_a_quiet_stream_shows_that_it_lives(live_api: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.1)
    async with listening(live_api) as (events, _):
        assert await events.until("") == "still here"


async def test_a_revoked_session_ends_its_stream(live_api: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.1)
    async with listening(live_api) as (events, visitor):
        await events.until("hello")
        own = visitors.cookies(live_api.services, visitor.secret)
        [session] = (await visitor.http.get("/api/sessions", headers=own)).json()["items"]
        await perform(live_api.services, visitor.asking, RevokeSession(session["id"]))
        assert await events.until("bye") == {"code": "not_signed_in"}
        with pytest.raises(StopAsyncIteration):
            await events.next()


async def test_an_open_stream_does_not_keep_the_server_from_stopping(live_api: LiveServer) -> None:
    async with listening(live_api) as (events, _):
        await events.until("hello")
        begun = time.monotonic()
        live_api.server.should_exit = True
        await asyncio.wait_for(asyncio.shield(live_api.task), 5)
        assert time.monotonic() - begun < 1.5


async def test_listeners_that_go_away_are_forgotten(live_api: LiveServer) -> None:
    async with listening(live_api) as (events, _):
        await events.until("hello")
        subscribers = live_api.server._app.state.feed._subscribers
        assert len(subscribers) == 1
    for _ in range(100):
        if not subscribers:
            break
        await asyncio.sleep(0.05)
    assert not subscribers
