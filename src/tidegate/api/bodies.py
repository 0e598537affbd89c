"""What the API takes, as JSON in snake_case. A body with a member that is not known is refused."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar.params import QueryParameter
from msgspec import Meta

from tidegate.domain.actor import Permission, Role
from tidegate.domain.lifecycle import RetryMode
from tidegate.domain.refusals import Invalid
from tidegate.ledger.views import JobFilter
from tidegate.operations.sealing import ExportForm

from .narrowing import Filter, Moment

IDS_LIMIT = 1000
"""Jobs that one request may name one by one; more are better told by what they have in common."""

Reason = Annotated[str | None, QueryParameter(description="Why; every reader of the audit log sees it.")]
"""Why, where a request has no body."""

Number = Annotated[int, Meta(ge=0, le=2**31 - 1)]


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


class Many(Request):
    """Which jobs: those of a filter (`{}` has all), those named, or of those named the ones of the filter."""

    filter: Filter | None = None
    ids: Annotated[list[UUID], Meta(max_length=IDS_LIMIT)] | None = None

    def narrowed(self) -> JobFilter:
        """Return which jobs are meant. Raises Invalid when nothing says so."""
        if self.filter is None and self.ids is None:
            raise Invalid("no_jobs_named", "Say which jobs, by a filter or by ids; the filter {{}} has all.")
        return (self.filter or Filter()).narrowed(ids=self.ids)


class RetryOfMany(Many):
    """What to retry, how and why. A dry run looks at `filter`, `ids` and `mode` only, so the same body can be sent again."""

    dry_run: bool = False
    mode: RetryMode | None = None
    reason: str = ""
    as_of: Moment | None = None
    expected: Number | None = None


class Acknowledgement(Request):
    """Why a failure may stay as it is."""

    reason: str


class AcknowledgementOfMany(Many, kw_only=True):
    """Which failures may stay as they are, and why; `expected` is how many you were shown."""

    reason: str
    expected: Number | None = None


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
