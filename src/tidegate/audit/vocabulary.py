"""The closed vocabulary of audit actions."""

from enum import StrEnum


class AuditAction(StrEnum):
    """What an audit event is about, `area.verb`."""

    SUBMIT = "ingestion.submit"
    RETRY = "ingestion.retry"
    RETRY_MANY = "ingestion.retry_many"
    CANCEL = "ingestion.cancel"
    ACKNOWLEDGE = "ingestion.acknowledge"
    ACKNOWLEDGE_MANY = "ingestion.acknowledge_many"
    UNACKNOWLEDGE = "ingestion.unacknowledge"
    RELEASE = "ingestion.release"
    DIAGNOSTIC_OPEN = "diagnostic.open"
    SIGN_IN = "session.sign_in"
    SIGN_OUT = "session.sign_out"
    SESSION_REVOKE = "session.revoke"
    PERSON_ADD = "person.add"
    PERSON_DISABLE = "person.disable"
    PASSWORD_SET = "person.password_set"
    ROLE_CHANGE = "person.role_change"
    CONTENT_RIGHT = "person.content_right"
    LINK_ISSUE = "person.link_issue"
    IDENTITY_LINK = "person.identity_link"
    TOKEN_CREATE = "token.create"
    TOKEN_REVOKE = "token.revoke"
    CHANNEL_ADD = "channel.add"
    CHANNEL_CHANGE = "channel.change"
    CHANNEL_REMOVE = "channel.remove"
    CHANNEL_TEST = "channel.test"
    SOURCE_CREATE = "source.create"
    SOURCE_CHANGE = "source.change"
    SOURCE_PAUSE = "source.pause"
    SOURCE_RESUME = "source.resume"
    SOURCE_SCAN = "source.scan"
    SOURCE_REMOVE = "source.remove"
    RUN_RECORD = "external.run_record"
    SYSTEM_SET = "external.system_set"
    SYSTEM_REMOVE = "external.system_remove"
    AUDIT_EXPORT = "audit.export"
    AUDIT_EXPIRE = "audit.expire"


class AuditOutcome(StrEnum):
    """Whether it was done."""

    ALLOWED = "allowed"
    DENIED = "denied"


class TargetKind(StrEnum):
    """What an action is done to."""

    JOB = "job"
    BATCH = "batch"
    BULK_RETRY = "bulk_retry"
    JOBS = "jobs"
    PERSON = "person"
    SESSION = "session"
    TOKEN = "token"
    DIAGNOSTIC = "diagnostic"
    CHANNEL = "channel"
    SOURCE = "source"
    EXTERNAL_SYSTEM = "external_system"
    AUDIT_LOG = "audit_log"
