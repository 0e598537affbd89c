"""What the rest of the program knows of tracing: open a span, tell facts of a closed vocabulary, carry the context on.

Nothing here takes a free text. A span's name is made of words of our own, and a fact is an id, a code, a number or the
name of a pipeline, a step or a route, so that nothing of a document, an address or an exception can get into a trace.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from typing import Protocol

TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""The only form of a context that is taken from outside or kept (W3C Trace Context, version 00)."""


class Kind(StrEnum):
    """What a span is to its neighbours, as OpenTelemetry has it."""

    INTERNAL = "internal"
    SERVER = "server"
    PRODUCER = "producer"
    CONSUMER = "consumer"


class Fact(StrEnum):
    """All that a span may tell; those without our prefix are OpenTelemetry's semantic conventions."""

    METHOD = "http.request.method"
    ROUTE = "http.route"
    STATUS = "http.response.status_code"
    ERROR = "error.type"
    ACTION = "tidegate.action"
    REFUSAL = "tidegate.refusal"
    TICKETS = "tidegate.tickets"
    JOB = "tidegate.job.id"
    ATTEMPT = "tidegate.attempt"
    PIPELINE = "tidegate.pipeline"
    STEP = "tidegate.step"
    STEPS_RESUMED = "tidegate.steps.resumed"
    OUTCOME = "tidegate.outcome"
    CODE = "tidegate.failure.code"
    RETRIED = "tidegate.retried"
    SIZE = "tidegate.document.bytes"
    PAGES = "tidegate.document.pages"
    PASSAGES = "tidegate.document.passages"


Facts = Mapping[Fact, str | int | bool]


class Span(Protocol):
    """Something that is being done."""

    def tell(self, fact: Fact, value: str | int | bool) -> None:
        """Add a fact."""

    def fail(self, code: str) -> None:
        """Mark it as failed, by a code and nothing else."""


class Tracing(Protocol):
    """Where spans go."""

    def span(
        self, name: str, facts: Facts, kind: Kind = Kind.INTERNAL, *, parent: str | None = None
    ) -> AbstractContextManager[Span]:
        """Open a span below the current one, or below `parent` (a traceparent). What is raised within is not recorded."""

    def here(self) -> str | None:
        """Return the current span as a traceparent, to be carried to another process; None outside of any."""

    def close(self) -> None:
        """Send what waits. May block for as long as the exporter's time limit."""


class _Silence:
    """Tracing that is off: a span and a tracer in one, without state."""

    def tell(self, fact: Fact, value: str | int | bool) -> None:
        pass

    def fail(self, code: str) -> None:
        pass

    @contextmanager
    def span(self, name: str, facts: Facts, kind: Kind = Kind.INTERNAL, *, parent: str | None = None) -> Iterator[Span]:  # noqa: ARG002
        yield self

    def here(self) -> str | None:
        return None

    def close(self) -> None:
        pass


SILENT: Tracing = _Silence()
"""Tracing that is off."""


def traceparent_in(text: str | None) -> str | None:
    """Return a traceparent that came from outside if it has the form, else None: it is not worth refusing a request for."""
    return text if text is not None and TRACEPARENT.fullmatch(text) else None
