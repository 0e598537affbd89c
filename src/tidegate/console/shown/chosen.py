"""The jobs that an act on many is about: a list's filters, chosen ids, or both; as an address and as fields of a form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from tidegate.console.shown.filters import ListQuery, read_id, read_query
from tidegate.domain.refusals import Invalid
from tidegate.ledger.views import JobFilter

IDS_LIMIT = 200
"""Ids of one address: 8 KiB, which is what proxies take."""

NARROWING = (
    "state", "attention", "pipeline", "source", "batch", "submitter", "failure", "step", "q", "submitted", "failed",
)  # fmt: skip


@dataclass(frozen=True)
class Chosen:
    """Filters and ids; `ids` None narrows nothing, an empty one leaves nothing."""

    query: ListQuery
    ids: tuple[UUID, ...] | None = None

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The same set as names and values."""
        return [*self.query.fields.items(), *(("id", str(id)) for id in self.ids or ())]

    def narrowed_at(self, moment: datetime) -> JobFilter:
        """Return the filter as it was at a moment, so that an hour that turns does not change the set between two requests."""
        return msgspec.structs.replace(self.query.narrowed_at(moment), ids=self.ids)

    def under(self, path: str, **more: str) -> str:
        """Return the address of a page about this set."""
        return f"{path}?{urlencode([*self.fields, *more.items()])}"


def read_chosen(given: Mapping[str, str], ids: Sequence[str]) -> Chosen:
    """Read the set of an address or a form. Raises Invalid for what it does not know: left out, it would widen the set.

    Beside an attention, which implies a state, a state says nothing.
    """
    query = replace(read_query(given), before=None)
    read = {*query.fields, *(["state"] if query.attention else [])}
    if any(given.get(name) and name not in read for name in NARROWING) or query.text_is_short:
        raise Invalid("unknown_filter", "These jobs are narrowed by something that is not known, so nothing is done to them.")
    if len(ids) > IDS_LIMIT:
        raise Invalid("too_many_jobs", "At most {limit} jobs may be chosen one by one.", limit=IDS_LIMIT)
    known = tuple(dict.fromkeys(id for text in ids if (id := read_id(text))))
    return Chosen(query, known if ids else None)
