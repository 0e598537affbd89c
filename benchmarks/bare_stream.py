"""The stream as a bare Litestar handler gives it: `python -m benchmarks.bare_stream PORT URL`.

One LISTEN, a queue for each client, and the notice's text as the event: no session, no rights, no gathering, no heartbeat.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar, get
from litestar.response import Stream

from benchmarks.servers import serve_bare
from tidegate.db.connect import connect


def build(url: str) -> Litestar:
    """Return the application: the stream, and a route that tells that it is there."""
    queues: set[asyncio.Queue[bytes]] = set()

    async def hear() -> None:
        async with await connect(url, name="bare stream") as connection:
            await connection.execute("LISTEN tidegate_jobs")
            async for notice in connection.notifies():
                for queue in queues:
                    queue.put_nowait(f'event: changed\ndata: ["{notice.payload}"]\n\n'.encode())

    @asynccontextmanager
    async def hearing(_: Litestar) -> AsyncIterator[None]:
        task = asyncio.create_task(hear())
        try:
            yield
        finally:
            task.cancel()

    async def events() -> AsyncIterator[bytes]:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        queues.add(queue)
        try:
            yield b"event: hello\ndata: {}\n\n"
            while True:
                yield await queue.get()
        finally:
            queues.discard(queue)

    @get("/api/ingestion/stream")
    async def stream() -> Stream:
        return Stream(events(), media_type="text/event-stream")

    @get("/ready")
    async def ready() -> str:
        return "yes"

    return Litestar([stream, ready], lifespan=[hearing], openapi_config=None, logging_config=None)


if __name__ == "__main__":
    serve_bare(build)
