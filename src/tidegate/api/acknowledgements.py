"""Acknowledging failures: saying that they may stay as they are, and why; and taking that back."""

from uuid import UUID

from litestar.params import FromPath, JSONBody

from tidegate.operations.acknowledging import Acknowledge, Acknowledged, AcknowledgedMany, AcknowledgeMany, Unacknowledge
from tidegate.operations.door import perform
from tidegate.web.parameters import WithAsking, WithServices

from . import bodies
from .preconditions import IfMatch, version_in


async def acknowledge_job(
    services: WithServices,
    asking: WithAsking,
    id: FromPath[UUID],
    data: JSONBody[bodies.Acknowledgement],
    if_match: IfMatch = None,
) -> Acknowledged:
    """Say that the failure of a job may stay as it is, and why. It then no longer needs attention."""
    return await perform(services, asking, Acknowledge(id, data.reason, version_in(if_match)))


async def unacknowledge_job(
    services: WithServices, asking: WithAsking, id: FromPath[UUID], reason: bodies.Reason = None, if_match: IfMatch = None
) -> Acknowledged:
    """Take an acknowledgement back: the failure needs attention again."""
    return await perform(services, asking, Unacknowledge(id, reason or None, version_in(if_match)))


async def acknowledge_many(
    services: WithServices, asking: WithAsking, data: JSONBody[bodies.AcknowledgementOfMany]
) -> AcknowledgedMany:
    """Acknowledge all unresolved failures of a filter, or of those named by id. 409 when they are more than `expected`."""
    return await perform(services, asking, AcknowledgeMany(data.narrowed(), data.reason, data.expected))
