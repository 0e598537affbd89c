"""Many open streams in one process: `python -m benchmarks.listeners PLAN`.

It says `open` when every stream has begun, and when told to end prints, for each stream, when a `changed` event reached it.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence

from benchmarks import measuring

CHANGED = b"event: changed"
BEGUN = b"event: hello"
AT_ONCE = 50
OPEN_SECONDS = 60.0


async def listen(
    number: int, host: str, port: int, request: bytes, opening: asyncio.Semaphore, opened: asyncio.Semaphore, seen: list[float]
) -> None:
    """Read one stream until cancelled, noting the time of each change."""
    async with opening:
        reader, writer = await asyncio.open_connection(host, port, local_addr=(f"127.0.0.{2 + number % 200}", 0))
        writer.write(request)
        await reader.readuntil(BEGUN)
        opened.release()
    while data := await reader.read(65536):
        if CHANGED in data:
            seen.append(time.perf_counter())


async def run(host: str, port: int, request: str, clients: int) -> Sequence[Sequence[float]]:
    """Open the streams, wait for a line of standard input, and return what each saw."""
    opening, opened = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(0)
    seen: list[list[float]] = [[] for _ in range(clients)]
    sent = request.encode("latin-1")
    tasks = [asyncio.create_task(listen(number, host, port, sent, opening, opened, seen[number])) for number in range(clients)]
    async with asyncio.timeout(OPEN_SECONDS):
        for _ in range(clients):
            await opened.acquire()
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return seen


def main() -> None:
    """Listen by the plan that is given, and print what was seen."""
    plan = json.loads(sys.argv[1])
    json.dump(measuring.run(run(**plan)), sys.stdout)


if __name__ == "__main__":
    main()
