"""What was ingested, what was recorded, and the technical detail behind a failure."""

from typing import Annotated
from uuid import UUID

from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from tidegate.audit.browse import AuditFilter
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.ledger.views import SearchMode
from tidegate.operations import reading
from tidegate.operations.diagnostics import Diagnostic, OpenDiagnostic
from tidegate.operations.door import perform
from tidegate.operations.jobs import check_reason
from tidegate.web.parameters import WithActor, WithAsking, WithServices

from . import bodies, content_shapes, showing
from .paging import PageSize, PageToken, id_of, ordinal_of, token_of, token_of_ordinal

SearchText = Annotated[str, QueryParameter(name="q", description='Words, "phrases", or, -not.')]
SearchBy = Annotated[
    SearchMode | None,
    QueryParameter(
        description="words: they occur. meaning: the nearest passages, where it is switched on; rank is at most 1. both: one "
        "list of the two; rank is 1 for what is first on each. Without it both, where passages have a meaning, else words."
    ),
]


async def search(
    services: WithServices, actor: WithActor, q: SearchText, mode: SearchBy = None, page_size: PageSize = 20
) -> content_shapes.Hits:
    """Search the ingested text, best passages first. Needs the right to read content."""
    found = await reading.search(services, actor, q, limit=page_size, mode=mode)
    return content_shapes.Hits([showing.hit(one) for one in found.hits], found.mode)


async def read_content(
    services: WithServices, actor: WithActor, id: FromPath[UUID], page_size: PageSize = 50, page_token: PageToken = None
) -> content_shapes.ContentPage:
    """Read a document's text, passage by passage. Needs the right to read content."""
    content = await reading.read_content(services, actor, id, after=ordinal_of(page_token), limit=page_size)
    return content_shapes.ContentPage(
        document=content.document, items=content.chunks, next_page_token=token_of_ordinal(content.next_after)
    )


async def list_audit_events(
    services: WithServices,
    actor: WithActor,
    action: FromQuery[AuditAction | None] = None,
    outcome: FromQuery[AuditOutcome | None] = None,
    by: Annotated[UUID | None, QueryParameter(name="actor", description="Id of the person who acted.")] = None,
    target: Annotated[UUID | None, QueryParameter(description="Id of the job, batch, person … acted upon.")] = None,
    page_size: PageSize = 50,
    page_token: PageToken = None,
) -> content_shapes.AuditList:
    """List audit events, newest first."""
    narrowed = AuditFilter(action=action, outcome=outcome, actor_id=by, target_id=target)
    page = await reading.list_audit_events(services, actor, narrowed, before=id_of(page_token), limit=page_size)
    return content_shapes.AuditList([showing.audit_row(event) for event in page.events], token_of(page.next_before))


async def get_audit_event(services: WithServices, actor: WithActor, id: FromPath[UUID]) -> content_shapes.AuditRow:
    """Show one audit event."""
    return showing.audit_row(await reading.get_audit_event(services, actor, id))


async def open_diagnostic(
    services: WithServices, asking: WithAsking, reference: FromPath[str], data: JSONBody[bodies.Why | None] = None
) -> Diagnostic:
    """Open the technical detail behind a failure. Each opening is recorded, so this is no GET."""
    reason = (data.reason or None) if data else None
    check_reason(reason)
    return await perform(services, asking, OpenDiagnostic(reference, reason))
