"""Audit events for other people's tools: OCSF API Activity (class 6003, schema 1.3.0) in CloudEvents 1.0, a JSON a line.

What Tidegate does not record it does not make up: OCSF wants a source endpoint, and gets the way by which the actor came in.
"""

from typing import Any

import msgspec

from tidegate import __version__
from tidegate.audit.browse import AuditEvent
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.domain.actor import ActorKind, Role

OCSF_VERSION = "1.3.0"
CLASS, CATEGORY = 6003, 6
CREATE, READ, UPDATE, DELETE, OTHER = 1, 2, 3, 4, 99

ACTIVITIES = {
    AuditAction.SUBMIT: CREATE,
    AuditAction.DIAGNOSTIC_OPEN: READ,
    AuditAction.SIGN_IN: OTHER,
    AuditAction.SIGN_OUT: OTHER,
    AuditAction.SESSION_REVOKE: DELETE,
    AuditAction.PERSON_ADD: CREATE,
    AuditAction.LINK_ISSUE: CREATE,
    AuditAction.TOKEN_CREATE: CREATE,
    AuditAction.TOKEN_REVOKE: DELETE,
    AuditAction.CHANNEL_ADD: CREATE,
    AuditAction.CHANNEL_REMOVE: DELETE,
    AuditAction.CHANNEL_TEST: OTHER,
    AuditAction.SOURCE_CREATE: CREATE,
    AuditAction.SOURCE_REMOVE: DELETE,
    AuditAction.SOURCE_SCAN: OTHER,
    AuditAction.RUN_RECORD: CREATE,
    AuditAction.SYSTEM_REMOVE: DELETE,
    AuditAction.AUDIT_EXPORT: READ,
    AuditAction.AUDIT_EXPIRE: DELETE,
}
"""OCSF's verb for each action; those that are not here update something."""

NAMES = {CREATE: "Create", READ: "Read", UPDATE: "Update", DELETE: "Delete", OTHER: "Other"}
INFORMATIONAL, LOW = 1, 2
SUCCESS, FAILURE = 1, 2
USER_TYPES = {ActorKind.PERSON: (1, "User"), ActorKind.TOKEN: (4, "Service"), ActorKind.OPERATOR: (2, "Admin")}


def cloud_event(event: AuditEvent, source: str) -> bytes:
    """Return an event as one line of JSON; `source` is the address of this Tidegate."""
    body = event.body
    envelope = {
        "specversion": "1.0",
        "id": str(event.id),
        "source": f"{source}/audit",
        "type": f"tidegate.audit.{body.action.value}",
        "time": body.time,
        **({"subject": str(body.target.id)} if body.target.id else {}),
        "datacontenttype": "application/json",
        "dataschema": f"https://schema.ocsf.io/{OCSF_VERSION}/classes/api_activity",
        "data": api_activity(event),
    }
    return msgspec.json.encode(envelope) + b"\n"


def api_activity(event: AuditEvent) -> dict[str, Any]:
    """Return an event as an OCSF API Activity."""
    body = event.body
    allowed = body.outcome is AuditOutcome.ALLOWED
    activity = ACTIVITIES.get(body.action, UPDATE)
    return {
        "category_uid": CATEGORY,
        "category_name": "Application Activity",
        "class_uid": CLASS,
        "class_name": "API Activity",
        "activity_id": activity,
        "activity_name": body.action.value if activity == OTHER else NAMES[activity],
        "type_uid": CLASS * 100 + activity,
        "time": int(body.time.timestamp() * 1000),
        "severity_id": INFORMATIONAL if allowed else LOW,
        "status_id": SUCCESS if allowed else FAILURE,
        "status": "Success" if allowed else "Failure",
        **({"message": body.reason} if body.reason else {}),
        "actor": {"user": _user(event)},
        "api": {
            "operation": body.action.value,
            "service": {"name": "tidegate"},
            **({"request": {"uid": body.request_id}} if body.request_id else {}),
        },
        "src_endpoint": {"name": body.actor.kind},
        "resources": [{"type": body.target.kind.value, **({"uid": str(body.target.id)} if body.target.id else {})}],
        "metadata": _metadata(event),
        "unmapped": {"before": body.before, "after": body.after, "parent_id": body.parent_id},
    }


def _user(event: AuditEvent) -> dict[str, Any]:
    actor = event.body.actor
    type_id, type_name = USER_TYPES.get(ActorKind(actor.kind), (0, "Unknown")) if actor.kind in set(ActorKind) else (0, "Unknown")
    if actor.kind == ActorKind.PERSON and actor.role == Role.ADMIN:
        type_id, type_name = 2, "Admin"
    return {
        "name": actor.name,
        "type_id": type_id,
        "type": type_name,
        **({"uid": str(actor.id)} if actor.id else {}),
        **({"groups": [{"name": actor.role}]} if actor.role else {}),
        **({"credential_uid": str(actor.credential_id)} if actor.credential_id else {}),
    }


def _metadata(event: AuditEvent) -> dict[str, Any]:
    return {
        "version": OCSF_VERSION,
        "product": {"name": "Tidegate", "vendor_name": "Tidegate", "version": __version__},
        "uid": str(event.id),
        "event_code": event.body.action.value,
        "log_name": "audit",
        "logged_time": int(event.recorded_at.timestamp() * 1000),
        **({"correlation_uid": event.body.request_id} if event.body.request_id else {}),
    }
