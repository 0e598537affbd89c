"""People, and the ways in that they hold, as lines: sessions, API tokens, roles."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from tidegate.access.accounts import Grant, Member
from tidegate.access.people import ApiToken, Session
from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext
from tidegate.console.shown.browsers import browser_name
from tidegate.console.shown.moments import Clock, Moment
from tidegate.console.shown.sentences import role_word

ENDS_SOON = timedelta(days=7)
"""So long before its end a token is marked, in time to make another one."""


@dataclass(frozen=True)
class MemberLine:
    """A person in the list; `seen` is None for whom nobody has seen yet."""

    id: str
    name: str
    login: str
    role: str
    closed: bool
    reads_content: bool
    ways: str
    seen: Moment | None


@dataclass(frozen=True)
class SessionLine:
    """An open session; `own` is the one that the reader looks through."""

    id: str
    browser: str
    agent: str
    opened: Moment
    seen: Moment
    ends: Moment
    own: bool


@dataclass(frozen=True)
class TokenLine:
    """A valid API token; `scopes` is empty for one that may do all that its person may."""

    id: str
    name: str
    scopes: list[str]
    made: Moment
    ends: Moment
    soon: bool
    used: Moment | None


@dataclass(frozen=True)
class RoleLine:
    """A role that a person holds (`until` is None) or held."""

    role: str
    since: Moment
    until: Moment | None
    by: str
    reason: str
    audit_event_id: str


def members(found: Iterable[Member], clock: Clock) -> list[MemberLine]:
    """Return people as lines."""
    return [
        MemberLine(
            str(person.id), person.display_name, person.login, role_word(person.role), person.disabled, person.reads_content,
            _ways(person), clock.since(person.seen_at, _("seen {} ago")) if person.seen_at else None,
        )
        for person in found
    ]  # fmt: skip


def sessions(found: Iterable[Session], clock: Clock, own: UUID | None) -> list[SessionLine]:
    """Return sessions as lines; `own` is the id of the reader's."""
    return [
        SessionLine(
            str(session.id), browser_name(session.user_agent), session.user_agent,
            clock.since(session.created_at, _("opened {} ago")), clock.since(session.seen_at, _("seen {} ago")),
            clock.until(session.expires_at, _("ends in {}")), session.id == own,
        )
        for session in found
    ]  # fmt: skip


def tokens(found: Iterable[ApiToken], clock: Clock) -> list[TokenLine]:
    """Return API tokens as lines."""
    return [
        TokenLine(
            str(token.id), token.name, sorted(token.scopes or ()), clock.since(token.created_at, _("made {} ago")),
            clock.until(token.expires_at, _("ends in {}")), token.expires_at - clock.now < ENDS_SOON,
            clock.since(token.used_at, _("used {} ago")) if token.used_at else None,
        )
        for token in found
    ]  # fmt: skip


def roles(found: Iterable[Grant], clock: Clock) -> list[RoleLine]:
    """Return the roles of a person as lines."""
    return [
        RoleLine(
            role_word(grant.role), clock.at(grant.granted_at), clock.at(grant.revoked_at) if grant.revoked_at else None,
            grant.granted_by or "", grant.reason or "", str(grant.audit_event_id),
        )
        for grant in found
    ]  # fmt: skip


def _ways(person: Member) -> str:
    sessions = ngettext("{n} session", "{n} sessions", person.sessions) if person.sessions else _("no session")
    return f"{sessions} · {ngettext('{n} token', '{n} tokens', person.tokens)}" if person.tokens else sessions
