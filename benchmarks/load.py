"""Many clients that ask one address over and over: `python -m benchmarks.load`, a process of its own, with the plan on stdin.

Each connection comes from an address of its own (127.0.0.2 and so on), as people do: the rate limit counts by address. It prints
the seconds of each answer, and how busy this process itself was, so that nobody takes the client's limit for the server's.
"""

import asyncio
import json
import resource
import sys
import time

from benchmarks import measuring

FIRST_ADDRESS = 2
OK = b"HTTP/1.1 200 "
LENGTH = b"content-length: "


async def ask_on(number: int, host: str, port: int, request: bytes, until: float, taken: list[float]) -> None:
    """Send the request on one connection until the time is over. Raises RuntimeError for any answer but 200."""
    reader, writer = await asyncio.open_connection(host, port, local_addr=(f"127.0.0.{FIRST_ADDRESS + number}", 0))
    try:
        while (begun := time.perf_counter()) < until:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(OK):
                raise RuntimeError(head.split(b"\r\n", 1)[0].decode("latin-1"))
            await reader.readexactly(int(head.lower().partition(LENGTH)[2].partition(b"\r\n")[0]))
            taken.append(time.perf_counter() - begun)
    finally:
        writer.close()


async def load(host: str, port: int, request: bytes, connections: int, seconds: float) -> dict[str, object]:
    """Ask on so many connections at once for so long."""
    taken: list[float] = []
    busy, begun = _processor_seconds(), time.perf_counter()
    await asyncio.gather(*(ask_on(number, host, port, request, begun + seconds, taken) for number in range(connections)))
    elapsed = time.perf_counter() - begun
    return {"taken": taken, "seconds": elapsed, "busy": (_processor_seconds() - busy) / elapsed}


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Read the plan, ask, and print what was found."""
    plan = json.load(sys.stdin)
    plan["request"] = plan["request"].encode("latin-1")
    json.dump(measuring.run(load(**plan)), sys.stdout)


if __name__ == "__main__":
    main()
