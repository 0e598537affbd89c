"""A pipeline whose one step does nothing, so that a job costs what the queue and the ledger cost: `TIDEGATE_PIPELINES`."""

from benchmarks.measuring import NO_OP
from tidegate.pipeline.registry import pipeline, step
from tidegate.pipeline.step import StepContext


@step
async def nothing(context: StepContext) -> None:
    """Do nothing."""


pipeline(NO_OP, steps=[nothing], summary="Does nothing, as fast as it can.")
