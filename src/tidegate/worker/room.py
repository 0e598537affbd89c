"""The room that a worker's attempts share; one that must be alone has it to itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Room:
    """A lock with two ways in. Whoever wants to be alone comes next: nobody else enters before."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._inside = 0
        self._alone = 0

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """Stay with others, when nobody is alone or waits to be."""
        while self._alone:
            await self._changed.wait()
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def enter(self) -> None:
        """Bring another one in; only for who is inside, and not alone."""
        self._inside += 1

    def leave(self) -> None:
        """Go out again."""
        self._inside -= 1
        if self._alone:
            self._tell()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Wait until everybody has left, and keep others out."""
        self._alone += 1
        try:
            while self._inside:
                await self._changed.wait()
            self.enter()
            try:
                yield
            finally:
                self.leave()
        finally:
            self._alone -= 1
            self._tell()

    def _tell(self) -> None:
        """Have those who wait look again."""
        self._changed.set()
        self._changed = asyncio.Event()
