"""`tidegate pipelines`: what there is to ingest with."""

from tidegate.cli.output import show_json, show_table
from tidegate.cli.shell import opened
from tidegate.domain.lifecycle import State
from tidegate.operations.pipelines import PipelineState, list_pipelines

COLUMNS = ("pipeline", "waiting", "running", "workers", "steps", "failures", "limits")


async def pipelines(*, json: bool = False) -> None:
    """List every pipeline with its steps, limits, workers and jobs.

    Args:
        json: Print one JSON array.
    """
    async with opened() as shell:
        found = await list_pipelines(shell.services, shell.actor)
    if json:
        show_json(found)
    else:
        show_table(COLUMNS, (_row(pipeline) for pipeline in found), empty="No pipeline.")


def _row(pipeline: PipelineState) -> tuple[object, ...]:
    steps = (
        " ".join(step.name for step in pipeline.steps)
        if pipeline.registered
        else "another system's"
        if pipeline.external
        else "not registered here"
    )
    limits = {f"{limit.variable}={limit.value:.0f}" for step in pipeline.steps for limit in step.limits}
    waiting, running = pipeline.jobs[State.QUEUED], pipeline.jobs[State.RUNNING]
    return pipeline.name, waiting, running, len(pipeline.workers), steps, " ".join(pipeline.failures), " ".join(sorted(limits))
