"""Turns of the notifier, one by one, and what came of them."""

from uuid import UUID

from tests import story
from tidegate.channels.channel import Event
from tidegate.channels.outbox import Delivery
from tidegate.operations import channels, telling
from tidegate.operations.door import Services

EVERYTHING = [Event.FAILED, Event.RECOVERED, Event.STUCK]
ENDED = "UPDATE delivery SET due_at = now() - interval '1 second' WHERE closed_at IS NULL"
"""The windows of what still gathers are over."""


async def told(services: Services, *, ended: bool = True) -> int:
    """Take a turn: gather what happened, let the windows end, send what is due. Return the number of tries."""
    assert services.write_letter is not None
    assert await telling.gather(services)
    if ended:
        await run(services, ENDED)
    return await telling.send_due(services, telling.sending_of(services.settings), services.write_letter)


async def run(services: Services, statement: str, *values: object) -> None:
    async with services.pool.connection() as connection:
        await connection.execute(statement.encode(), values)


async def log(services: Services, id: UUID) -> list[Delivery]:
    return list(await channels.list_deliveries(services, story.OPERATOR.actor, id))
