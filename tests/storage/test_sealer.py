"""The sealer as a process role: killed without mercy, two at once, after an outage, and how far behind it is."""

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.processes import Process, environment
from tests.storage.sealing import one_round, verified, write_event, write_events
from tidegate.audit import seal
from tidegate.audit.keys import Signer, known_keys, load_signer
from tidegate.audit.publish import CheckpointFile
from tidegate.db.connect import transaction
from tidegate.operations.door import Services
from tidegate.sealer.loop import Sealer
from tidegate.settings import Settings

PROGRAM = """
import asyncio, signal
from tidegate import settings, wiring

async def run():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with wiring.sealing(settings.load()) as sealer:
        await sealer.run(stop)

asyncio.run(run())
"""


@asynccontextmanager
async def sealer_process(settings: Settings) -> AsyncIterator[Process]:
    """A sealer in a process of its own, killed at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, env=environment(settings), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@asynccontextmanager
async def sealer_here(services: Services, signer: Signer, file: Path, **options: float) -> AsyncIterator[asyncio.Event]:
    """A sealer in this process, stopped in order at the end."""
    stop = asyncio.Event()
    sealer = Sealer(services.url, signer, CheckpointFile(f"file://{file}"), **options)
    task = asyncio.create_task(sealer.run(stop))
    try:
        yield stop
    finally:
        stop.set()
        await task


async def until_sealed(services: Services, size: int, seconds: float = 60.0) -> None:
    """Wait until so many events are sealed."""
    async with asyncio.timeout(seconds), services.pool.connection() as connection:
        while (head := await seal.get_head(connection)) is None or head.size < size:
            await asyncio.sleep(0.02)


@pytest.mark.slow
async def test_a_sealer_killed_again_and_again_leaves_a_sound_log(services: Services) -> None:
    chance = random.Random(9)  # noqa: S311 - reproducible
    written = 0

    async def writing() -> None:
        nonlocal written
        while True:
            await write_events(services, chance.randint(1, 3))
            written += 1
            await asyncio.sleep(0.005)

    task = asyncio.create_task(writing())
    for _ in range(6):
        async with sealer_process(services.settings) as process:
            async with services.pool.connection() as connection:
                head = await seal.get_head(connection)
            await until_sealed(services, (head.size if head else 0) + 1)
            await asyncio.sleep(chance.uniform(0, 0.8))
            os.kill(process.pid, signal.SIGKILL)
            await process.wait()
        assert (await verified(services, load_signer(services.settings.home))).findings == []
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    report = await verified(services, load_signer(services.settings.home))
    async with sealer_process(services.settings) as process:
        await until_sealed(services, report.size + report.unsealed)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0
    report = await verified(services, load_signer(services.settings.home))
    assert (report.findings, report.unsealed) == ([], 0)
    assert report.size >= written


async def test_two_sealers_at_once_make_one_log(services: Services, tmp_path: Path) -> None:
    signer = load_signer(services.settings.home)
    async with sealer_here(services, signer, tmp_path / "one"), sealer_here(services, signer, tmp_path / "one"):
        for _ in range(60):
            await write_events(services, 2)
            await asyncio.sleep(0.01)
        await until_sealed(services, 120)
    report = await verified(services, signer, (tmp_path / "one").read_text(encoding="utf-8"))
    assert (report.findings, report.size) == ([], 120)


@pytest.mark.slow
async def test_ten_thousand_events_of_an_outage_are_caught_up_with(services: Services, tmp_path: Path) -> None:
    signer = load_signer(services.settings.home)
    for _ in range(20):
        await write_events(services, 500)
    begun = time.monotonic()
    async with sealer_here(services, signer, tmp_path / "checkpoint"):
        await until_sealed(services, 10_000)
        took = time.monotonic() - begun
    report = await verified(services, signer)
    assert (report.findings, report.size, report.checkpoints) == ([], 10_000, 5)
    assert took < 30


async def test_events_wait_about_half_a_second_for_their_seal(services: Services, tmp_path: Path) -> None:
    waits = []
    async with sealer_here(services, load_signer(services.settings.home), tmp_path / "checkpoint"):
        await until_sealed(services, 0)
        for number in range(12):
            await write_events(services, 1)
            begun = time.monotonic()
            await until_sealed(services, number + 1)
            waits.append(time.monotonic() - begun)
    assert sorted(waits)[len(waits) // 2] <= 1.0


async def test_what_was_written_just_before_the_stop_is_sealed_by_it(services: Services, tmp_path: Path) -> None:
    signer = load_signer(services.settings.home)
    async with sealer_here(services, signer, tmp_path / "checkpoint") as stop:
        await until_sealed(services, 0)
        await write_events(services, 5)
        stop.set()
    report = await verified(services, signer, (tmp_path / "checkpoint").read_text(encoding="utf-8"))
    assert (report.findings, report.size, report.unsealed) == ([], 5, 0)


async def test_the_database_going_away_is_waited_for(services: Services, cluster: str, tmp_path: Path) -> None:
    signer = load_signer(services.settings.home)
    async with sealer_here(services, signer, tmp_path / "checkpoint"):
        await until_sealed(services, 0)
        async with await psycopg.AsyncConnection.connect(cluster, autocommit=True) as admin:
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = %s AND application_name = 'tidegate sealer'",
                (urlsplit(services.url).path[1:],),
            )
        await write_events(services, 1)
        await until_sealed(services, 1, seconds=15)
    assert (await verified(services, signer)).is_sound


async def test_heartbeats_come_without_events(services: Services, tmp_path: Path) -> None:
    signer = load_signer(services.settings.home)
    async with (
        sealer_here(services, signer, tmp_path / "checkpoint", heartbeat_seconds=0.1),
        asyncio.timeout(20),
        services.pool.connection() as connection,
    ):
        while (head := await seal.get_head(connection)) is None or head.number < 4:
            await asyncio.sleep(0.05)
    assert (await verified(services, signer)).is_sound


async def test_a_log_that_was_rolled_back_does_not_replace_the_published_checkpoint(
    services: Services, owner_url: str, tmp_path: Path
) -> None:
    signer = load_signer(services.settings.home)
    async with sealer_here(services, signer, tmp_path / "kept"):
        await write_events(services, 5)
        await until_sealed(services, 5)
    kept = (tmp_path / "kept").read_text(encoding="utf-8")
    async with await psycopg.AsyncConnection.connect(owner_url) as owner:
        await owner.execute("SET session_replication_role = replica")
        for table in ("audit_checkpoint", "audit_node", "audit_leaf", "audit_event"):
            await owner.execute(f"DELETE FROM {table}".encode())  # noqa: S608 - the test's own names
    async with sealer_here(services, signer, tmp_path / "kept"):
        await write_events(services, 7)
        await until_sealed(services, 7)
    assert (tmp_path / "kept").read_text(encoding="utf-8") == kept
    report = await verified(services, signer, kept)
    assert [finding.kind.value for finding in report.findings] == ["forked"]


async def test_a_checkpoint_that_lies_elsewhere_is_renewed(services: Services, tmp_path: Path) -> None:
    signer = load_signer(services.settings.home)
    for size in (2, 4):
        async with sealer_here(services, signer, tmp_path / "below" / "kept"):
            await write_events(services, 2)
            await until_sealed(services, size)
        assert f"\n{size}\n" in (tmp_path / "below" / "kept").read_text(encoding="utf-8")


async def test_a_target_that_cannot_be_written_does_not_stop_the_seal(services: Services, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    signer = load_signer(services.settings.home)
    async with sealer_here(services, signer, tmp_path / "file" / "kept"):
        await write_events(services, 3)
        await until_sealed(services, 3)
    assert (await verified(services, signer)).is_sound


async def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    assert known_keys(tmp_path) == ()
    signers = await asyncio.gather(*(asyncio.to_thread(load_signer, tmp_path) for _ in range(6)))
    assert len({(str(signer.key), signer.origin) for signer in signers}) == 1
    assert (tmp_path / "keys" / "audit-ed25519.pem").stat().st_mode & 0o777 == 0o600
    (tmp_path / "keys" / "audit-ed25519.pem").unlink()
    fresh = load_signer(tmp_path)
    assert fresh.origin == signers[0].origin
    assert fresh.trusted == (*signers[0].trusted, fresh.key)
    assert load_signer(tmp_path).trusted == fresh.trusted == known_keys(tmp_path)


async def test_the_lag_is_what_waits(services: Services) -> None:
    signer = load_signer(services.settings.home)
    await one_round(services, signer)
    async with transaction(services.pool) as connection:
        await write_event(connection)
    async with services.pool.connection() as connection:
        assert (await seal.get_lag(connection)).n == 1
    await one_round(services, signer)
    async with services.pool.connection() as connection:
        assert (await seal.get_lag(connection)).n == 0
