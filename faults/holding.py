"""`python -m faults.holding URL PID`: lock a row of a job that a worker runs and commit nothing, as if cut before its COMMIT."""

import asyncio
import sys

from faults.fleet import SQL
from faults.harm import Hit
from tidegate.db.connect import connect


async def hold(url: str, pid: int) -> None:
    """Print the job that is locked, and hold it until killed."""
    async with await connect(url, name="tidegate holding") as connection, connection.transaction():
        while (hit := await SQL.one(connection, Hit, "take_row", pid=pid)) is None:
            await asyncio.sleep(0.02)
        print(hit.job_id, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(hold(sys.argv[1], int(sys.argv[2])))
