"""Secrets are put in every place that holds one; whatever anybody can see is searched for eight letters of any of them.

Every code of the catalogue and every kind of error is driven through real attempts, in this process and in real workers;
then each route is read as each role, and the shell's output, the logs, the queue and the ledger's tables are searched.
"""

import asyncio
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from litestar import Litestar
from structlog.testing import capture_logs

from tests import story
from tests.faults.leaks import surfaces
from tests.faults.leaks.running import processes_at_work
from tests.faults.leaks.scanner import Exhibit, Scanner
from tests.faults.leaks.scene import CODES, ELSEWHERE, HERE, Scene, act_on_many, run_here, submit_documents, submit_leaks
from tidegate import wiring
from tidegate.domain.failures import FailureCode
from tidegate.operations.diagnostics import OpenDiagnostic
from tidegate.operations.door import perform

PLACES_AT_LEAST = 30


@dataclass(frozen=True)
class Allowed:
    """A place whose canary may show in exhibits of a name, and why."""

    place: str
    exhibit: str
    why: str


READERS = r"page \[(viewer|power_user|admin)\] "
ALLOWED = (
    Allowed("document (text|title)", READERS + r"(/api)?/(search|documents)", "they may read content"),
    Allowed("document title", READERS + r"(/api)?/ingestion/jobs/\{id\}", "they may read content"),
    Allowed("document text|document title", r"shell \[\w+\] (search|job|content) ", "the operator may read content"),
    Allowed(".*", r"column public\.job\.(source_locator|source_root)$", "where a job's content lies: never read by people"),
    Allowed(".*", r"column public\.checkpoint\.value$", "what a step left: read by workers only"),
    Allowed("document text", r"column public\.chunk\.(body|words)$", "the content itself"),
    Allowed("document title", r"column public\.document\.title$", "the content itself"),
    Allowed("document .*|refused upload|broken document", r"file (attempts|sha256|uploads)/", "the content itself"),
    Allowed("user agent", r"column public\.session\.user_agent$", "shown to whose session it is"),
    Allowed("typed .*", r"refusal \[\w+\] POST (/sign-in|/ingestion/new|/admin/people)", "one's own words in one's own form"),
    Allowed("unknown member", r"refusal \[\w+\] \w+ /api/.* unknown member$", "the name of a member, to who sent it"),
    Allowed("DSN (options|name)|storage folder", r"shell \[\w+\] config", "the operator's own settings, passwords masked"),
)
"""All the places where a canary may show. Anything else is a leak."""


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_nothing_secret_shows_anywhere(scene: Scene) -> None:
    with capture_logs() as logs:
        application = wiring.asgi(scene.services)
        application.state.closing.set()
        await run_here(scene)
        await assert_told(scene)
        await act_on_many(scene)
        await submit_documents(scene)
        await submit_leaks(scene, ELSEWHERE, "elsewhere")
        exhibits = await processes_at_work(scene)
        await assert_planted(scene)
        exhibits += [exhibit async for exhibit in everything_shown(scene, application)]
    exhibits.append(Exhibit("log of this process", repr(logs).encode()))
    exhibits += await surfaces.traces(scene)
    assert_traced(scene)
    report(scene, exhibits)


def report(scene: Scene, exhibits: list[Exhibit]) -> None:
    """Search all exhibits and say how many there were; fail with each leak."""
    scanner = Scanner(scene.canaries.by_place)
    leaks = {
        f"{place}: {exhibit.name}"
        for exhibit in exhibits
        for place in scanner.places_in(exhibit.content)
        if not is_allowed(place, exhibit)
    }
    kinds = Counter(exhibit.name.partition(" ")[0] for exhibit in exhibits)
    sys.stdout.write(
        f"\n{len(scene.canaries.by_place)} places, {len(CODES)} codes, {len(set(HERE) | set(ELSEWHERE))} ways to fail, "
        f"{len(scene.jobs)} jobs, {len(exhibits)} exhibits ({dict(kinds)}), {scanner.scanned_bytes:,} bytes, {len(leaks)} leaks\n"
    )
    assert len(scene.canaries.by_place) >= PLACES_AT_LEAST
    assert not leaks, "\n".join(sorted(leaks))


def is_allowed(place: str, exhibit: Exhibit) -> bool:
    """Tell whether a place may show there."""
    return any(re.fullmatch(rule.place, place) and re.match(rule.exhibit, exhibit.name) for rule in ALLOWED)


async def everything_shown(scene: Scene, application: Litestar) -> AsyncIterator[Exhibit]:
    """Yield what each kind of visitor gets to see, what the shell prints, the tables and the files."""
    newest = {name.partition(" ")[2]: name for name in scene.jobs}
    shell = asyncio.create_task(in_the_shell(scene, sorted(newest.values())))
    for kind in scene.readers:
        few = sorted(newest.values())[:6] if kind == "anonymous" else sorted(newest.values())
        async for exhibit in surfaces.pages(scene, application, kind, jobs=few):
            yield exhibit
    for kind in scene.readers:
        async for exhibit in surfaces.refusals(scene, application, kind):
            yield exhibit
        async for exhibit in surfaces.previews(scene, application, kind):
            yield exhibit
        async for exhibit in surfaces.exports(scene, application, kind):
            yield exhibit
    for exhibit in await shell:
        yield exhibit
    for exhibit in await surfaces.tables(scene.services.settings.database_url):
        yield exhibit
    for exhibit in surfaces.files(Path(scene.services.settings.content_url.removeprefix("file://"))):
        yield exhibit


async def in_the_shell(scene: Scene, names: Iterable[str]) -> list[Exhibit]:
    """Return what the shell shows the operator of every job, and a viewer's token of some."""
    ids = [scene.jobs[name] for name in names]
    every, few = await surfaces.commands(scene.services, ids), await surfaces.commands(scene.services, ids[:3])
    by_operator = await surfaces.shell(scene, every, "operator")
    return by_operator + await surfaces.shell(scene, few, "viewer", TIDEGATE_TOKEN=scene.tokens["viewer"])


OTHERWISE = {
    "broken_store": FailureCode.STORAGE_UNAVAILABLE, "cage_dies": FailureCode.DOCUMENT_CORRUPT, "ingested": None,
}  # fmt: skip
"""What a way to fail is told as, where that is not `internal`."""


async def assert_told(scene: Scene) -> None:
    """Check that each attempt ended as it must: with its code, anything unforeseen as `internal`, none left running."""
    for how in HERE:
        expected = FailureCode(how[5:]) if how.startswith("code:") else OTHERWISE.get(how, FailureCode.INTERNAL)
        job = await story.job(scene.services, scene.jobs[f"here {how}"])
        assert job.attempts[-1].failure_code == expected, how


def assert_traced(scene: Scene) -> None:
    """Check that spans came from here, the servers and the workers, with the code of whatever failed."""
    spans = scene.collector.spans()
    assert {span.service for span in spans} >= {"tidegate-tests", "tidegate-serve", "tidegate-worker"}
    assert {str(span.facts.get("tidegate.failure.code")) for span in spans} >= {
        how[5:] for how in HERE if how.startswith("code:")
    }
    assert scene.collector.keys == {scene.canaries["collector key"]}


async def assert_planted(scene: Scene) -> None:
    """Check that the secrets were really there: each is found behind the door that only an administrator opens."""
    scanner, kept = Scanner(scene.canaries.by_place), set[str]()
    for id in scene.jobs.values():
        for attempt in (await story.job(scene.services, id)).attempts:
            if attempt.diagnostic_ref:
                opened = await perform(scene.services, story.OPERATOR, OpenDiagnostic(attempt.diagnostic_ref))
                kept |= scanner.places_in(opened.detail.encode())
    expected = {"diagnostic of a step", "exception message", "note", "__cause__", "SQL detail", "SQL row", "SQL parameter",
                "output of a caged child", "file name in an error", "storage address"}  # fmt: skip
    assert expected <= kept, f"{expected - kept} were not planted"
