"""Other systems: how each is asked to run a job again."""

from typing import Annotated

import msgspec
from litestar.params import JSONBody, QueryParameter

from tidegate.ledger.rerun_calls import System
from tidegate.operations.door import perform
from tidegate.operations.external import systems
from tidegate.operations.external.systems import RemoveSystem, SetSystem, SystemSet
from tidegate.web.parameters import WithActor, WithAsking, WithServices

from .bodies import Request

Namespace = Annotated[str, QueryParameter(description="The OpenLineage namespace of the system's jobs.", max_length=2000)]
Reason = Annotated[str | None, QueryParameter(description="Why; every reader of the audit log sees it.")]


class SystemTerms(Request):
    """How a system is asked: by a call to `url`, signed by what `secret` leads to, `env:NAME` or `file:/path`."""

    namespace: str
    url: str
    secret: str
    reason: str | None = None


class Systems(msgspec.Struct, frozen=True):
    """The systems that can be asked, with the references of their secrets."""

    items: list[System]


async def list_systems(services: WithServices, actor: WithActor) -> Systems:
    """List the systems that can be asked to run a job again."""
    return Systems(await systems.list_systems(services, actor))


async def set_system(services: WithServices, asking: WithAsking, data: JSONBody[SystemTerms]) -> SystemSet:
    """Have the runs of a namespace asked for by a signed call; again with another secret or address, to change it."""
    return await perform(services, asking, SetSystem(data.namespace, data.url, data.secret, data.reason or None))


async def remove_system(services: WithServices, asking: WithAsking, namespace: Namespace, reason: Reason = None) -> SystemSet:
    """Forget how a system is asked: its jobs can no longer be retried from here."""
    return await perform(services, asking, RemoveSystem(namespace, reason or None))
