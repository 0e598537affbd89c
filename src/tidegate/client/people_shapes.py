"""What the API gives of people and of what they hold, as a program sees it. What lets somebody in is left out of `repr`."""

from datetime import datetime
from uuid import UUID

import msgspec


class PersonRow(msgspec.Struct, frozen=True, kw_only=True):
    """A person in the list, with how many ways in are open and when one was last used; without a role nothing is allowed."""

    id: UUID
    login: str
    display_name: str
    reads_content: bool
    disabled: bool
    role: str | None
    sessions: int
    tokens: int
    seen_at: datetime | None


class PeoplePage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of people, by sign-in name."""

    items: list[PersonRow]
    next_page_token: str | None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person with what is known of their account."""

    id: UUID
    login: str
    display_name: str
    reads_content: bool
    disabled: bool
    role: str | None
    created_at: datetime
    disabled_at: datetime | None
    has_password: bool


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A role that a person holds or held, and the audit event of the act that gave it."""

    role: str
    granted_at: datetime
    revoked_at: datetime | None
    audit_event_id: UUID
    granted_by: str | None
    reason: str | None


class LinkedIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """An identity at the sign-in provider that signs a person in."""

    issuer: str
    subject: str
    linked_at: datetime
    audit_event_id: UUID


class PersonDetail(msgspec.Struct, frozen=True, kw_only=True):
    """An account whole: the roles that it held, newest first, and the identities that sign it in."""

    account: Account
    roles: list[Grant]
    identities: list[LinkedIdentity]


class PersonAdded(msgspec.Struct, frozen=True, kw_only=True):
    """A new person; `link_secret` is the one-time sign-in of somebody without a password, told this once."""

    id: UUID
    login: str
    role: str
    link_secret: str | None
    audit_event_id: UUID

    def __repr__(self) -> str:
        return f"PersonAdded(id={self.id!r}, login={self.login!r}, role={self.role!r})"


class RoleChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A person's new role."""

    id: UUID
    role: str
    audit_event_id: UUID


class PersonDisabled(msgspec.Struct, frozen=True, kw_only=True):
    """An account that was closed or opened again."""

    id: UUID
    disabled: bool
    audit_event_id: UUID


class ContentGiven(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a person may read content from now on."""

    id: UUID
    reads_content: bool
    audit_event_id: UUID


class SignInLink(msgspec.Struct, frozen=True, kw_only=True):
    """A one-time sign-in link, told this once."""

    person_id: UUID
    link: str
    audit_event_id: UUID

    def __repr__(self) -> str:
        return f"SignInLink(person_id={self.person_id!r})"


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """An open session."""

    id: UUID
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    user_agent: str


class Sessions(msgspec.Struct, frozen=True):
    """Open sessions, newest first."""

    items: list[Session]


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A valid API token; without `scopes` it may do all that its person may."""

    id: UUID
    name: str
    scopes: list[str] | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


class Tokens(msgspec.Struct, frozen=True):
    """Valid API tokens, newest first."""

    items: list[Token]


class Revoked(msgspec.Struct, frozen=True, kw_only=True):
    """A session or token that no longer holds."""

    id: UUID
    audit_event_id: UUID
