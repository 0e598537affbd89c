"""Starting a job again, whoever runs it: ours by a ticket, another system's by a call in the outbox, with the retry itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tidegate.db.queries import Connection
from tidegate.engine.port import Ticket
from tidegate.ledger import rerun_calls
from tidegate.ledger.rerun_calls import NewCall
from tidegate.operations.door import Services


@dataclass(frozen=True)
class Again:
    """An attempt just queued; `namespace` is that of the system that runs it, None when our workers do."""

    job_id: UUID
    attempt_no: int
    version: int
    pipeline: str
    namespace: str | None


async def start_again(services: Services, connection: Connection, queued: Sequence[Again]) -> None:
    """See that each of these attempts is run."""
    tickets = [Ticket(one.job_id, one.attempt_no, one.version, one.pipeline) for one in queued if one.namespace is None]
    calls = [NewCall(one.job_id, one.attempt_no, one.namespace) for one in queued if one.namespace is not None]
    if tickets:
        await services.engine.issue(connection, tickets)
    if calls:
        await rerun_calls.open_calls(connection, calls)
