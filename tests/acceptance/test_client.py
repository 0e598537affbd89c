"""The client does the same waiting and awaiting: against a real server, with a real worker, by the code of its page."""

import asyncio
import contextlib
import inspect
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import story, visitors
from tests.acceptance.conftest import LiveServer
from tests.acceptance.reaching import Reach
from tidegate.audit.vocabulary import AuditAction
from tidegate.client import AsyncClient, Client, Conflict, Forbidden, Invalid, NotFound, NotSignedIn
from tidegate.demo import DOCUMENTS
from tidegate.domain.actor import Role
from tidegate.domain.failures import FailureCode
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Attention, RetryMode, State
from tidegate.operations.door import perform
from tidegate.operations.people import DisablePerson
from tidegate.worker.loop import work

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "python-client.md"


@pytest.fixture(params=[Client, AsyncClient], ids=["waiting", "awaiting"])
async def reach(request: pytest.FixtureRequest, live_server: LiveServer) -> AsyncIterator[Reach]:
    async with contextlib.AsyncExitStack() as stack:
        yield Reach(live_server, request.param, stack)


@pytest.fixture
async def worker(live_server: LiveServer) -> AsyncIterator[None]:
    """A worker in this process."""
    stop = asyncio.Event()
    task = asyncio.create_task(work(live_server.services, stop))
    yield
    stop.set()
    await task


@pytest.mark.usefixtures("worker")
async def test_it_submits_waits_looks_and_lists(reach: Reach, tmp_path: Path) -> None:
    way = await reach.by(Role.POWER_USER)
    (tmp_path / "gate.txt").write_text("The gate opens at six.", encoding="utf-8")
    submitted = await way.do("submit", tmp_path / "gate.txt", ("empty.txt", b""), reason="nightly")
    batch = await way.do("wait", submitted.batch_id, timeout=60)
    assert (batch.is_over, batch.states) == (True, {State.SUCCEEDED: 1, State.FAILED: 1})
    assert batch.failures == {"document_empty": 1}
    detail = await way.do("wait_job", submitted.job_ids[0], timeout=60)
    assert (detail.job.name, detail.job.state, detail.document.media_type) == ("gate.txt", State.SUCCEEDED, "text/plain")
    page = await way.do("list", batch=submitted.batch_id, state="failed", page_size=1)
    assert [job.name for job in page.items] == ["empty.txt"]
    assert page.counts[State.SUCCEEDED].n == 1
    assert {job.id for job in await way.all("iterate", batch=submitted.batch_id)} == set(submitted.job_ids)


async def test_it_walks_all_pages(reach: Reach) -> None:
    submitted = await story.submitted(reach.server.services, *(f"{n}.txt" for n in range(205)))
    way = await reach.by(Role.VIEWER)
    found = [job.id for job in await way.all("iterate", batch=submitted.batch_id)]
    assert (len(found), set(found)) == (205, set(submitted.job_ids))


async def test_it_retries_once_and_tells_conflicts_with_their_facts(reach: Reach) -> None:
    services = reach.server.services
    id = await story.failed(services)
    way = await reach.by(Role.POWER_USER)
    version = (await way.do("get", id)).job.version
    retried = await way.do("retry", id, reason="new export", version=version)
    assert (retried.job_id, retried.attempt_no, retried.mode) == (id, 2, RetryMode.RESTART)
    with pytest.raises(Conflict) as caught:
        await way.do("retry", id)
    assert caught.value.facts["state"] == "queued"
    assert caught.value.request_id
    assert (await way.do("cancel", id, reason="no")).attempt_no == 2
    assert (await way.do("get", id)).job.state is State.CANCELLED


async def test_it_tells_why_a_job_stands_where_it_stands(reach: Reach) -> None:
    services = reach.server.services
    [id] = (await story.submitted(services)).job_ids
    way = await reach.by(Role.VIEWER)
    standing = await way.do("standing", id)
    assert (standing.kind, standing.crew.workers, standing.line) == ("no_worker", 0, None)
    await story.worker(services)
    standing = await way.do("standing", id)
    assert (standing.kind, standing.line.waiting.n, standing.line.ahead.n) == ("waiting", 1, 0)
    await story.begun(services, id)
    detail = await way.do("get", id)
    assert (detail.standing.kind, detail.standing.holder.host) == ("moving", "paper")
    assert await way.do("standing", await story.failed(services)) is None
    with pytest.raises(NotFound):
        await way.do("standing", new_id())


async def test_it_retries_many_as_previewed_and_tells_what_became_of_each(reach: Reach) -> None:
    services = reach.server.services
    ids = {await story.failed(services, FailureCode.DOCUMENT_ENCRYPTED, f"{n}.pdf") for n in range(3)}
    await story.failed(services, FailureCode.MALWARE_DETECTED)
    way = await reach.by(Role.POWER_USER)
    found = {cause.failure.code: cause for cause in (await way.do("causes", window="7d")).items}
    assert {code: cause.unresolved for code, cause in found.items()} == {"document_encrypted": 3, "malware_detected": 1}
    seen = await way.do("preview_retry", attention="unresolved")
    assert (seen.will_retry, [(out.failure, out.n) for out in seen.left_out]) == (3, [("malware_detected", 1)])
    seen = await way.do("preview_retry", **(its := found["document_encrypted"].filter))
    with pytest.raises(Conflict) as caught:
        await way.do("retry_many", reason="The passwords came", expected=1, **its)
    assert (caught.value.code, caught.value.facts["now"]) == ("set_changed", 3)
    asked = await way.do("retry_many", reason="The passwords came", as_of=seen.as_of, expected=seen.will_retry, **its)
    done = await way.do("wait_retry", asked.id, timeout=60)
    assert (done.retry.total, done.retry.retried, done.retry.reason) == (3, 3, "The passwords came")
    retried = await way.each("retried", asked.id)
    assert {job.job_id for job in retried} == ids
    assert {job.verdict for job in retried} == {"retried"}
    with pytest.raises(Invalid) as refused:
        await way.do("retry_many", reason="all of them?")
    assert refused.value.code == "no_jobs_named"


async def test_it_acknowledges_counts_and_takes_back(reach: Reach) -> None:
    services = reach.server.services
    one, two = await story.failed(services), await story.failed(services)
    way = await reach.by(Role.POWER_USER)
    assert (await way.do("acknowledge", one, reason="known")).acknowledged
    counts = await way.do("counts", pipeline="documents")
    assert (counts.counts[State.FAILED].n, counts.attention[Attention.ACKNOWLEDGED].n) == (2, 1)
    assert (await way.do("acknowledge_many", reason="known, too", ids=[two], expected=1)).jobs == 1
    assert not (await way.do("unacknowledge", one, reason="not so")).acknowledged
    [event] = await story.events(services, action=AuditAction.UNACKNOWLEDGE)
    assert event.body.reason == "not so"
    assert [row.batch.job_total for row in (await way.do("batches", page_size=1)).items] == [1]
    assert "document_corrupt" in {entry.code for entry in await way.do("failures")}
    assert len(await way.do("workers")) == 2


@pytest.mark.usefixtures("worker")
async def test_it_searches_and_reads_what_it_ingested(reach: Reach) -> None:
    way = await reach.by(Role.POWER_USER)
    submitted = await way.do("submit", ("gate.txt", b"The gate opens at six."))
    await way.do("wait", submitted.batch_id, timeout=60)
    [hit] = await way.do("search", "opens", limit=5)
    start, end = hit.matches[0]
    assert (hit.name, hit.snippet[start:end]) == ("gate.txt", "opens")
    assert [passage.body for passage in await way.each("content", hit.document_id)] == ["The gate opens at six."]
    with pytest.raises(NotFound):
        await way.each("content", new_id())


async def test_refusals_are_exceptions_of_their_kind(reach: Reach) -> None:
    viewer = await reach.by(Role.VIEWER)
    id = await story.failed(reach.server.services)
    with pytest.raises(Forbidden) as caught:
        await viewer.do("retry", id)
    assert caught.value.facts["needs"] == "power_user"
    with pytest.raises(NotFound):
        await viewer.do("get", new_id())
    with pytest.raises(Invalid):
        await viewer.do("list", page_size=0)
    with pytest.raises(NotSignedIn):
        await (await reach.of("tdg_nobody")).do("me")
    with pytest.raises(TimeoutError):
        await viewer.do("wait", (await story.submitted(reach.server.services)).batch_id, timeout=0)


async def test_events_tell_what_changed_and_end_with_the_token(reach: Reach, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidegate.api.stream.HEARTBEAT_SECONDS", 0.2)
    services = reach.server.services
    person = await story.person(services, Role.VIEWER)
    await story.person(services, Role.ADMIN)  # somebody has to remain one
    way = await reach.of(await visitors.token(services, person))
    following = asyncio.create_task(way.all("events", 1))
    while not _listeners(reach.server):
        await asyncio.sleep(0.02)
    submitted = await story.submitted(services)
    [changed] = await asyncio.wait_for(following, 60)
    assert changed.ids is None or submitted.job_ids[0] in changed.ids
    ending = asyncio.create_task(way.all("events"))
    while not _listeners(reach.server):
        await asyncio.sleep(0.02)
    assert person.actor.id is not None
    await perform(services, story.OPERATOR, DisablePerson(person.actor.id, disabled=True))
    with pytest.raises(NotSignedIn):
        await asyncio.wait_for(ending, 60)


def _listeners(server: LiveServer) -> int:
    """Return how many streams are open."""
    return len(server.server._app.state.feed._subscribers)


def test_both_clients_have_the_same_methods() -> None:
    def methods(kind: type) -> set[str]:
        return {name for name, value in inspect.getmembers(kind) if not name.startswith("_")}

    assert methods(Client) - {"close"} == methods(AsyncClient) - {"aclose"}
    assert all(inspect.getdoc(vars(Client.__mro__[1])[name]) for name in methods(Client) - {"close"})


# The page. -------------------------------------------------------------------------------------------------------------


def blocks() -> list[str]:
    """Return the five programs of the page."""
    return re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.usefixtures("worker")
async def test_the_programs_of_the_page_run(
    live_server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    services = live_server.services
    person = await story.person(services, Role.POWER_USER)
    monkeypatch.setenv("TIDEGATE_SERVER", live_server.url)
    monkeypatch.setenv("TIDEGATE_TOKEN", await visitors.token(services, person))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "manifest.txt").write_text("", encoding="utf-8")
    submitting, retrying, many, _administering, following = blocks()

    await asyncio.to_thread(exec, submitting, {"__name__": "__main__"})
    told = capsys.readouterr().out
    assert "manifest.txt There is no text in the document." in told

    await asyncio.to_thread(submit_and_wait, DOCUMENTS / "crew-salaries-protected.docx")
    await asyncio.to_thread(exec, retrying, {"__name__": "__main__"})
    assert capsys.readouterr().out.splitlines()[-1] == "failed"

    await asyncio.to_thread(exec, many, {"__name__": "__main__"})
    lines = capsys.readouterr().out.splitlines()
    assert {"There is no text in the document. 1 []", "The document is protected by a password. 1 []"} <= set(lines)
    assert lines.count("1") == 2

    program = asyncio.create_task(asyncio.to_thread(exec, following, {"__name__": "__main__"}))
    async with asyncio.timeout(60):
        while not program.done():  # a change may come as "anything may have changed", so one job is not enough
            await story.submitted(services)
            await asyncio.sleep(0.5)
    await program
    assert {state.value for state in State} & set(capsys.readouterr().out.splitlines())


def submit_and_wait(path: Path) -> None:
    """Have a document ingested, well or not."""
    with Client() as client:
        client.wait(client.submit(path).batch_id, timeout=90)
