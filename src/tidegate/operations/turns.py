"""Chores that any process may do and several do: turn after turn, for as long as there is something to do, then a pause."""

import asyncio
from collections.abc import Awaitable, Callable

from structlog.typing import FilteringBoundLogger

PAUSE_SECONDS = 1.0


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
