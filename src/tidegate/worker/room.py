"""The room that a worker's attempts share; one that must be alone has it to itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Room:
    """A lock with two ways in. Whoever wants to be alone comes next: nobody else enters before."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._inside = 0
        self._alone = 0

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """Stay with others, when nobody is alone or waits to be."""
        if self._alone:
            async with self._changed:
                await self._changed.wait_for(lambda: not self._alone)
        self._inside += 1
        try:
            yield
        finally:
            await self._leave()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Wait until everybody has left, and keep others out."""
        self._alone += 1
        try:
            async with self._changed:
                await self._changed.wait_for(lambda: not self._inside)
                self._inside += 1
            try:
                yield
            finally:
                await self._leave()
        finally:
            self._alone -= 1
            async with self._changed:
                self._changed.notify_all()

    async def _leave(self) -> None:
        self._inside -= 1
        if self._alone:
            async with self._changed:
                self._changed.notify_all()
