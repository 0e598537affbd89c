"""The list's filters as people set them: what there is to choose from, and a chip for each that is set."""

from collections.abc import Iterable
from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.shown import failing
from tidegate.console.shown.filters import NO_STEP, SOURCES, ListQuery, Submitted
from tidegate.operations.causes import Window

Choice = tuple[str, str]
"""A value as it stands in the address, and its words."""


@dataclass(frozen=True)
class Chip:
    """A filter that is set; `url` leads to the list without it."""

    name: str
    value: str
    icon: str
    url: str


def sources() -> list[Choice]:
    """Return where documents come from."""
    return [(source, _(SOURCE_WORDS[source])) for source in SOURCES]


def submitted() -> list[Choice]:
    """Return how long ago a job may have been submitted."""
    return [(span.value, _(SUBMITTED_WORDS[span])) for span in Submitted]


def failed() -> list[Choice]:
    """Return how long ago a job may have failed; the window of all time is no filter."""
    return [(window.value, _(FAILED_WORDS[window])) for window in FAILED_WORDS]


def steps(query: ListQuery, names: Iterable[str]) -> list[Choice]:
    """Return at which step a job may have failed: the known ones, and the one that is asked for."""
    known = list(dict.fromkeys([*names, *([query.step] if query.step else [])]))
    return [*((name, name) for name in known), (NO_STEP, _("Before the first step"))]


def chips(query: ListQuery, batch_label: str = "") -> list[Chip]:
    """Return a chip for each filter that is set."""
    failure = failing.title(query.failure) if query.failure else ""
    known = (
        ("text", _("Name has"), query.text, "search"),
        ("pipeline", _("Pipeline"), query.pipeline, "list"),
        ("failure", _("Failure"), failure, "state-failed"),
        ("batch", _("Batch"), (batch_label or _("one batch")) if query.batch else "", "batch"),
        ("source", _("Source"), _(SOURCE_WORDS[query.source]) if query.source else "", "document"),
        ("submitter", _("Submitted by"), query.submitter, "person"),
        ("step", _("Failed at"), _("Before the first step") if query.step == "" else query.step, "next"),
        ("submitted", _("Submitted"), _(SUBMITTED_WORDS[query.submitted]) if query.submitted else "", "clock"),
        ("failed", _("Failed"), _(FAILED_WORDS[query.failed]) if query.failed in FAILED_WORDS else "", "clock"),
    )
    return [Chip(name, value, icon, query.without(field)) for field, name, value, icon in known if value]


SOURCE_WORDS = {
    "upload": "Upload",
    "folder": "Folder",
    "url": "Web address",
    "store": "Document store",
    "remote": "Store elsewhere",
}

SUBMITTED_WORDS = {
    Submitted.HOUR: "Last hour",
    Submitted.DAY: "Last 24 hours",
    Submitted.WEEK: "Last 7 days",
    Submitted.MONTH: "Last 30 days",
}

FAILED_WORDS = {
    Window.DAY: "Last 24 hours",
    Window.WEEK: "Last 7 days",
    Window.MONTH: "Last 30 days",
}
