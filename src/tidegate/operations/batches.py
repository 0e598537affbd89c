"""The list of batches, for those who may read jobs."""

from uuid import UUID

from tidegate.access import policy
from tidegate.domain.actor import Actor, Permission
from tidegate.ledger import batches, views
from tidegate.ledger.batches import BatchPage
from tidegate.operations.door import Services
from tidegate.operations.reading import check_filter


async def list_batches(services: Services, actor: Actor, *, before: UUID | None = None, limit: int = 50) -> BatchPage:
    """Return one page of batches, newest first. Raises Forbidden, Unauthenticated, Invalid."""
    policy.authorise(actor, Permission.JOB_READ)
    check_filter(views.JobFilter(), limit)
    async with services.pool.connection() as connection:
        return await batches.list_batches(connection, before=before, limit=limit)
