"""The list's filters as an address: read from it, written back to it, so that every view can be shared."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import State
from tidegate.ledger.views import JobFilter
from tidegate.operations.reading import TEXT_MIN

TEXT_MAX = 200

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True)
class ListQuery:
    """What a list shows: filters and the place in it. What an address says wrongly is left out, not refused."""

    state: State | None = None
    pipeline: str | None = None
    batch: UUID | None = None
    failure: FailureCode | None = None
    text: str | None = None
    before: UUID | None = None

    @property
    def narrowed(self) -> JobFilter:
        """As the ledger takes it; a text that is too short to search for is left out."""
        text = self.text if self.text and len(self.text) >= TEXT_MIN else None
        return JobFilter(state=self.state, pipeline=self.pipeline, batch_id=self.batch, failure_code=self.failure, text=text)

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
        return replace(self, state=None, before=None)

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
        return replace(self, state=state, before=None).address

    def older(self, before: UUID) -> str:
        """Return the address of the rows before a job."""
        return replace(self, before=before).address

    @property
    def fields(self) -> dict[str, str]:
        """The query's fields, only those that are set."""
        known = {
            "state": self.state, "pipeline": self.pipeline, "batch": self.batch, "failure": self.failure,
            "q": self.text, "before": self.before,
        }  # fmt: skip
        return {name: str(value) for name, value in known.items() if value}


def read_query(given: Mapping[str, str]) -> ListQuery:
    """Read the filters of an address."""
    return ListQuery(
        state=_among(State, given.get("state")),
        pipeline=(given.get("pipeline") or "")[:63] or None,
        batch=read_id(given.get("batch")),
        failure=_among(FailureCode, given.get("failure")),
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
