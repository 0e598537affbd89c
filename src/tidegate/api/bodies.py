"""What the API takes, as JSON in snake_case. A body with a member that is not known is refused."""

from typing import Annotated

import msgspec
from msgspec import Meta

from tidegate.domain.actor import Permission, Role
from tidegate.domain.lifecycle import RetryMode
from tidegate.operations.sealing import ExportForm


class Request(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Any request body."""


class Submission(Request):
    """Paths on the server and web addresses to ingest as one batch."""

    paths: Annotated[list[str], Meta(max_length=100_000)] = []
    urls: Annotated[list[str], Meta(max_length=100_000)] = []
    pipeline: str = "documents"
    reason: str | None = None


class RetryRequest(Request):
    """How to retry: from the last finished step (resume) or from the first (restart)."""

    mode: RetryMode | None = None
    reason: str | None = None


class Reasoned(Request):
    """Why something is done."""

    reason: str | None = None


class Password(Request):
    """A password to have from now on; `current` is needed when there is one already and you did not just use a link."""

    new: Annotated[str, Meta(max_length=1000)]
    current: Annotated[str, Meta(max_length=1000)] = ""


class Disabling(Request):
    """Whether an account is closed."""

    disabled: bool
    reason: str | None = None


class AuditExport(Request):
    """In what form the audit log leaves, and why."""

    form: ExportForm = ExportForm.PROOF
    reason: str | None = None


class SignIn(Request):
    """A name and a password."""

    login: Annotated[str, Meta(max_length=200)]
    password: Annotated[str, Meta(max_length=1000)]


class NewToken(Request):
    """A token to make; without scopes it may do all that its owner may."""

    name: str
    days: int = 90
    scopes: list[Permission] | None = None


class NewPerson(Request):
    """An account to make; without a password it comes with a one-time sign-in link."""

    login: str
    role: Role
    display_name: str = ""
    password: str | None = None
    reads_content: bool = True


class NewRole(Request):
    """A person's next role."""

    role: Role
    reason: str | None = None


class ContentRight(Request):
    """Whether a person may read what documents say."""

    reads_content: bool
    reason: str | None = None


class Why(Request):
    """Why something is done."""

    reason: str | None = None
