"""What jobs are narrowed to: one shape for a list's query parameters, the bodies of acts on many, and their answers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter
from msgspec import Meta

from tidegate.domain.failures import CODE_PATTERN, Code
from tidegate.domain.lifecycle import Attention, State
from tidegate.domain.refusals import Invalid
from tidegate.ledger.views import JobFilter
from tidegate.pipeline.step import SourceKind
from tidegate.web.parameters import WithActor

WORD_LIMIT = 200
"""Characters of a text in a filter: the filter of an act on many is kept in the audit log."""

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
"""Between these every time can be stored, and shown in every zone."""

Moment = Annotated[datetime, Meta(tz=True)]
AnyCode = Annotated[Code, Meta(pattern=CODE_PATTERN)]


def _told(told: str) -> QueryParameter:
    return QueryParameter(description=told)


def _word(told: str) -> QueryParameter:
    return QueryParameter(description=told, max_length=WORD_LIMIT)


def _code(told: str) -> QueryParameter:
    return QueryParameter(description=told, pattern=CODE_PATTERN)


class Filter(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True, frozen=True):
    """What jobs are narrowed to; what is left out narrows nothing. Times have their zone (RFC 3339)."""

    attention: Annotated[Attention | None, _told("What a job that has failed asks of people.")] = None
    pipeline: Annotated[str | None, _word("Name of a pipeline.")] = None
    source: Annotated[SourceKind | None, _told("Where the content came from.")] = None
    batch: Annotated[UUID | None, _told("Id of a batch.")] = None
    submitter: Annotated[str | None, _word("Sign-in name of who submitted it.")] = None
    failure: Annotated[AnyCode | None, _code("Of failed jobs only: why. A pipeline's own is `pipeline.name`.")] = None
    step: Annotated[str | None, _word("Of failed jobs only: the step that failed, empty before the first.")] = None
    text: Annotated[str | None, _word("Part of the document's name, at least 3 characters.")] = None
    since: Annotated[Moment | None, _told("Submitted at this time or later.")] = None
    until: Annotated[Moment | None, _told("Submitted before this time.")] = None
    failed_since: Annotated[Moment | None, _told("Of failed jobs only: at this time or later.")] = None
    failed_until: Annotated[Moment | None, _told("Of failed jobs only: at this time or before.")] = None

    def narrowed(self, *, state: State | None = None, ids: Sequence[UUID] | None = None) -> JobFilter:
        """Return the same as the ledger takes it. Raises Invalid."""
        for name in ("pipeline", "submitter", "step", "text"):
            if len(getattr(self, name) or "") > WORD_LIMIT:
                raise Invalid("filter_too_long", "{field} has at most {limit} characters.", field=name, limit=WORD_LIMIT)
        return JobFilter(
            state=state, attention=self.attention, pipeline=self.pipeline or None, source=self.source, batch_id=self.batch,
            submitter=self.submitter or None, failure_code=self.failure, step=self.step, text=self.text or None,
            since=checked("since", self.since), until=checked("until", self.until),
            failed_since=checked("failed_since", self.failed_since), failed_until=checked("failed_until", self.failed_until),
            ids=None if ids is None else tuple(ids),
        )  # fmt: skip


def filter_of(narrowed: JobFilter) -> Filter:
    """Return a filter as it can be sent again; state and ids are not in it."""
    return Filter(
        attention=narrowed.attention, pipeline=narrowed.pipeline, source=SourceKind(narrowed.source) if narrowed.source else None,
        batch=narrowed.batch_id, submitter=narrowed.submitter, failure=narrowed.failure_code, step=narrowed.step,
        text=narrowed.text, since=narrowed.since, until=narrowed.until, failed_since=narrowed.failed_since,
        failed_until=narrowed.failed_until,
    )  # fmt: skip


def checked(name: str, at: datetime | None) -> datetime | None:
    """Return a time that can be stored and compared. Raises Invalid for one without its zone, or far away."""
    if at is not None and (at.tzinfo is None or not EARLIEST <= at <= LATEST):
        raise Invalid("bad_time", "{field} is a time from 1970 to 9998 with its zone, such as 2026-11-24T09:00:00Z.", field=name)
    return at


class AskedFilter(Filter, kw_only=True, frozen=True):
    """A filter out of query parameters, read once the actor is known.

    Providers that wait for nothing run at once, and one that fails would cut off the query of another.
    """

    actor: WithActor


WithFilter = NamedDependency[AskedFilter]
FILTER = {"narrowed": Provide(AskedFilter, sync_to_thread=False)}
"""For a route whose query parameters are a filter."""
