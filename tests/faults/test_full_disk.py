"""Disks that are full, for real: a small file system in memory, which only root can mount."""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

import pytest
from psycopg import AsyncConnection

from faults import checks
from tests import documents, processes, story
from tests.faults.test_worker_killed import until
from tidegate import wiring
from tidegate.db.connect import AWAY
from tidegate.domain.failures import Code, FailureCode
from tidegate.domain.lifecycle import Origin, State
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Item, Submit
from tidegate.pipeline.step import StepFailed
from tidegate.settings import Settings
from tidegate.web.problems import problem_for
from tidegate.worker.scratch import Scratch

MIB = 1024 * 1024
MOST_NAMES = 1000


@contextmanager
def small_disk(megabytes: int, names: int) -> Iterator[Path]:
    """Mount a disk of so many MiB and files, and unmount it at the end; skips the test where that is not allowed."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder = Path(tempfile.mkdtemp(prefix="tidegate-disk-", dir="/tmp"))
    limits = f"size={megabytes}m,nr_inodes={names}"
    command = ["mount", "-t", "tmpfs", "-o", limits, "none", str(folder)]
    mounted = subprocess.run(command, check=False, capture_output=True)
    try:
        if mounted.returncode != 0:
            pytest.skip("this machine lets no disk be mounted")
        folder.chmod(0o711)
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=False, capture_output=True)
        folder.rmdir()


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Leave no byte and no name free for the length of a block."""
    filler = disk / "filler"
    filler.mkdir()
    size, number = MIB, 0
    while size >= 1:
        try:
            (filler / str(number)).write_bytes(b"x" * size)
            number += 1
        except OSError:
            (filler / str(number)).unlink(missing_ok=True)
            size //= 2
    with suppress(OSError):
        for number in range(MOST_NAMES):
            (filler / f"name{number}").touch(exist_ok=False)
    try:
        yield
    finally:
        for path in filler.iterdir():
            path.unlink()
        filler.rmdir()


async def submit(services: Services, folder: Path, name: str) -> UUID:
    path = documents.write(folder, name, f"{name}. {documents.LINE * 200}")
    return (await perform(services, story.OPERATOR, Submit([Item("folder", str(path), name, str(folder))], "full"))).job_ids[0]


async def failed_once(services: Services, job_id: UUID) -> Code | None:
    """Wait for an attempt's end, and return its code; the job must be tried again by itself."""
    async with asyncio.timeout(60):
        while len((job := await story.job(services, job_id)).attempts) < 2:
            await asyncio.sleep(0.02)
    assert job.attempts[0].origin is Origin.AUTOMATIC
    return job.attempts[-1].failure_code


async def test_a_full_store_is_tried_again_until_there_is_space(services: Services, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    with small_disk(2, 400) as store:
        async with processes.running(services.settings, "work", storage_url=f"file://{store}", retry_delay_scale="0.2"):
            await until(services, await submit(services, inbox, "before.txt"), State.SUCCEEDED)
            with filled(store):
                job_id = await submit(services, inbox, "meanwhile.txt")
                assert await failed_once(services, job_id) == FailureCode.STORAGE_UNAVAILABLE
            await until(services, job_id, State.SUCCEEDED)
        assert not list((store / "attempts").rglob("content")), "nothing half-written is left"


async def test_a_full_disk_for_temporary_files_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    with small_disk(1, 50) as disk:
        monkeypatch.setattr(tempfile, "tempdir", str(disk))
        scratch = Scratch()
        with filled(disk), pytest.raises(StepFailed) as caught:
            scratch.folder()
        assert caught.value.failure.code is FailureCode.STORAGE_UNAVAILABLE
        assert scratch.folder().is_dir()
        await scratch.remove()


async def test_a_database_without_space_loses_nothing_and_goes_on(tmp_path: Path) -> None:
    inbox, acknowledged, refused = tmp_path / "inbox", list[UUID](), list[Exception]()
    with small_disk(200, 50_000) as disk:
        settings = Settings(
            home=disk / "home", storage_url=f"file://{tmp_path / 'content'}", lease_seconds=8.0, renew_seconds=1.0
        )
        async with wiring.running(settings, name="tidegate tests") as services, processes.running(settings, "work"):
            acknowledged.append(await submit(services, inbox, "before.txt"))
            await until(services, acknowledged[0], State.SUCCEEDED)
            with filled(disk):
                async with asyncio.timeout(60):
                    while len(refused) < 3:
                        await try_to_submit(services, inbox, acknowledged, refused)
            assert {problem_for(error).code for error in refused} == {"database_away"}
            async with asyncio.timeout(60):
                before = len(acknowledged)
                while len(acknowledged) < before + 3:
                    await try_to_submit(services, inbox, acknowledged, [])
            for job_id in acknowledged:
                await until(services, job_id, State.SUCCEEDED)
            async with await AsyncConnection.connect(services.url, autocommit=True) as connection:
                assert not any((await checks.offences(connection, acknowledged)).values())


async def try_to_submit(services: Services, inbox: Path, acknowledged: list[UUID], refused: list[Exception]) -> None:
    """Submit one document, and note whether that was acknowledged or refused."""
    try:
        acknowledged.append(await submit(services, inbox, f"{len(acknowledged)}-{len(refused)}.txt"))
    except AWAY as error:
        refused.append(error)
        await asyncio.sleep(0.2)
