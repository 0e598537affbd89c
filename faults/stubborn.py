"""A pipeline whose parser holds the interpreter's lock for seconds, in its own process and in the worker's.

For `faults.starved`: the setting `pipelines` names this module. Importing it defines the pipeline.
"""

from functools import cache

from faults import lock
from tidegate.pipeline.cage.pool import CagePool, Limits
from tidegate.pipeline.documents import fetch
from tidegate.pipeline.registry import pipeline, step
from tidegate.pipeline.step import StepContext
from tidegate.pipeline.tools import settings_of

CHILD_SECONDS = 8.0
WORKER_SECONDS = 2.0


@step
async def read(context: StepContext) -> dict[str, float]:
    """Read as a slow parser does: long in a caged child, and once, for less than a lease, in the worker itself."""
    path = context.scratch / "document"
    path.write_bytes(b"stubborn")
    await _cages(settings_of(context).concurrency).run("hold", path, {"seconds": CHILD_SECONDS})
    lock.hold_lock(WORKER_SECONDS)
    return {"seconds": CHILD_SECONDS + WORKER_SECONDS}


@cache
def _cages(size: int) -> CagePool:
    return CagePool(size, Limits(seconds=300, memory_bytes=512 * 1024 * 1024, output_bytes=1024), lock.__name__)


pipeline("stubborn", steps=[fetch, read], summary="Holds the interpreter's lock.")
