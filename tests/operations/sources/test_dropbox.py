"""Sources in Dropbox: a server of its API in the tests, whose requests and answers go by the types of Dropbox's own library."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud_doors import serving
from tests.dropbox_server import APP_KEY, APP_SECRET, REFRESH_TOKEN, Dropbox
from tests.operations.sources.places import (
    HERE,
    by_hand,
    content,
    counts,
    failure,
    jobs_of,
    reach_of,
    scanned,
    written,
)
from tidegate.domain.failures import FailureCode
from tidegate.domain.refusals import Invalid
from tidegate.operations.door import Services
from tidegate.pipeline.fetching import dropbox, remote
from tidegate.pipeline.step import StepFailed
from tidegate.sources.source import Terms
from tidegate.worker.loop import work

PARTS = {"refresh_token": REFRESH_TOKEN, "app_key": APP_KEY, "app_secret": APP_SECRET}
ODD = "Gezeiten & 50% #1? ä+b.txt"
ODDER = f"\x7f{ODD}"
LARGE = b"0123456789abcdef" * 600_000


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dropbox]:
    with serving(Dropbox()) as made:
        monkeypatch.setattr(dropbox, "SERVER", made.url)
        monkeypatch.setattr(dropbox, "CONTENT", made.url)
        yield made


def source_in(folder: Path, **more: object) -> Terms:
    """Return a source in the folder `Inbox`; its credential is written into `folder`."""
    known = {"name": "dropbox", "address": "dropbox://Inbox", "credential": written(folder, **PARTS)}
    return Terms(**{**known, **more})  # type: ignore[arg-type]


async def test_files_are_found_by_pages_and_again_only_when_they_changed(
    services: Services, server: Dropbox, tmp_path: Path
) -> None:
    for number in range(2005):
        server.put(f"/Inbox/{number:05}.txt", f"tide {number}".encode())
    server.put("/Inbox/.hidden/x.txt", b"x")
    server.put("/Elsewhere/x.txt", b"x")
    server.put("/Inbox-between.txt", b"x")
    source = await by_hand(services, source_in(tmp_path))
    assert counts(await scanned(services, source)) == (2005, 2005, 0, None)
    assert server.asked[:4] == ["/oauth2/token", "/2/files/list_folder", *["/2/files/list_folder/continue"] * 2]
    assert counts(await scanned(services, source)) == (2005, 0, 2005, None)
    server.put("/Inbox/00000.txt", b"turned")
    server.put(f"/Inbox/Deep Water/{ODD}", b"high water")
    server.remove("/Inbox/00002.txt")
    again = await scanned(services, source)
    assert counts(again) == (2005, 2, 2003, None)
    assert {job.name for job in await jobs_of(services, again.batch_id)} == {"00000.txt", ODD}
    async with services.pool.connection() as connection:
        rows = await (
            await connection.execute("SELECT source::text FROM source UNION SELECT payload FROM audit_event")
        ).fetchall()
    assert not any(json.dumps(part)[1:-1] in text for (text,) in rows for part in PARTS.values())


async def test_without_its_folders_only_its_top_is_read(services: Services, server: Dropbox, tmp_path: Path) -> None:
    for path in ("/Inbox/Scans 2026/a.txt", "/Inbox/Scans 2026/deep/b.txt", "/Inbox/Scans 2026/c.pdf"):
        server.put(path, path.encode())
    flat = source_in(tmp_path, address="dropbox://Inbox/Scans 2026", recursive=False, pattern="*.txt")
    assert counts(await scanned(services, await by_hand(services, flat))) == (1, 1, 0, None)
    none = source_in(tmp_path, name="none", address="dropbox://Outbox")
    assert counts(await scanned(services, await by_hand(services, none))) == (0, 0, 0, "source_not_found")


async def test_a_file_is_read_whole_and_none_beside_its_source(services: Services, server: Dropbox, tmp_path: Path) -> None:
    server.put(f"/Inbox/Deep/{ODDER}", LARGE)
    server.put("/Inbox/empty.txt", b"")
    server.put("/Inbox/claimed.mp3", b"x")
    server.put("/Elsewhere.txt", b"no")
    server.restricted.add("/inbox/claimed.mp3")
    reach = await reach_of(services, source_in(tmp_path))
    [found] = list(remote.listed(reach, "", recursive=True, allowed=HERE))
    assert {one.locator for one in found} == {f"dropbox://Inbox/{path}" for path in (f"deep/{ODDER}", "empty.txt", "claimed.mp3")}
    assert await content(reach, f"{reach.address}/deep/{ODDER}") == (len(LARGE), LARGE)
    assert await content(reach, f"{reach.address}/empty.txt") == (0, b"")
    assert await failure(reach, f"{reach.address}/../Elsewhere.txt") is FailureCode.SOURCE_FORBIDDEN
    assert await failure(reach, f"{reach.address}/claimed.mp3") is FailureCode.SOURCE_FORBIDDEN
    assert await failure(reach, f"{reach.address}/none.txt") is FailureCode.SOURCE_NOT_FOUND


@pytest.mark.parametrize("wrong", [{"app_secret": "another"}, {"refresh_token": "taken back"}])
async def test_a_wrong_credential_is_told_as_such(
    services: Services, server: Dropbox, tmp_path: Path, wrong: dict[str, str]
) -> None:
    server.put("/Inbox/a.txt", b"a")
    source = source_in(tmp_path, credential=written(tmp_path, **{**PARTS, **wrong}))
    assert counts(await scanned(services, await by_hand(services, source))) == (0, 0, 0, "source_auth_expired")
    assert server.asked == ["/oauth2/token"]


async def test_without_all_of_a_credential_nobody_is_asked(services: Services, server: Dropbox, tmp_path: Path) -> None:
    for number, credential in enumerate(("", written(tmp_path, refresh_token="a", app_key="b"))):
        source = source_in(tmp_path, name=str(number), credential=credential)
        assert counts(await scanned(services, await by_hand(services, source))) == (0, 0, 0, "source_auth_expired")
    assert server.asked == []


async def test_a_token_that_ended_early_and_a_list_that_began_anew_end_the_scan(
    services: Services, server: Dropbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1001):
        server.put(f"/Inbox/{number:05}.txt", b"a")
    reach = await reach_of(services, source_in(tmp_path))
    pages = remote.listed(reach, "", recursive=True, allowed=HERE)
    assert len(next(pages)) == 1000
    server.cursors.clear()
    with pytest.raises(StepFailed) as refused:
        next(pages)
    assert refused.value.failure.code is FailureCode.SOURCE_CHANGED
    server.given.clear()
    assert await failure(reach, f"{reach.address}/00000.txt") is FailureCode.SOURCE_AUTH_EXPIRED


async def test_a_server_within_is_not_asked(services: Services, server: Dropbox, tmp_path: Path) -> None:
    reach = await reach_of(services, source_in(tmp_path))
    with pytest.raises(StepFailed) as refused:
        list(remote.listed(reach, "", recursive=True, allowed=type(HERE)(())))
    assert refused.value.failure.code is FailureCode.SOURCE_BLOCKED_ADDRESS
    assert server.asked == []


async def test_content_is_guarded_apart_from_tokens(
    services: Services, server: Dropbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dropbox, "CONTENT", server.url.replace("127.0.0.1", "127.0.0.2"))
    reach = await reach_of(services, source_in(tmp_path))
    assert await failure(reach, f"{reach.address}/a.txt") is FailureCode.SOURCE_BLOCKED_ADDRESS
    assert server.asked == ["/oauth2/token"]


@pytest.mark.parametrize("address", ["dropbox://", "dropbox:///Inbox", "dropbox://Inbox//a", "dropbox://../a", "dropbox://."])
async def test_an_address_names_a_folder(services: Services, tmp_path: Path, address: str) -> None:
    with pytest.raises(Invalid) as refused:
        await by_hand(services, source_in(tmp_path, address=address))
    assert refused.value.code == "bad_source_address"


async def test_what_is_found_is_ingested_by_a_worker(services: Services, server: Dropbox, tmp_path: Path) -> None:
    server.put("/Inbox/Tides.txt", b"High water at nine.")
    server.put(f"/Inbox/Deep/{ODD}", b"Berth four is closed.")
    scan = await scanned(services, await by_hand(services, source_in(tmp_path)))
    stop = asyncio.Event()
    working = asyncio.create_task(work(services, stop))
    async with asyncio.timeout(60):
        while not all(job.state.is_terminal for job in await jobs_of(services, scan.batch_id)):
            await asyncio.sleep(0.1)
    stop.set()
    await working
    jobs = await jobs_of(services, scan.batch_id)
    assert {(job.name, str(job.state)) for job in jobs} == {("Tides.txt", "succeeded"), (ODD, "succeeded")}
