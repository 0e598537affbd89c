"""The pipelines, each with its steps, the limits on them, the workers that serve it, and what it has to do."""

from dataclasses import dataclass

import msgspec

from tidegate.access import policy
from tidegate.db.queries import Connection
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.failures import Code
from tidegate.domain.lifecycle import State
from tidegate.ledger import external, load, reads
from tidegate.ledger.views import Worker
from tidegate.operations.door import Services
from tidegate.pipeline import registry
from tidegate.pipeline.step import Step
from tidegate.settings import Settings, variable

NAMES = 200
"""Pipelines of other systems that a list to choose from holds: each dbt model is one, and a filter takes any name."""


class Limit(msgspec.Struct, frozen=True):
    """A limit as this server has it: the setting, and its value in bytes or seconds as the name says."""

    setting: str
    variable: str
    value: float


class StepLimits(msgspec.Struct, frozen=True):
    """A step of a pipeline and what bounds it."""

    name: str
    limits: list[Limit]


class PipelineState(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline as it stands. One that is not `registered` has jobs or workers, but this server cannot submit to it.

    `failures` are the codes of its own. An `external` one is another system's: it has jobs here, and neither steps nor workers.
    """

    name: str
    summary: str
    registered: bool
    external: bool
    steps: list[StepLimits]
    failures: list[Code]
    workers: list[Worker]
    jobs: dict[State, int]


@dataclass(frozen=True)
class Use:
    """What a pipeline has to do, in every state, and who serves it: nobody of ours if it is another system's."""

    jobs: dict[State, int]
    workers: list[Worker]
    external: bool


async def list_pipelines(services: Services, actor: Actor) -> list[PipelineState]:
    """Return every pipeline that is registered, served or used, by name. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.PERSON_MANAGE)
    async with services.pool.connection() as connection:
        found = await use_of_pipelines(services, connection)
    return [_state(services, name, use) for name, use in found.items()]


async def use_of_pipelines(services: Services, connection: Connection) -> dict[str, Use]:
    """Return how every pipeline that is registered, served or used is used, by name and in its order."""
    workers = await reads.list_workers(connection)
    jobs = await load.count_by_pipeline(connection)
    elsewhere = await external.which_are_external(connection, jobs)
    names = {*services.pipelines, *jobs, *(name for worker in workers for name in worker.pipelines)}
    return {
        name: Use(
            {state: jobs.get(name, {}).get(state, 0) for state in State},
            [worker for worker in workers if name in worker.pipelines],
            external=name in elsewhere,
        )
        for name in sorted(names)
    }


async def list_names(services: Services, actor: Actor) -> list[str]:
    """Return the pipelines to choose from: ours, then other systems', the newest NAMES. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.JOB_READ)
    async with services.pool.connection() as connection:
        return [*services.pipelines, *await external.list_pipelines(connection, limit=NAMES)]


async def is_external(services: Services, actor: Actor, name: str) -> bool:
    """Tell whether a pipeline is another system's. Raises Forbidden, Unauthenticated."""
    policy.authorise(actor, Permission.JOB_READ)
    async with services.pool.connection() as connection:
        return name in await external.which_are_external(connection, [name])


def _state(services: Services, name: str, use: Use) -> PipelineState:
    known = registry.get(name) if name in services.pipelines else None
    return PipelineState(
        name=name,
        summary=known.summary if known else "",
        registered=known is not None,
        external=use.external,
        steps=[_limited(step, services.settings) for step in known.steps] if known else [],
        failures=[failure.code for failure in known.failures] if known else [],
        workers=use.workers,
        jobs=use.jobs,
    )


def _limited(step: Step, settings: Settings) -> StepLimits:
    return StepLimits(step.name, [Limit(name, variable(name), float(getattr(settings, name))) for name in step.limits])
