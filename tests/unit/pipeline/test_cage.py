"""The cage holds: what hangs, grows, crashes or lies harms nothing else and ends as a clear failure."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tidegate.domain.failures import FailureCode
from tidegate.pipeline.cage.pool import CageError, CagePool, Limits
from tidegate.pipeline.step import Progress, StepFailed, Unit

pytestmark = pytest.mark.asyncio

MIB = 1024 * 1024
HOSTILE = "tests.unit.pipeline.hostile"
LIMITS = Limits(seconds=20, memory_bytes=256 * MIB, output_bytes=4 * MIB, documents=3)


@pytest_asyncio.fixture
async def pool() -> AsyncIterator[CagePool]:
    made = CagePool(1, LIMITS, HOSTILE)
    yield made
    await made.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "document"
    made.write_bytes(b"content")
    return made


def is_gone(pid: int, within: float = 3.0) -> bool:
    """Whether the process ends in time; a zombie counts as ended."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


def told_to(pids: list[int]) -> Progress:
    """Progress that keeps the process id which a handler tells."""

    def note(done: int, total: int | None, unit: Unit) -> None:
        pids.append(done)

    return note


def kill_it(done: int, total: int | None, unit: Unit) -> None:
    os.kill(done, signal.SIGKILL)


async def failure(pool: CagePool, task: str, path: Path) -> StepFailed:
    with pytest.raises(StepFailed) as caught:
        await pool.run(task, path, {})
    return caught.value


async def test_a_warm_child_serves_several_documents_and_is_then_replaced(pool: CagePool, path: Path) -> None:
    answers = [await pool.run("echo", path, {"a": [1, None, "ü"]}) for _ in range(4)]
    assert all(answer[1:] == [b"content", {"a": [1, None, "ü"]}] for answer in answers)
    pids = [answer[0] for answer in answers]
    assert len(set(pids[:3])) == 1
    assert pids[3] != pids[0]
    assert is_gone(pids[0])


async def test_a_hang_is_killed_and_the_next_document_is_read(path: Path) -> None:
    pool = CagePool(1, Limits(0.5, 256 * MIB, MIB), HOSTILE)
    pids: list[int] = []
    began = time.monotonic()
    with pytest.raises(StepFailed) as caught:
        await pool.run("hang", path, {}, told_to(pids))
    assert time.monotonic() - began < 5
    assert caught.value.failure.code is FailureCode.PARSE_TIMEOUT
    assert caught.value.failure.params == {"limit": 1}
    assert is_gone(pids[0])
    assert (await pool.run("echo", path, {}))[1] == b"content"
    await pool.close()


@pytest.mark.parametrize("task", ["balloon", "burst"])
async def test_a_balloon_is_out_of_memory(pool: CagePool, path: Path, task: str) -> None:
    failed = await failure(pool, task, path)
    assert failed.failure.code is FailureCode.OUT_OF_MEMORY
    assert failed.failure.params == {"limit": 256 * MIB}


@pytest.mark.parametrize(("task", "sign"), [("crash", "SIGSEGV"), ("abort", "SIGABRT"), ("panic", "index out of bounds")])
async def test_a_crash_is_a_corrupt_document_with_a_diagnostic(pool: CagePool, path: Path, task: str, sign: str) -> None:
    failed = await failure(pool, task, path)
    assert failed.failure.code is FailureCode.DOCUMENT_CORRUPT
    assert sign in failed.diagnostic


async def test_our_own_size_is_not_taken_for_the_childs(path: Path) -> None:
    """Linux counts the parent's pages at the start into the child's peak: a large worker must not accuse its documents."""
    pool = CagePool(1, Limits(10.0, 256 * MIB, MIB), HOSTILE)
    held = bytearray(os.urandom(4096) * (400 * MIB // 4096))
    failed = await failure(pool, "crash", path)
    assert len(held) > 256 * MIB
    assert failed.failure.code is FailureCode.DOCUMENT_CORRUPT
    await pool.close()


async def test_a_child_killed_from_outside_counts_as_out_of_memory(pool: CagePool, path: Path) -> None:
    with pytest.raises(StepFailed) as caught:
        await pool.run("hang", path, {}, kill_it)
    assert caught.value.failure.code is FailureCode.OUT_OF_MEMORY


async def test_too_much_output_is_refused(pool: CagePool, path: Path) -> None:
    failed = await failure(pool, "flood", path)
    assert failed.failure.code is FailureCode.FILE_EXPANDS_TOO_MUCH
    assert failed.failure.params == {"limit": 4 * MIB}


async def test_what_the_child_prints_does_not_disturb_the_conversation(pool: CagePool, path: Path) -> None:
    assert await pool.run("chatter", path, {}) == "done"
    assert (await pool.run("echo", path, {}))[1] == b"content"


async def test_failures_of_the_catalogue_come_through(pool: CagePool, path: Path) -> None:
    failed = await failure(pool, "fail", path)
    assert (failed.failure.code, dict(failed.failure.params), failed.diagnostic) == (
        FailureCode.UNSUPPORTED_TYPE,
        {"found": "video/x-other"},
        "why",
    )


async def test_a_failure_with_undeclared_parameters_is_not_believed(pool: CagePool, path: Path) -> None:
    with pytest.raises(CageError):
        await pool.run("lie", path, {})


async def test_an_unknown_error_keeps_its_kind_and_detail(pool: CagePool, path: Path) -> None:
    with pytest.raises(CageError, match=r"(?s)LookupError in the cage: .*never heard of") as caught:
        await pool.run("unknown", path, {})
    assert not isinstance(caught.value, StepFailed)


async def test_a_cage_that_cannot_start_says_why(path: Path) -> None:
    pool = CagePool(1, LIMITS, "tests.unit.pipeline.no_such_module")
    with pytest.raises(CageError, match="no_such_module"):
        await pool.run("echo", path, {})
    await pool.close()


async def test_cancelling_kills_the_child_at_once(pool: CagePool, path: Path) -> None:
    begun = asyncio.Event()
    pids: list[int] = []

    def note(done: int, total: int | None, unit: Unit) -> None:
        pids.append(done)
        begun.set()

    task = asyncio.create_task(pool.run("hang", path, {}, note))
    await asyncio.wait_for(begun.wait(), 10)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 0.5
    assert is_gone(pids[0])


async def test_a_fork_bomb_starts_nothing_and_ends_in_its_time(path: Path) -> None:
    pool = CagePool(1, Limits(1.0, 256 * MIB, MIB), HOSTILE)
    await pool.warm()
    assert pool.walls is not None
    if not pool.walls.alone:
        pytest.skip("this kernel filters no calls")
    started: list[int] = []
    with pytest.raises(StepFailed) as caught:
        await pool.run("bomb", path, {}, told_to(started))
    assert caught.value.failure.code is FailureCode.PARSE_TIMEOUT
    assert set(started) == {0}
    await pool.close()


async def test_a_child_may_have_threads(pool: CagePool, path: Path) -> None:
    assert await pool.run("threads", path, {}) == 9


async def test_what_a_child_started_dies_with_it(path: Path) -> None:
    """Where no call is filtered; elsewhere it can start nothing."""
    pool = CagePool(1, Limits(1.0, 256 * MIB, MIB), HOSTILE)
    await pool.warm()
    assert pool.walls is not None
    pids: list[int] = []
    with pytest.raises(CageError if pool.walls.alone else StepFailed):
        await pool.run("family", path, {}, told_to(pids))
    assert bool(pids) is not pool.walls.alone
    assert all(is_gone(pid) for pid in pids)
    await pool.close()


async def test_no_child_outlives_a_killed_parent(path: Path) -> None:
    program = f"""
        import asyncio, pathlib
        from tidegate.pipeline.cage.pool import CagePool, Limits
        pool_of = lambda: CagePool(1, Limits(60, {256 * MIB}, 1000), "{HOSTILE}")
        async def main():
            await pool_of().run("hang", pathlib.Path("{path}"), {{}}, lambda done, total, unit: print(done, flush=True))
        asyncio.run(main())
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        pid = int(await asyncio.to_thread(parent.stdout.readline))
        assert not is_gone(pid, within=0.1)
        parent.kill()
    assert is_gone(pid)


async def test_the_child_knows_no_secret_and_holds_no_other_descriptor(
    pool: CagePool, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDEGATE_DATABASE_URL", "postgresql://canary")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    with socket.socket() as ours:
        ours.set_inheritable(True)
        environment, descriptors = await pool.run("environment", path, {})
    assert "canary" not in str(environment)
    assert not [name for name in environment if name.startswith("TIDEGATE")]
    assert len(descriptors) <= 6  # three standard ones, the socket, the document, the listing itself


async def test_the_child_has_no_network(pool: CagePool, path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = await pool.run("network", path, {"port": server.getsockname()[1]})
    if not pool.isolated:
        pytest.skip("this kernel lets no network be taken away")
    assert code != 0


async def test_the_child_writes_no_files(pool: CagePool, path: Path, tmp_path: Path) -> None:
    with pytest.raises(CageError, match=r"OSError|PermissionError"):
        await pool.run("write", path, {"path": str(tmp_path / "written")})
    assert not (tmp_path / "written").exists() or (tmp_path / "written").stat().st_size == 0


@pytest.mark.parametrize("place", ["{document}", "/proc/{parent}/environ", "/etc/passwd"])
async def test_the_child_reads_nothing_but_its_document(pool: CagePool, path: Path, place: str) -> None:
    await pool.warm()
    if pool.walls is None or not pool.walls.no_files:
        pytest.skip("this kernel has no Landlock")
    with pytest.raises(CageError, match="PermissionError"):
        await pool.run("read", path, {"path": place.format(document=path, parent=os.getpid())})


@pytest.mark.parametrize("task", ["run", "strike"])
async def test_the_child_starts_no_program_and_reaches_no_process(pool: CagePool, path: Path, task: str) -> None:
    await pool.warm()
    if pool.walls is None or not pool.walls.no_files:
        pytest.skip("this kernel has no Landlock")
    with pytest.raises(CageError, match="PermissionError"):
        await pool.run(task, path, {})


async def test_only_so_many_run_at_once(path: Path) -> None:
    pool = CagePool(2, Limits(1.0, 256 * MIB, MIB), HOSTILE)
    running: list[int] = []
    await asyncio.gather(*(pool.run("hang", path, {}, told_to(running)) for _ in range(2)), return_exceptions=True)
    answers = await asyncio.gather(*(pool.run("echo", path, {}) for _ in range(8)))
    assert len(running) == 2
    assert len({answer[0] for answer in answers}) <= 2
    await pool.close()


async def test_progress_comes_through(pool: CagePool, path: Path) -> None:
    told: list[tuple[int, int | None, Unit]] = []
    with pytest.raises(StepFailed):
        await pool.run("count", path, {}, lambda *progress: told.append(progress))
    assert told == [(1, 3, Unit.PAGES), (2, 3, Unit.PAGES), (3, None, Unit.BYTES)]
