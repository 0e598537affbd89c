"""The harness that starves workers would see one that was taken for dead, and its parser is as stubborn as it says."""

import sys
import threading
import time

from psycopg import AsyncConnection

from faults import lock, starved
from tests import story
from tidegate.operations import execution
from tidegate.operations.door import Services


async def numbers(url: str) -> starved.Numbers:
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        found = await starved.SQL.one(connection, starved.Numbers, "sum_up_starved")
    assert found is not None
    return found


async def test_a_worker_that_is_taken_for_dead_is_counted(services: Services, owner_url: str) -> None:
    hold = await story.begun(services, (await story.submitted(services)).job_ids[0])
    assert (await numbers(owner_url)).lost == 0
    async with await AsyncConnection.connect(owner_url, autocommit=True) as connection:
        await connection.execute("UPDATE worker SET lease_until = now() - interval '1 s' WHERE id = %s", (hold.worker_id,))
    await execution.reap(services)
    assert (await numbers(owner_url)).lost == 1


def test_the_parser_lets_no_other_thread_run() -> None:
    gaps, stop = [0.0], threading.Event()

    def live() -> None:
        last = time.monotonic()
        while not stop.is_set():
            now = time.monotonic()
            gaps[0], last = max(gaps[0], now - last), now

    thread = threading.Thread(target=live)
    thread.start()
    lock.hold_lock(0.3)
    stop.set()
    thread.join()
    assert gaps[0] > 5 * sys.getswitchinterval(), "a call that can be interrupted holds the lock no longer than that"
