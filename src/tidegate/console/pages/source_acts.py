"""What is done to one source, each asked about first: a scan now, a pause, its end, and the removal."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from tidegate.access import policy
from tidegate.console.pages.forms import optional, read_form
from tidegate.console.pages.questions import Answer, carry_out, show_question
from tidegate.console.pages.sources import HERE
from tidegate.console.shown import sources as shown
from tidegate.console.shown.asking import Question
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.actor import Permission
from tidegate.operations import sources
from tidegate.operations.door import Services
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
    form = await read_form(request)
    command, ask = ScanSource(id, optional(form, "reason")), partial(_question, services, viewer, id, shown.scanning)
    return await carry_out(services, viewer, asking, command, Answer("source-scan", f"{HERE}/{id}", form), ask)


async def ask_pause(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask whether to pause a source."""
    return await _ask(services, viewer, id, Permission.SOURCE_MANAGE, shown.pausing)


async def pause(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Pause a source."""
    form = await read_form(request)
    command, ask = PauseSource(id, optional(form, "reason")), partial(_question, services, viewer, id, shown.pausing)
    return await carry_out(services, viewer, asking, command, Answer("source-paused", f"{HERE}/{id}", form), ask)


async def ask_resume(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask whether to let a source go on."""
    return await _ask(services, viewer, id, Permission.SOURCE_MANAGE, shown.resuming)


async def resume(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Let a source go on."""
    form = await read_form(request)
    command, ask = ResumeSource(id, optional(form, "reason")), partial(_question, services, viewer, id, shown.resuming)
    return await carry_out(services, viewer, asking, command, Answer("source-resumed", f"{HERE}/{id}", form), ask)


async def ask_removal(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask whether to remove a source."""
    return await _ask(services, viewer, id, Permission.SOURCE_MANAGE, shown.removal)


async def remove(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Remove a source."""
    form = await read_form(request)
    command, ask = RemoveSource(id, optional(form, "reason")), partial(_question, services, viewer, id, shown.removal)
    return await carry_out(services, viewer, asking, command, Answer("source-removed", HERE, form), ask)


async def _ask(services: Services, viewer: Viewer, id: UUID, right: Permission, asked: Asked) -> Response[str]:
    policy.authorise(viewer.actor, right)
    return show_question(viewer, await _question(services, viewer, id, asked))


async def _question(services: Services, viewer: Viewer, id: UUID, asked: Asked) -> Question:
    return asked(await sources.get_source(services, viewer.actor, id))
