"""The messages that channels carry, in the words of the console: the catalogue's sentences, counts, and a link to the jobs."""

from contextvars import copy_context
from dataclasses import replace
from datetime import UTC

from tidegate.channels.channel import Event
from tidegate.channels.letters import Letter
from tidegate.channels.outbox import Told
from tidegate.console.language import gettext as _
from tidegate.console.language import hear, ngettext
from tidegate.console.shown import failing, narrowing
from tidegate.console.shown.filters import ListQuery
from tidegate.console.shown.moments import Clock
from tidegate.domain.failures import entry_of
from tidegate.domain.lifecycle import Attention, State
from tidegate.operations.standing import StandingKind


def write(told: Told, language: str, base_url: str) -> Letter:
    """Return the message in a language of the console; what is told holds nothing but numbers and closed words."""
    return copy_context().run(_write, told, language, base_url)


def _write(told: Told, language: str, base_url: str) -> Letter:
    hear(language, "")
    letter = _LETTERS[told.event](told)
    return replace(letter, url=f"{base_url}{letter.url}")


def _failed(told: Told) -> Letter:
    title = _title(told.reason)
    subject = ngettext("{n} job failed", "{n} jobs failed", told.n)
    return Letter(
        f"{subject}: {title}",
        (_where(told), _when(told), _(entry_of(told.reason).remedy)),
        _query(told, Attention.UNRESOLVED).address,
        _("See these failures"),
    )


def _recovered(told: Told) -> Letter:
    subject = ngettext("{n} job recovered", "{n} jobs recovered", told.n)
    return Letter(
        f"{subject}: {_title(told.reason)}",
        (_where(told), _when(told), _("It had failed for this cause, was retried by a person, and succeeded.")),
        replace(_query(told, Attention.RECOVERED), failure=None, step=None).address,
        _("See what recovered"),
    )


def _stuck(told: Told) -> Letter:
    since = _("Since {time}.").format(time=_clock(told).exact(told.first_at))
    if told.reason == StandingKind.NO_WORKER:
        subject = ngettext("{n} job waits and no worker is alive", "{n} jobs wait and no worker is alive", told.n)
        query, advice = ListQuery(state=State.QUEUED, pipeline=told.pipeline), _("Start a worker for this pipeline.")
    else:
        subject = ngettext("{n} job runs without progress", "{n} jobs run without progress", told.n)
        query = ListQuery(state=State.RUNNING, pipeline=told.pipeline)
        advice = _("Its step ends by its limit where it has one; cancel the job where it has none.")
    return Letter(f"{subject}: {told.pipeline}", (_where(told), since, advice), query.address, _("See these jobs"))


def _test(_told: Told) -> Letter:
    return Letter(
        _("A test from Tidegate"),
        (_("This channel works. Nothing has happened."),),
        "/admin/channels",
        _("See the channels"),
    )


_LETTERS = {Event.FAILED: _failed, Event.RECOVERED: _recovered, Event.STUCK: _stuck, Event.TEST: _test}


def _title(reason: str) -> str:
    return failing.title(reason)


def _where(told: Told) -> str:
    parts = [_("Pipeline {name}").format(name=told.pipeline)]
    if told.step:
        parts.append(_("at {step}").format(step=told.step))
    if told.source_kind:
        parts.append(_(narrowing.SOURCES[told.source_kind]))
    return ", ".join(parts)


def _when(told: Told) -> str:
    clock = _clock(told)
    if told.n == 1:
        return clock.exact(told.first_at)
    return _("From {first} to {last}").format(first=clock.exact(told.first_at), last=clock.exact(told.last_at))


def _clock(told: Told) -> Clock:
    return Clock(told.last_at, UTC)


def _query(told: Told, attention: Attention) -> ListQuery:
    return ListQuery(attention=attention, failure=told.reason, pipeline=told.pipeline, step=told.step, source=told.source_kind)
