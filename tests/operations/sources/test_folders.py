"""Scans of folders on disk: what is new or has changed becomes jobs of one batch, once; what is as it was does not."""

import asyncio
import os
from pathlib import Path
from uuid import UUID

import pytest

from tests import story
from tests.operations.sources.places import by_hand, counts, files, jobs_of, make_due, scanned, scans_of
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.domain.actor import Role
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Fenced
from tidegate.domain.refusals import Conflict
from tidegate.operations import reading, scanning, sources
from tidegate.operations.door import Services, perform
from tidegate.operations.people import ChangeRole
from tidegate.operations.scanning import scan_next
from tidegate.operations.sources import CreateSource, PauseSource, RemoveSource, ResumeSource, ScanSource
from tidegate.pipeline.fetching import objects
from tidegate.sources import scan as scans
from tidegate.sources.scan import Taken
from tidegate.sources.source import Terms

MANY = 700


async def half_scanned(services: Services, source: UUID, n: int) -> Taken:
    """Take a scan of a source, submit its first `n` files, and leave it there, as a process that is killed does."""
    await perform(services, story.OPERATOR, ScanSource(source))
    async with services.pool.connection() as connection:
        taken = await scans.take(connection)
    assert taken is not None
    [page] = scanning._pieces(services, taken)
    await scanning._submit(services, taken, page[:n])
    return taken


async def lease_over(services: Services) -> None:
    async with services.pool.connection() as connection:
        await connection.execute("UPDATE source_scan SET lease_until = now() - interval '1 second' WHERE ended_at IS NULL")


async def test_new_and_changed_files_are_submitted_and_others_are_not(services: Services, terms: Terms, folder: Path) -> None:
    files(folder, MANY)
    (folder / ".hidden").write_text("no", encoding="utf-8")
    source = await by_hand(services, terms)
    first = await scanned(services, source)
    assert counts(first) == (MANY, MANY, 0, None)
    batch = await reading.get_batch(services, story.OPERATOR.actor, first.batch_id)  # type: ignore[arg-type]
    assert (batch.batch.job_total, batch.batch.label) == (MANY, "harbour")

    again = await scanned(services, source)
    assert counts(again) == (MANY, 0, MANY, None)
    assert again.batch_id is None
    (folder / "0000.txt").write_text("the tide has turned", encoding="utf-8")
    (folder / "new.txt").write_text("new", encoding="utf-8")
    (folder / "deep" / "0001.txt").unlink()
    (folder / "0002.txt").rename(folder / "moved.txt")
    third = await scanned(services, source)
    assert counts(third) == (MANY, 3, MANY - 3, None)
    found = await jobs_of(services, third.batch_id)
    assert {job.name for job in found} == {"0000.txt", "new.txt", "moved.txt"}
    assert {job.source_kind for job in found} == {"folder"}
    assert (await sources.origin_of(services, story.OPERATOR.actor, third.batch_id)).id == source  # type: ignore[union-attr, arg-type]


async def test_only_what_the_terms_name_is_taken(services: Services, folder: Path) -> None:
    files(folder, 4)
    (folder / "Report.PDF").write_bytes(b"%PDF")
    (folder / "deep" / "chart.pdf").write_bytes(b"%PDF")
    (folder / os.fsdecode(b"broken-\xff.pdf")).write_bytes(b"%PDF")
    (folder / "etc").symlink_to("/etc")
    pdfs = await by_hand(services, Terms(name="pdfs", address=str(folder), pattern="*.pdf", recursive=False))
    scan = await scanned(services, pdfs)
    assert (counts(scan), scan.skipped) == ((2, 1, 0, None), 1)
    assert [job.name for job in await jobs_of(services, scan.batch_id)] == ["Report.PDF"]
    deep = await by_hand(services, Terms(name="deep", address=str(folder), pattern="deep/*.pdf *.md"))
    assert counts(await scanned(services, deep)) == (1, 1, 0, None)


async def test_a_due_scan_runs_once_however_long_it_was_missed(services: Services, terms: Terms, folder: Path) -> None:
    files(folder, 3)
    hourly = Terms(name="hourly", address=terms.address, every_seconds=3600)
    source = (await perform(services, story.OPERATOR, CreateSource(hourly))).id
    await make_due(services, source, "3 days")
    while await scan_next(services):
        pass
    [only] = await scans_of(services, source)
    assert (counts(only), only.scheduled) == ((3, 3, 0, None), True)
    async with services.pool.connection() as connection:
        row = await (
            await connection.execute("SELECT extract(epoch FROM next_at - now())::integer FROM source")
        ).fetchone()  # fmt: skip
    assert row is not None
    assert 3500 < row[0] <= 3600
    [event] = await story.events(services, action=AuditAction.SUBMIT)
    [created] = await story.events(services, action=AuditAction.SOURCE_CREATE)
    assert event.body.parent_id == created.id


async def test_a_paused_source_is_left_alone_until_it_is_resumed(services: Services, terms: Terms, folder: Path) -> None:
    files(folder, 2)
    source = (await perform(services, story.OPERATOR, CreateSource(Terms(name="h", address=terms.address, every_seconds=60)))).id
    await perform(services, story.OPERATOR, PauseSource(source, "the archive is moved"))
    assert not await scan_next(services)
    with pytest.raises(Conflict) as refused:
        await perform(services, story.OPERATOR, ScanSource(source))
    assert refused.value.code == "source_paused"
    with pytest.raises(Conflict):
        await perform(services, story.OPERATOR, PauseSource(source))
    await perform(services, story.OPERATOR, ResumeSource(source))
    assert await scan_next(services)
    assert counts((await scans_of(services, source))[0]) == (2, 2, 0, None)


@pytest.mark.parametrize("act", [PauseSource, RemoveSource])
async def test_a_source_paused_or_removed_while_it_is_scanned_is_left_at_the_next_piece(
    services: Services, terms: Terms, folder: Path, act: type[PauseSource | RemoveSource]
) -> None:
    files(folder, 20)
    source = await by_hand(services, terms)
    taken = await half_scanned(services, source, 5)
    await perform(services, story.OPERATOR, act(source))
    assert await scanning._scan(services, taken) == "stopped"
    assert len(await jobs_of(services, None)) == 5


async def test_two_processes_never_scan_one_source_at_once(services: Services, terms: Terms, folder: Path) -> None:
    files(folder, 300)
    source = await by_hand(services, terms)
    await perform(services, story.OPERATOR, ScanSource(source))
    with pytest.raises(Conflict) as refused:
        await perform(services, story.OPERATOR, ScanSource(source))
    assert refused.value.code == "scan_not_over"
    async with services.pool.connection() as connection:
        taken = await asyncio.gather(scans.take(connection), scans.take(connection))
        assert sum(one is not None for one in taken) == 1
    assert not any(await asyncio.gather(*(scan_next(services) for _ in range(4))))
    async with services.pool.connection() as connection:
        first = next(one for one in taken if one)
    await lease_over(services)
    done = await asyncio.gather(*(scan_next(services) for _ in range(4)))
    assert done.count(True) == 1
    [scan] = await scans_of(services, source)
    assert counts(scan) == (300, 300, 0, None)
    async with services.pool.connection() as connection:
        with pytest.raises(Fenced):
            await scans.hold(connection, first)
        with pytest.raises(Fenced):
            await scans.end(connection, first)


async def test_a_scan_that_is_taken_over_counts_and_submits_nothing_twice(services: Services, terms: Terms, folder: Path) -> None:
    files(folder, 95)
    source = await by_hand(services, terms)
    taken = await half_scanned(services, source, 40)
    [half] = await scans_of(services, source)
    assert (half.seen, half.submitted, half.ended_at) == (40, 40, None)
    await lease_over(services)
    assert await scan_next(services)
    [whole] = await scans_of(services, source)
    assert counts(whole) == (95, 95, 0, None)
    batch = await reading.get_batch(services, story.OPERATOR.actor, whole.batch_id)  # type: ignore[arg-type]
    assert batch.batch.job_total == 95
    with pytest.raises(Fenced):
        await scanning._submit(services, taken, [])
    with pytest.raises(Fenced):
        await scanning._end(services, taken, None)


async def test_who_lost_a_scan_to_another_process_neither_goes_on_nor_ends_it(
    services: Services, terms: Terms, folder: Path
) -> None:
    files(folder, 4)
    source = await by_hand(services, terms)
    slow = await half_scanned(services, source, 2)
    await lease_over(services)
    async with services.pool.connection() as connection:
        quick = await scans.take(connection)
    assert quick is not None
    assert (quick.id, quick.tries) == (slow.id, slow.tries + 1)
    with pytest.raises(Fenced):
        await scanning._submit(services, slow, [])
    with pytest.raises(Fenced):
        await scanning._end(services, slow, None)
    await scanning._end(services, quick, await scanning._scan(services, quick))
    assert counts((await scans_of(services, source))[0]) == (4, 4, 0, None)


async def test_a_scan_that_is_over_is_not_gone_on_with(services: Services, terms: Terms, folder: Path) -> None:
    files(folder, 4)
    source = await by_hand(services, terms)
    taken = await half_scanned(services, source, 2)
    await scanning._end(services, taken, None)
    with pytest.raises(Fenced):
        await scanning._submit(services, taken, [])
    with pytest.raises(Fenced):
        await scanning._end(services, taken, "internal")
    assert not await scan_next(services)
    assert counts((await scans_of(services, source))[0]) == (2, 2, 0, None)


async def test_what_is_not_due_is_not_scanned(services: Services, terms: Terms) -> None:
    hourly = Terms(name="hourly", address=terms.address, every_seconds=3600)
    source = (await perform(services, story.OPERATOR, CreateSource(hourly))).id
    assert await scan_next(services)
    assert not await scan_next(services)
    assert len(await scans_of(services, source)) == 1


async def test_a_scan_that_costs_process_after_process_is_ended(services: Services, terms: Terms, folder: Path) -> None:
    source = await by_hand(services, terms)
    await perform(services, story.OPERATOR, ScanSource(source))
    async with services.pool.connection() as connection:
        await connection.execute("UPDATE source_scan SET tries = %s", (scanning.TRIES,))
    await scan_next(services)
    assert counts((await scans_of(services, source))[0]) == (0, 0, 0, "internal")


async def test_whoever_lost_the_right_has_nothing_submitted_any_more(services: Services, terms: Terms, folder: Path) -> None:
    files(folder, 3)
    asking = await story.person(services, Role.ADMIN)
    source = (await perform(services, asking, CreateSource(terms))).id
    await perform(services, asking, ScanSource(source))
    await story.person(services, Role.ADMIN)
    assert asking.actor.id is not None
    await perform(services, story.OPERATOR, ChangeRole(asking.actor.id, Role.VIEWER))
    await scan_next(services)
    [scan] = await scans_of(services, source)
    assert counts(scan) == (0, 0, 0, "right_lost")
    [denied] = await story.events(services, action=AuditAction.SUBMIT, outcome=AuditOutcome.DENIED)
    assert (denied.body.target.id, denied.body.actor.id) == (source, asking.actor.id)


async def test_a_folder_that_is_gone_or_no_longer_allowed_ends_a_scan_with_its_code(
    services: Services, terms: Terms, folder: Path
) -> None:
    (folder / "in").mkdir()
    source = await by_hand(services, Terms(name="in", address=str(folder / "in")))
    (folder / "in").rmdir()
    assert counts(await scanned(services, source)) == (0, 0, 0, "source_not_found")
    (folder / "in").symlink_to("/etc")
    assert counts(await scanned(services, source)) == (0, 0, 0, "source_forbidden")


async def test_what_is_known_of_a_removed_source_goes_with_the_next_scan(services: Services, terms: Terms, folder: Path) -> None:
    files(folder, 5)
    source = await by_hand(services, terms)
    first = await scanned(services, source)
    await perform(services, story.OPERATOR, RemoveSource(source))
    other = await by_hand(services, terms)
    assert counts(await scanned(services, other)) == (5, 5, 0, None)
    async with services.pool.connection() as connection:
        rows = await (await connection.execute("SELECT DISTINCT source_id FROM source_object")).fetchall()
    assert rows == [(other,)]
    origin = await sources.origin_of(services, story.OPERATOR.actor, first.batch_id)  # type: ignore[arg-type]
    assert origin is not None
    assert origin.removed
    assert await sources.origin_of(services, story.OPERATOR.actor, new_id()) is None


def test_a_version_is_known_by_its_tag_or_its_time_and_size() -> None:
    assert objects.version_of({"ETag": '"a"', "LastModified": "x", "size": 1}) == 'ETag:"a"'
    assert objects.version_of({"modified": "2026-11-29", "size": 7}) == "2026-11-29/7"
    assert objects.version_of({"size": 7}) == ""
