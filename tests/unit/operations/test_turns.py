"""Chores that are ended have ended, even one that misses its cancellation; its error is nobody's."""

import asyncio
import contextlib

import pytest
import structlog

from tidegate.operations import turns


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "CANCEL_AGAIN_SECONDS", 0.02)


async def missing(cancellations: int) -> None:
    """Go on after so many cancellations, as a task does whose `wait_for` had its answer at the same moment."""
    for _ in range(cancellations):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
    await asyncio.sleep(60)


async def failing() -> None:
    try:
        await asyncio.sleep(60)
    finally:
        raise ConnectionError


async def test_a_task_that_misses_its_cancellation_ends_all_the_same() -> None:
    tasks = [asyncio.create_task(work) for work in (missing(0), missing(2), failing())]
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await turns.end(tasks)
    assert [task.cancelled() for task in tasks] == [True, True, False]


async def test_a_chore_whose_turns_wait_for_a_connection_ends_at_whatever_moment_it_is_cancelled() -> None:
    async def turn() -> bool:
        await asyncio.wait_for(asyncio.sleep(0), 60)
        return True

    for passes in range(40):
        chore = asyncio.create_task(turns.keep_turning(turn, structlog.get_logger(), "failed"))
        for _ in range(passes):
            await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await turns.end([chore])
        assert chore.cancelled()


async def test_others_come_to_their_turn_while_many_things_are_gone_through() -> None:
    met, at = [], -1

    async def others() -> None:
        while True:
            met.append(at)
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    async for number in turns.in_turns(range(3 * turns.AT_ONCE + 1)):
        assert number == at + 1
        at = number
    await turns.end([task])
    assert at == 3 * turns.AT_ONCE
    assert met == [turns.AT_ONCE - 1, 2 * turns.AT_ONCE - 1, 3 * turns.AT_ONCE - 1]
