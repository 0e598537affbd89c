"""What happens before a test begins, told in the project's own words: people, submissions, claimed and failed attempts.

Nothing here goes around the operations: a failed job in a test got there as one does in life.
"""

import os
from uuid import UUID

from tidegate import wiring
from tidegate.audit.browse import AuditEvent, AuditFilter
from tidegate.domain.actor import Actor, ActorKind, Role
from tidegate.domain.failures import Code, Failure, FailureCode
from tidegate.domain.ids import new_id
from tidegate.ledger import views
from tidegate.ledger.attempts import Hold
from tidegate.operations import execution, reading
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.jobs import Item, Submit, Submitted
from tidegate.operations.people import AddPerson

OPERATOR = Asking(wiring.operator())


async def person(services: Services, role: Role, login: str | None = None) -> Asking:
    """Add a person of this role and return them as one who asks."""
    name = login or f"{role.value}.{new_id().hex[-8:]}"
    added = await perform(services, OPERATOR, AddPerson(name, name, role))
    return Asking(Actor(ActorKind.PERSON, added.id, name, role, reads_content=True))


async def submitted(services: Services, *names: str, asking: Asking = OPERATOR) -> Submitted:
    """Submit items that no worker will find anything under; one named a.txt when no names are given."""
    items = [Item("folder", f"/nowhere/{name}", name, "/nowhere") for name in names or ("a.txt",)]
    return await perform(services, asking, Submit(items, label="a story"))


async def worker(services: Services) -> UUID:
    """Enlist a worker that exists on paper only."""
    id = new_id()
    await execution.enlist(services, id, "paper", os.getpid(), list(services.pipelines))
    return id


async def begun(services: Services, job_id: UUID, attempt_no: int = 1, worker_id: UUID | None = None) -> Hold:
    """Claim an attempt for a worker on paper."""
    hold = Hold(job_id, attempt_no, worker_id or await worker(services))
    assert await execution.begin(services, hold) is not None
    return hold


async def failed(
    services: Services, code: Code = FailureCode.DOCUMENT_CORRUPT, name: str = "a.txt", detail: str = "at line 3"
) -> UUID:
    """Submit a job and let its first attempt fail; by a code that is retried automatically it is queued again."""
    job_id = (await submitted(services, name)).job_ids[0]
    await execution.fail(services, await begun(services, job_id), Failure(code), detail)
    return job_id


async def job(services: Services, id: UUID) -> views.Job:
    """Return everything about a job."""
    return await reading.get_job(services, OPERATOR.actor, id)


async def events(services: Services, **narrowed: object) -> list[AuditEvent]:
    """Return the audit events under a filter, newest first, 200 at most."""
    found = await reading.list_audit_events(services, OPERATOR.actor, AuditFilter(**narrowed), limit=200)  # type: ignore[arg-type]
    return found.events
