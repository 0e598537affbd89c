"""Who acts: roles, permissions and the actor that is passed along, never a global."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """A person's standing. Each role holds all that the one before it holds."""

    VIEWER = "viewer"
    POWER_USER = "power_user"
    ADMIN = "admin"


class Permission(StrEnum):
    """The closed vocabulary of rights, `resource:action`."""

    JOB_READ = "job:read"
    JOB_SUBMIT = "job:submit"
    JOB_RETRY = "job:retry"
    JOB_CANCEL = "job:cancel"
    JOB_ACKNOWLEDGE = "job:acknowledge"
    JOB_RELEASE = "job:release"
    CONTENT_READ = "content:read"
    AUDIT_READ = "audit:read"
    DIAGNOSTIC_OPEN = "diagnostic:open"
    PERSON_MANAGE = "person:manage"
    CHANNEL_MANAGE = "channel:manage"
    SOURCE_SCAN = "source:scan"
    SOURCE_MANAGE = "source:manage"
    TOKEN_MANAGE = "token:manage"
    SESSION_MANAGE = "session:manage"
    LINEAGE_WRITE = "lineage:write"
    LINEAGE_MANAGE = "lineage:manage"


class ActorKind(StrEnum):
    """By what means an actor came in."""

    PERSON = "person"
    TOKEN = "token"
    OPERATOR = "operator"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True)
class Actor:
    """One who asks for something, as proven by a session, a token or the shell account.

    `scopes` narrows what a token may do (None: all that the role holds); `reads_content` is the right to
    see document text, given apart from the role.
    """

    kind: ActorKind
    id: UUID | None
    name: str
    role: Role | None
    credential_id: UUID | None = None
    scopes: frozenset[Permission] | None = None
    reads_content: bool = False


ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS, id=None, name="anonymous", role=None)
