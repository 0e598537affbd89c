"""What a monitoring system asks for again and again: how many jobs stand how, how long they wait, and who works."""

from datetime import UTC, datetime

import msgspec

from tidegate.access import policy
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.lifecycle import State
from tidegate.ledger import load, pulse, reads
from tidegate.operations.door import Services


class PipelineGauge(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline now. `oldest_seconds` is how long the job that waits the longest is due; 0 while none is."""

    pipeline: str
    jobs: dict[State, int]
    oldest_seconds: float
    workers: int
    places: int
    running: int


async def get_gauges(services: Services, actor: Actor) -> list[PipelineGauge]:
    """Return every pipeline that is registered, served or used, by name. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.JOB_READ)
    async with services.pool.connection() as connection:
        jobs = await load.count_by_pipeline(connection)
        waiting = {row.pipeline: row for row in await pulse.list_waiting(connection)}
        workers = await reads.list_workers(connection)
    names = {*services.pipelines, *jobs, *(name for worker in workers for name in worker.pipelines)}
    now = datetime.now(UTC)
    gauges = []
    for name in sorted(names):
        serving = [worker for worker in workers if name in worker.pipelines]
        since = waiting[name].since if name in waiting else None
        gauges.append(
            PipelineGauge(
                pipeline=name,
                jobs={state: jobs.get(name, {}).get(state, 0) for state in State},
                oldest_seconds=max(0.0, (now - since).total_seconds()) if since else 0.0,
                workers=len(serving),
                places=sum(worker.concurrency for worker in serving),
                running=sum(worker.running for worker in serving),
            )
        )
    return gauges
