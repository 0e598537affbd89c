"""Chores that any process may do and several do: turn after turn, for as long as there is something to do, then a pause."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from structlog.typing import FilteringBoundLogger

PAUSE_SECONDS = 1.0
CANCEL_AGAIN_SECONDS = 1.0
AT_ONCE = 50

Thing = TypeVar("Thing")


async def keep_turning(turn: Callable[[], Awaitable[bool]], log: FilteringBoundLogger, failed: str) -> None:
    """Take turns until cancelled; after one that returns True the next follows at once.

    The database may go away: a turn that fails is rolled back and taken up again, and `log` is told `failed`.
    """
    while True:
        try:
            is_more = await turn()
        except Exception as error:  # noqa: BLE001 - whatever a turn fails of, the next may succeed
            log.warning(failed, error=type(error).__name__)
            is_more = False
        await asyncio.sleep(0 if is_more else PAUSE_SECONDS)


async def in_turns(things: Sequence[Thing]) -> AsyncIterator[Thing]:
    """Give one thing after another, and let others come to their turn between each AT_ONCE of them."""
    for number, thing in enumerate(things, start=1):
        yield thing
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)


async def end(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """Cancel tasks until all have ended, and forget what they raised.

    Once is not enough: `asyncio.wait_for` before Python 3.12 loses a cancellation that comes together with what it waits for
    (bpo-37658), and the pool of connections waits by it. Whoever then waits for the task's end waits for ever.
    """
    tasks = list(tasks)
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)
