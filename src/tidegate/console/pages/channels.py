"""The channels that people are told by, for administrators; each with its settings and the log of its messages."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from litestar import Response
from litestar.params import FromPath
from litestar.response import Redirect

from tidegate.access import policy
from tidegate.channels.channel import CHOICES, Channel, ChannelKind, Terms
from tidegate.console.flash import flash_cookie
from tidegate.console.language import spoken
from tidegate.console.pages.forms import Form, optional, read_form, whole_number
from tidegate.console.pages.questions import Answer, carry_out, show_question
from tidegate.console.shown import channels as shown
from tidegate.console.shown.asking import Question
from tidegate.console.shown.filters import read_id
from tidegate.console.shown.sentences import say
from tidegate.console.viewing import Request, Viewer, WithViewer
from tidegate.domain.actor import Permission
from tidegate.domain.refusals import Conflict, Invalid, Refusal
from tidegate.operations import channels
from tidegate.operations.channels import AddChannel, ChangeChannel, RemoveChannel, SendTest
from tidegate.operations.door import Services, perform
from tidegate.web.parameters import WithAsking, WithServices

PAGE = 30
HERE = "/admin/channels"
FIELDS = ("name", "target", "secret", "quiet_from", "quiet_to", "zone", "window_seconds", "reason")
FIRST = {"kind": "webhook", "failed": "on", "stuck": "on", "zone": "UTC", "window_seconds": "60"}


async def show(services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show every channel."""
    found = await channels.list_channels(services, viewer.actor)
    return viewer.page("channels.html", channels=[shown.line(channel) for channel in found])


async def show_one(request: Request, services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Show a channel and one page of its messages, newest first."""
    channel = await channels.get_channel(services, viewer.actor, id)
    before = read_id(request.query_params.get("before"))
    found = await channels.list_deliveries(services, viewer.actor, id, before=before, limit=PAGE)
    return viewer.page(
        "channel.html",
        channel=shown.line(channel),
        deliveries=shown.deliveries(found, viewer.clock, spoken().tag),
        first=before is None,
        next=str(found[-1].id) if len(found) == PAGE else "",
    )


async def ask_new(viewer: WithViewer) -> Response[str]:
    """Ask what the new channel shall be."""
    policy.authorise(viewer.actor, Permission.CHANNEL_MANAGE)
    return _ask(viewer, FIRST | {"language": spoken().tag})


async def add(request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer) -> Response[str]:
    """Make a channel and show it."""
    form = await read_form(request)
    try:
        done = await perform(services, asking, AddChannel(_terms(form), optional(form, "reason")))
    except (Conflict, Invalid) as refusal:
        return _ask(viewer, form, refusal=refusal)
    return _done("channel", done.id, done.audit_event_id)


async def ask_change(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask what shall be different."""
    return _ask(viewer, _form(await channels.get_channel(services, viewer.actor, id)), id)


async def change(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Give a channel other terms."""
    form = await read_form(request)
    try:
        done = await perform(services, asking, ChangeChannel(id, _terms(form), optional(form, "reason")))
    except Invalid as refusal:
        return _ask(viewer, form, id, refusal)
    return _done("channel", id, done.audit_event_id)


async def ask_removal(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask whether to remove a channel."""
    return show_question(viewer, await _question(services, viewer, id, shown.removal))


async def remove(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Remove a channel."""
    form = await read_form(request)
    command, ask = RemoveChannel(id, optional(form, "reason")), partial(_question, services, viewer, id, shown.removal)
    return await carry_out(services, viewer, asking, command, Answer("channel-removed", HERE, form), ask)


async def ask_test(services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Ask whether to send a test."""
    return show_question(viewer, await _question(services, viewer, id, shown.trial))


async def test(
    request: Request, services: WithServices, asking: WithAsking, viewer: WithViewer, id: FromPath[UUID]
) -> Response[str]:
    """Send a test."""
    form = await read_form(request)
    command, ask = SendTest(id, optional(form, "reason")), partial(_question, services, viewer, id, shown.trial)
    return await carry_out(services, viewer, asking, command, Answer("channel-tested", f"{HERE}/{id}", form), ask)


async def _question(services: Services, viewer: Viewer, id: UUID, asked: Callable[[Channel], Question]) -> Question:
    return asked(await channels.get_channel(services, viewer.actor, id))


def _terms(form: Form) -> Terms:
    """Return what a form says. Raises Invalid for a kind that is none."""
    if form.get("kind") not in set(ChannelKind):
        raise Invalid("bad_channel_kind", "Choose how people are told.")
    return Terms(
        name=form.get("name", ""),
        kind=ChannelKind(form["kind"]),
        target=form.get("target", ""),
        secret=form.get("secret", ""),
        events=[event for event in CHOICES if form.get(event.value) == "on"],
        language=form.get("language", ""),
        quiet_from=optional(form, "quiet_from"),
        quiet_to=optional(form, "quiet_to"),
        zone=form.get("zone", ""),
        window_seconds=whole_number(form, "window_seconds") or 0,
        paused=form.get("paused") == "on",
    )


def _form(terms: Terms) -> Form:
    """Return terms as a form brings them."""
    ticked = {event.value: "on" for event in terms.events} | ({"paused": "on"} if terms.paused else {})
    texts = {name: str(getattr(terms, name, None) or "") for name in FIELDS if name != "reason"}
    return {"kind": terms.kind.value, "language": terms.language, **texts, **ticked}


def _ask(viewer: Viewer, given: Form, id: UUID | None = None, refusal: Refusal | None = None) -> Response[str]:
    return viewer.page(
        "parts/channel_form.html" if viewer.fragment else "channel_form.html",
        status=refusal.status if refusal else 200,
        id=str(id or ""),
        given={name: given.get(name, "") for name in (*FIELDS, "paused")},
        kinds=shown.kind_choices(given.get("kind", "")),
        events=shown.event_choices(event.value for event in CHOICES if given.get(event.value) == "on"),
        languages=shown.language_choices(given.get("language", "")),
        problem=say(refusal) if refusal else "",
    )


def _done(word: str, id: UUID, event_id: UUID) -> Response[str]:
    return Redirect(f"{HERE}/{id}", status_code=303, cookies=[flash_cookie(word, event_id)])
