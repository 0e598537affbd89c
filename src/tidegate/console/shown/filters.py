"""The list's filters as an address: read from it, written back to it, so that every view can be shared."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from tidegate.domain.failures import Code, is_code
from tidegate.domain.lifecycle import Attention, State
from tidegate.ledger.views import JobFilter
from tidegate.operations.causes import Window
from tidegate.operations.reading import TEXT_MIN

TEXT_MAX = 200
NO_STEP = "-"
"""Stands in an address for 'before the first step': an empty field means any."""

SOURCES = ("upload", "folder", "url", "store", "remote")

Word = TypeVar("Word", bound=StrEnum)


class Submitted(StrEnum):
    """How long ago a job may have been submitted."""

    HOUR = "1h"
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"

    @property
    def span(self) -> timedelta:
        """The time that it reaches back."""
        return {"1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=7)}.get(self.value, timedelta(days=30))


@dataclass(frozen=True)
class ListQuery:
    """What a list shows: filters and the place in it. What an address says wrongly is left out, not refused."""

    state: State | None = None
    attention: Attention | None = None
    pipeline: str | None = None
    source: str | None = None
    batch: UUID | None = None
    submitter: str | None = None
    failure: Code | None = None
    step: str | None = None
    text: str | None = None
    submitted: Submitted | None = None
    failed: Window | None = None
    before: UUID | None = None

    @property
    def narrowed(self) -> JobFilter:
        """As the ledger takes it, at this moment."""
        return self.narrowed_at(datetime.now(UTC))

    def narrowed_at(self, now: datetime) -> JobFilter:
        """Return the filter as at a moment that its windows reach back from; a text too short to search for is left out."""
        return JobFilter(
            state=self.state,
            attention=self.attention,
            pipeline=self.pipeline,
            source=self.source,
            batch_id=self.batch,
            submitter=self.submitter,
            failure_code=self.failure,
            step=self.step,
            text=self.text if self.text and len(self.text) >= TEXT_MIN else None,
            since=now - self.submitted.span if self.submitted else None,
            failed_since=self.failed.since(now) if self.failed else None,
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the state narrows the list."""
        return self.without_state != ListQuery()

    @property
    def text_is_short(self) -> bool:
        """Whether a text was given that is too short to search for."""
        return self.text is not None and len(self.text) < TEXT_MIN

    @property
    def without_state(self) -> "ListQuery":
        """The filters alone."""
        return replace(self, state=None, attention=None, before=None)

    @property
    def cleared(self) -> str:
        """The address of the same tab without any filter."""
        return ListQuery(state=self.state, attention=self.attention).address

    @property
    def has_more(self) -> bool:
        """Whether a filter is set that is not always in sight."""
        return self.step is not None or any((self.source, self.submitter, self.submitted, self.failed))

    @property
    def address(self) -> str:
        """The address of this view."""
        return self.under("/ingestion")

    @property
    def first_page(self) -> str:
        """The address of the newest rows under the same filters."""
        return replace(self, before=None).address

    def under(self, path: str) -> str:
        """Return an address with these filters under another path."""
        given = self.fields
        return f"{path}?{urlencode(given)}" if given else path

    def with_state(self, state: State | None) -> str:
        """Return the address of the same filters in another state."""
        return replace(self, state=state, attention=None, before=None).address

    def with_attention(self, attention: Attention) -> str:
        """Return the address of the same filters among what asks for this attention."""
        return replace(self, state=None, attention=attention, before=None).address

    def of_submitter(self, name: str) -> str:
        """Return the address of what one person submitted, under the same filters."""
        return replace(self, submitter=name, before=None).address

    def without(self, name: str) -> str:
        """Return the address of this list without one of its filters."""
        return replace(self, before=None, **{name: None}).address

    def older(self, before: UUID) -> str:
        """Return the address of the rows before a job."""
        return replace(self, before=before).address

    @property
    def filters(self) -> dict[str, str]:
        """The fields of the list as a whole: without the place in it, and without a text that narrows nothing."""
        return replace(self, before=None, text=None if self.text_is_short else self.text).fields

    @property
    def fields(self) -> dict[str, str]:
        """The query's fields, only those that are set."""
        step = NO_STEP if self.step == "" else self.step
        known = {
            "state": self.state, "attention": self.attention, "pipeline": self.pipeline, "source": self.source,
            "batch": self.batch, "submitter": self.submitter, "failure": self.failure, "step": step, "q": self.text,
            "submitted": self.submitted, "failed": self.failed, "before": self.before,
        }  # fmt: skip
        return {name: str(value) for name, value in known.items() if value is not None}


def read_query(given: Mapping[str, str]) -> ListQuery:
    """Read the filters of an address. An attention goes before a state, as it implies one."""
    attention = _among(Attention, given.get("attention"))
    return ListQuery(
        state=None if attention else _among(State, given.get("state")),
        attention=attention,
        pipeline=(given.get("pipeline") or "")[:63] or None,
        source=next((kind for kind in SOURCES if kind == given.get("source")), None),
        batch=read_id(given.get("batch")),
        submitter=(given.get("submitter") or "")[:200] or None,
        failure=code if is_code(code := given.get("failure", "")) else None,
        step={"": None, NO_STEP: ""}.get(step := (given.get("step") or "")[:63], step),
        submitted=_among(Submitted, given.get("submitted")),
        failed=_among(Window, given.get("failed")),
        text=" ".join((given.get("q") or "").split())[:TEXT_MAX] or None,
        before=read_id(given.get("before")),
    )


def read_id(text: str | None) -> UUID | None:
    """Return an id, None for anything that is not one."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def read_name(text: str | None) -> str | None:
    """Return a sign-in name to go on from, None for anything that cannot be one."""
    return text if text and text.isprintable() and len(text) <= 128 else None


def _among(words: type[Word], text: str | None) -> Word | None:
    return next((word for word in words if word.value == text), None)
