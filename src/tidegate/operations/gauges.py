"""What a monitoring system asks for again and again: how many jobs stand how, how long they wait, and who works."""

from datetime import UTC, datetime

import msgspec

from tidegate.access import policy
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.lifecycle import State
from tidegate.ledger import pulse
from tidegate.operations.door import Services
from tidegate.operations.pipelines import use_of_pipelines


class PipelineGauge(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline now. `oldest_seconds` is how long the job that waits the longest is due; 0 while none is.

    An `external` one is another system's, with no worker of ours.
    """

    pipeline: str
    jobs: dict[State, int]
    oldest_seconds: float
    external: bool
    workers: int
    places: int
    running: int


async def get_gauges(services: Services, actor: Actor) -> list[PipelineGauge]:
    """Return every pipeline that is registered, served or used, by name. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.JOB_READ)
    async with services.pool.connection() as connection:
        found = await use_of_pipelines(services, connection)
        waiting = {row.pipeline: row for row in await pulse.list_waiting(connection)}
    now = datetime.now(UTC)
    gauges = []
    for name, use in found.items():
        since = waiting[name].since if name in waiting else None
        gauges.append(
            PipelineGauge(
                pipeline=name,
                jobs=use.jobs,
                oldest_seconds=max(0.0, (now - since).total_seconds()) if since else 0.0,
                external=use.external,
                workers=len(use.workers),
                places=sum(worker.concurrency for worker in use.workers),
                running=sum(worker.running for worker in use.workers),
            )
        )
    return gauges
