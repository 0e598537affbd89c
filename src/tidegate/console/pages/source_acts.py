"""What is done to one source, each asked about first: a scan now, a pause, its end, and the removal."""

from collections.abc import Callable
from uuid import UUID

from litestar import Response
from litestar.params import FromPath
from litestar.response import Redirect

from tidegate.access import policy
from tidegate.console.flash import flash_cookie
from tidegate.console.pages.forms import optional, read_form
from tidegate.console.pages.person_acts import Recorded, show_question
from tidegate.console.shown import sources as shown
from tidegate.console.shown.asking import Question
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.actor import Permission
from tidegate.domain.refusals import Conflict, Invalid
from tidegate.operations import sources
from tidegate.operations.door import Asking, Command, Services, perform
from tidegate.operations.sources import PauseSource, RemoveSource, ResumeSource, ScanSource
from tidegate.sources.source import Source
from tidegate.web.parameters import WithAsking, WithServices

Asked = Callable[[Source], Question]


async def ask_scan(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask whether to have a source scanned now."""
    return await _ask(services, viewer, id, Permission.SOURCE_SCAN, shown.scanning)


async def scan(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Have a source scanned now."""
    reason = await _reason(request)
    return await _act(services, asking, viewer, ScanSource(id, reason), "source-scan", shown.scanning)


async def ask_pause(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask whether to pause a source."""
    return await _ask(services, viewer, id, Permission.SOURCE_MANAGE, shown.pausing)


async def pause(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Pause a source."""
    reason = await _reason(request)
    return await _act(services, asking, viewer, PauseSource(id, reason), "source-paused", shown.pausing)


async def ask_resume(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask whether to let a source go on."""
    return await _ask(services, viewer, id, Permission.SOURCE_MANAGE, shown.resuming)


async def resume(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Let a source go on."""
    reason = await _reason(request)
    return await _act(services, asking, viewer, ResumeSource(id, reason), "source-resumed", shown.resuming)


async def ask_removal(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask whether to remove a source."""
    return await _ask(services, viewer, id, Permission.SOURCE_MANAGE, shown.removal)


async def remove(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Remove a source."""
    reason = await _reason(request)
    command = RemoveSource(id, reason)
    return await _act(services, asking, viewer, command, "source-removed", shown.removal, leads_to="/ingestion/sources")


async def _reason(request: Request) -> str | None:
    return optional(await read_form(request), "reason")


async def _ask(services: Services, viewer: Viewer, id: UUID, right: Permission, asked: Asked) -> Response[str]:
    policy.authorise(viewer.actor, right)
    return show_question(viewer, asked(await sources.get_source(services, viewer.actor, id)))


async def _act(
    services: Services,
    asking: Asking,
    viewer: Viewer,
    command: ScanSource | PauseSource | ResumeSource | RemoveSource,
    word: str,
    asked: Asked,
    leads_to: str = "",
) -> Response[str]:
    """Do it and go back to the source; ask again, with the refusal, when it cannot be done."""
    recorded: Command[Recorded] = command
    try:
        done = await perform(services, asking, recorded)
    except (Conflict, Invalid) as refusal:
        question = asked(await sources.get_source(services, viewer.actor, command.source_id))
        return show_question(viewer, question, command.reason or "", refusal)
    page = leads_to or f"/ingestion/sources/{command.source_id}"
    return Redirect(page, status_code=303, cookies=[flash_cookie(word, done.audit_event_id)])
