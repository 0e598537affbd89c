"""The audit log: who did what, when and why, and what was refused."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response
from litestar.params import FromPath
from litestar.response import Stream

from tidegate.access.policy import may
from tidegate.audit.browse import AuditEvent, AuditFilter
from tidegate.audit.vocabulary import AuditAction, AuditOutcome, TargetKind
from tidegate.console.pages.forms import read_form
from tidegate.console.shown import events
from tidegate.console.shown.filters import read_id
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.actor import Permission
from tidegate.domain.refusals import Conflict
from tidegate.operations import reading, sealing
from tidegate.operations.door import Services
from tidegate.web.parameters import WithAsking, WithServices

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True)
class AuditQuery:
    """What the log is narrowed to, and the place in it."""

    action: AuditAction | None = None
    outcome: AuditOutcome | None = None
    person: UUID | None = None
    target: UUID | None = None
    parent: UUID | None = None
    before: UUID | None = None

    @property
    def address(self) -> str:
        """The address of this view."""
        fields = {name: str(value) for name, value in vars(self).items() if value}
        return f"/audit?{urlencode(fields)}" if fields else "/audit"

    @property
    def is_narrowed(self) -> bool:
        """Whether anything narrows the log."""
        return replace(self, before=None) != AuditQuery()


async def show(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show one page of the log, newest first."""
    query = _read(request)
    narrowed = AuditFilter(
        action=query.action, outcome=query.outcome, actor_id=query.person, target_id=query.target, parent_id=query.parent
    )
    page = await reading.list_audit_events(services, viewer.actor, narrowed, before=query.before)
    names = await names_of(services, viewer, page.events)
    people = await reading.list_people(services, viewer.actor) if may(viewer.actor, Permission.PERSON_MANAGE) else []
    return viewer.page(
        "audit.html",
        query=query,
        seal=await sealing.get_state(services, viewer.actor),
        forms=list(sealing.ExportForm),
        lines=await _lines(services, viewer, page.events, names),
        older=replace(query, before=page.next_before).address if page.next_before else "",
        newest=replace(query, before=None).address,
        actions=list(AuditAction),
        outcomes=events.outcome_choices(),
        people=people,
        target_name=names.get(query.target, str(query.target)) if query.target else "",
        any_target=replace(query, target=None, before=None).address,
        any_parent=replace(query, parent=None, before=None).address,
        any_person=replace(query, person=None, before=None).address,
        person_name=next((event.body.actor.name for event in page.events if event.body.actor.id == query.person), ""),
    )


async def show_event(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Show one event in full."""
    event = await reading.get_audit_event(services, viewer.actor, id)
    [line] = await _lines(services, viewer, [event], await names_of(services, viewer, [event]))
    sealed = await _is_sealed(services, viewer, id)
    return viewer.page("audit_event.html", line=line, recorded=viewer.clock.at(event.recorded_at), sealed=sealed)


async def export(request: Request, services: WithServices, asking: WithAsking) -> Stream:
    """Send the log as a file; recorded like every export."""
    form = await read_form(request)
    kind = _among(sealing.ExportForm, form.get("form")) or sealing.ExportForm.PROOF
    await sealing.check_may_export(services, asking, kind)
    headers = {"Content-Disposition": f'attachment; filename="{kind.file_name}"'}
    return Stream(sealing.export_log(services, asking, kind), media_type=kind.media_type, headers=headers)


async def _lines(services: Services, viewer: Viewer, found: list[AuditEvent], names: dict[UUID, str]) -> list[events.Line]:
    children = await reading.count_children(services, viewer.actor, [event.id for event in found])
    return [events.line(event, viewer.clock, names, children=children.get(event.id, 0)) for event in found]


async def _is_sealed(services: Services, viewer: Viewer, id: UUID) -> bool:
    try:
        await sealing.get_receipt(services, viewer.actor, id)
    except Conflict:
        return False
    return True


async def names_of(services: Services, viewer: Viewer, found: Iterable[AuditEvent]) -> dict[UUID, str]:
    """Return what the targets of events are called: jobs by their documents, people where one may know."""
    names: dict[UUID, str] = {}
    jobs: set[UUID] = set()
    for event in found:
        target, label = event.body.target, (event.body.after or {}).get("label")
        if target.id and label:
            names[target.id] = str(label)
        facts = event.body.after or event.body.before or {}
        if target.id and target.kind in NAMED and "name" in facts:  # a refusal tells none
            names[target.id] = str(facts["name"])
        if target.id and target.kind is TargetKind.JOB:
            jobs.add(target.id)
    if jobs:
        names |= {job.id: job.name for job in await reading.get_summaries(services, viewer.actor, list(jobs))}
    if may(viewer.actor, Permission.PERSON_MANAGE):
        names |= {person.id: person.login for person in await reading.list_people(services, viewer.actor)}
    return names


NAMED = frozenset({TargetKind.CHANNEL, TargetKind.SOURCE})
"""Targets whose events tell what they are called."""


def _read(request: Request) -> AuditQuery:
    given = request.query_params
    return AuditQuery(
        _among(AuditAction, given.get("action")), _among(AuditOutcome, given.get("outcome")),
        read_id(given.get("person")), read_id(given.get("target")), read_id(given.get("parent")), read_id(given.get("before")),
    )  # fmt: skip


def _among(words: type[Word], text: str | None) -> Word | None:
    return next((word for word in words if word.value == text), None)
