"""Audit events as sentences: who did what to what, when and why, and what was refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from tidegate.audit.browse import CHILDREN_LIMIT, AuditEvent
from tidegate.audit.record import EventBody, Facts
from tidegate.audit.vocabulary import AuditAction, AuditOutcome, TargetKind
from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext, number
from tidegate.console.shown.moments import Clock, Moment
from tidegate.console.shown.sentences import role_word
from tidegate.domain.actor import ActorKind, Role


@dataclass(frozen=True)
class Change:
    """One fact before and after; '' where there was none."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """One event, told as actor, verb, target, ending; `target` is '' where that does not name it.

    `target_url` is '' where the console has no page for the target; `below` tells how many events it led to.
    """

    id: str
    time: Moment
    actor: str
    actor_id: str
    role: str
    verb: str
    target: str
    ending: str
    target_id: str
    target_name: str
    target_url: str
    action: str
    allowed: bool
    reason: str
    request_id: str
    changes: list[Change]
    parent_id: str
    below: str


def line(event: AuditEvent, clock: Clock, names: Mapping[UUID, str], *, children: int = 0) -> Line:
    """Return an event as a line; `names` gives what targets are called, by id, `children` counts the events below it."""
    body, target = event.body, event.body.target
    done = body.outcome is AuditOutcome.ALLOWED
    owner = _other_owner(body)
    verb, named, ending = _((OF_OTHERS if owner else DONE if done else REFUSED)[body.action]).partition("{target}")
    target_name = owner or _target(body, names)
    return Line(
        id=str(event.id),
        time=clock.at(body.time),
        actor=body.actor.name,
        actor_id=str(body.actor.id or ""),
        role=_role(body.actor.kind, body.actor.role),
        verb=verb.strip(),
        target=target_name if named else "",
        ending=ending.strip(),
        target_id=str(target.id or ""),
        target_name=target_name,
        target_url=_target_url(target.kind, target.id, names),
        action=body.action.value,
        allowed=done,
        reason=body.reason or "",
        request_id=body.request_id or "",
        changes=changes(body.before, body.after),
        parent_id=str(body.parent_id or ""),
        below=_below(children),
    )


def outcome_choices() -> list[tuple[str, str]]:
    """Return what may come of an act, for a filter's list of choices."""
    return [(outcome.value, _(OUTCOMES[outcome])) for outcome in AuditOutcome]


def changes(before: Facts | None, after: Facts | None) -> list[Change]:
    """Return the facts of an event side by side, in the order of their first mention."""
    old, new = before or {}, after or {}
    return [Change(_fact_name(name), _shown(old.get(name)), _shown(new.get(name))) for name in {**old, **new}]


def _fact_name(name: str) -> str:
    return _(FACTS[name]) if name in FACTS else name.replace("_", " ")


def _below(children: int) -> str:
    if children > CHILDREN_LIMIT:
        return _("more than {n} events").format(n=number(CHILDREN_LIMIT))
    return ngettext("{n} event", "{n} events", children) if children else ""


def _shown(value: str | int | bool | None) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else str(value)


def _role(kind: str, role: str | None) -> str:
    if kind == ActorKind.TOKEN:
        return _("by token, {role}").format(role=role_word(Role(role) if role else None))
    if kind == ActorKind.OPERATOR:
        return _("command line")
    return role_word(Role(role)) if role else ""


def _target(body: EventBody, names: Mapping[UUID, str]) -> str:
    target, jobs = body.target, (body.after or {}).get("jobs")
    if target.kind in MANY and isinstance(jobs, int):
        return ngettext("{n} job", "{n} jobs", jobs)
    return (names.get(target.id) if target.id else None) or _(TARGETS[target.kind])


def _other_owner(body: EventBody) -> str:
    """Return whose session or token somebody else ended, '' when it was the actor's own."""
    login = (body.before or {}).get("login") if body.action in OF_OTHERS else None
    return str(login) if login and login != body.actor.name else ""


def _target_url(kind: TargetKind, id: UUID | None, names: Mapping[UUID, str]) -> str:
    """Return the page of a target; a person's is for those who are told people's names."""
    if id is None or (kind is TargetKind.PERSON and id not in names):
        return ""
    return f"{PAGES[kind]}{id}" if kind in PAGES else ""


PAGES = {
    TargetKind.JOB: "/ingestion/jobs/",
    TargetKind.BATCH: "/ingestion/batches/",
    TargetKind.BULK_RETRY: "/ingestion/retries/",
    TargetKind.PERSON: "/admin/people/",
    TargetKind.SOURCE: "/ingestion/sources/",
}

MANY = frozenset({TargetKind.BULK_RETRY, TargetKind.JOBS})
"""Targets that are called by their number."""

TARGETS = {
    TargetKind.JOB: "a job",
    TargetKind.BATCH: "a batch",
    TargetKind.BULK_RETRY: "many jobs",
    TargetKind.JOBS: "many jobs",
    TargetKind.PERSON: "a person",
    TargetKind.SESSION: "a session",
    TargetKind.TOKEN: "an API token",
    TargetKind.DIAGNOSTIC: "a diagnostic",
    TargetKind.CHANNEL: "a channel",
    TargetKind.SOURCE: "a source",
    TargetKind.EXTERNAL_SYSTEM: "another system",
    TargetKind.AUDIT_LOG: "the audit log",
}

OF_OTHERS = {
    AuditAction.SESSION_REVOKE: "ended a session of {target}",
    AuditAction.TOKEN_REVOKE: "revoked an API token of {target}",
}
"""Said where an administrator ended what was another's."""

OUTCOMES = {AuditOutcome.ALLOWED: "done", AuditOutcome.DENIED: "refused"}

FACTS = {
    "attempt": "attempt",
    "before": "before",
    "days": "days",
    "disabled": "account closed",
    "credential": "credential is at",
    "events": "events",
    "every_seconds": "every, in seconds",
    "failure": "failure",
    "form": "form",
    "host": "host",
    "host_key": "host key",
    "issuer": "issuer",
    "jobs": "jobs",
    "kind": "kind",
    "label": "label",
    "language": "language",
    "last_index": "last event",
    "left_out": "left out",
    "login": "sign-in name",
    "mode": "where to begin",
    "name": "name",
    "namespace": "namespace",
    "paused": "paused",
    "person": "person",
    "pattern": "wildcards",
    "pipeline": "pipeline",
    "polls": "comes asking",
    "quiet": "quiet hours",
    "reads_content": "reads documents",
    "recursive": "with its folders",
    "reference": "reference",
    "refusal": "refusal",
    "role": "role",
    "run": "run",
    "scopes": "scopes",
    "secret": "secret is at",
    "sessions_ended": "sessions ended",
    "state": "state",
    "subject": "subject",
    "target": "target",
    "window_seconds": "gathers, in seconds",
}
"""What the facts of an event are called; any other is called as it is recorded."""

# What stands after the actor; another language may want something behind the target.

DONE = {
    AuditAction.SUBMIT: "submitted {target}",
    AuditAction.RETRY: "retried {target}",
    AuditAction.RETRY_MANY: "retried {target}",
    AuditAction.CANCEL: "cancelled {target}",
    AuditAction.ACKNOWLEDGE: "acknowledged the failure of {target}",
    AuditAction.ACKNOWLEDGE_MANY: "acknowledged the failures of {target}",
    AuditAction.UNACKNOWLEDGE: "took back the acknowledgement of {target}",
    AuditAction.RELEASE: "released {target} from quarantine",
    AuditAction.DIAGNOSTIC_OPEN: "opened the diagnostic of {target}",
    AuditAction.SIGN_IN: "signed in",
    AuditAction.SIGN_OUT: "signed out",
    AuditAction.SESSION_REVOKE: "ended a session",
    AuditAction.PERSON_ADD: "added the person {target}",
    AuditAction.PERSON_DISABLE: "closed or opened the account of {target}",
    AuditAction.PASSWORD_SET: "set the password of {target}",
    AuditAction.ROLE_CHANGE: "changed the role of {target}",
    AuditAction.CONTENT_RIGHT: "changed the right to read content of {target}",
    AuditAction.LINK_ISSUE: "made a sign-in link for {target}",
    AuditAction.IDENTITY_LINK: "linked an identity to {target}",
    AuditAction.TOKEN_CREATE: "made an API token",
    AuditAction.TOKEN_REVOKE: "revoked an API token",
    AuditAction.CHANNEL_ADD: "added the channel {target}",
    AuditAction.CHANNEL_CHANGE: "changed the channel {target}",
    AuditAction.CHANNEL_REMOVE: "removed the channel {target}",
    AuditAction.CHANNEL_TEST: "sent a test by the channel {target}",
    AuditAction.SOURCE_CREATE: "added the source {target}",
    AuditAction.SOURCE_CHANGE: "changed the source {target}",
    AuditAction.SOURCE_PAUSE: "paused the source {target}",
    AuditAction.SOURCE_RESUME: "resumed the source {target}",
    AuditAction.SOURCE_SCAN: "had the source {target} looked through",
    AuditAction.SOURCE_REMOVE: "removed the source {target}",
    AuditAction.RUN_RECORD: "told of a run as {target}",
    AuditAction.SYSTEM_SET: "set how another system is asked",
    AuditAction.SYSTEM_REMOVE: "removed how another system is asked",
    AuditAction.AUDIT_EXPORT: "exported the audit log",
    AuditAction.AUDIT_EXPIRE: "let old audit events expire",
}

REFUSED = {
    AuditAction.SUBMIT: "was refused to submit documents",
    AuditAction.RETRY: "was refused to retry {target}",
    AuditAction.RETRY_MANY: "was refused to retry {target}",
    AuditAction.CANCEL: "was refused to cancel {target}",
    AuditAction.ACKNOWLEDGE: "was refused to acknowledge the failure of {target}",
    AuditAction.ACKNOWLEDGE_MANY: "was refused to acknowledge the failures of {target}",
    AuditAction.UNACKNOWLEDGE: "was refused to take back the acknowledgement of {target}",
    AuditAction.RELEASE: "was refused to release {target} from quarantine",
    AuditAction.DIAGNOSTIC_OPEN: "was refused to open the diagnostic of {target}",
    AuditAction.SIGN_IN: "was refused to sign in",
    AuditAction.SIGN_OUT: "was refused to sign out",
    AuditAction.SESSION_REVOKE: "was refused to end a session",
    AuditAction.PERSON_ADD: "was refused to add a person",
    AuditAction.PERSON_DISABLE: "was refused to close or open the account of {target}",
    AuditAction.PASSWORD_SET: "was refused to set the password of {target}",
    AuditAction.ROLE_CHANGE: "was refused to change the role of {target}",
    AuditAction.CONTENT_RIGHT: "was refused to change the right to read content of {target}",
    AuditAction.LINK_ISSUE: "was refused to make a sign-in link for {target}",
    AuditAction.IDENTITY_LINK: "was refused to link an identity to {target}",
    AuditAction.TOKEN_CREATE: "was refused to make an API token",
    AuditAction.TOKEN_REVOKE: "was refused to revoke an API token",
    AuditAction.CHANNEL_ADD: "was refused to add a channel",
    AuditAction.CHANNEL_CHANGE: "was refused to change a channel",
    AuditAction.CHANNEL_REMOVE: "was refused to remove a channel",
    AuditAction.CHANNEL_TEST: "was refused to send a test by a channel",
    AuditAction.SOURCE_CREATE: "was refused to add a source",
    AuditAction.SOURCE_CHANGE: "was refused to change a source",
    AuditAction.SOURCE_PAUSE: "was refused to pause a source",
    AuditAction.SOURCE_RESUME: "was refused to resume a source",
    AuditAction.SOURCE_SCAN: "was refused to have a source looked through",
    AuditAction.SOURCE_REMOVE: "was refused to remove a source",
    AuditAction.RUN_RECORD: "was refused to tell of runs",
    AuditAction.SYSTEM_SET: "was refused to set how another system is asked",
    AuditAction.SYSTEM_REMOVE: "was refused to remove how another system is asked",
    AuditAction.AUDIT_EXPORT: "was refused to export the audit log",
    AuditAction.AUDIT_EXPIRE: "was refused to let old audit events expire",
}
