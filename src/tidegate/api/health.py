"""Whether this process lives, and whether it can serve."""

from tidegate.web.parameters import WithServices

from . import shapes

READY_SECONDS = 2.0
"""A database slower than this is as good as away to whoever balances load."""


async def live() -> shapes.Health:
    """Tell that this process answers."""
    return shapes.Health("alive")


async def ready(services: WithServices) -> shapes.Ready:
    """Tell that the database answers too, and how changes are learnt of; 503 when it does not."""
    async with services.pool.connection(timeout=READY_SECONDS):  # the pool has asked it whether it lives
        return shapes.Ready("ready", "notices" if services.listen_url else "polling")
