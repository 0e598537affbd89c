"""Tracing by OpenTelemetry, sent as OTLP over HTTP. Needs the extra `otel`.

Where to send, headers, sampling, batches and limits are OpenTelemetry's own settings, read by its SDK from `OTEL_*`.
The provider is ours alone: nothing is set globally, and no library is instrumented behind our back.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span as OtelSpan
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from tidegate import __version__
from tidegate.tracing.port import Fact, Facts, Kind, Span

CARRIER = "traceparent"


class _Span:
    """A span that takes facts only; see `port.Span`."""

    def __init__(self, span: OtelSpan) -> None:
        self._span = span

    def tell(self, fact: Fact, value: str | int | bool) -> None:
        self._span.set_attribute(fact.value, value)

    def fail(self, code: str) -> None:
        self._span.set_attribute(Fact.ERROR.value, code)
        self._span.set_status(Status(StatusCode.ERROR, code))


class Otlp:
    """See `port.Tracing`."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self._provider = TracerProvider(resource=_resource(name, environment))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("tidegate", __version__)
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, facts: Facts, kind: Kind = Kind.INTERNAL, *, parent: str | None = None) -> Iterator[Span]:
        """See `port.Tracing`."""
        context = self._propagator.extract({CARRIER: parent}, Context()) if parent else None
        attributes = {fact.value: value for fact, value in facts.items()}
        with self._tracer.start_as_current_span(
            name, context, SpanKind[kind.name], attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            yield _Span(span)

    def here(self) -> str | None:
        """See `port.Tracing`."""
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier.get(CARRIER)

    def close(self) -> None:
        """See `port.Tracing`."""
        self._provider.shutdown()


def _resource(name: str, environment: Mapping[str, str]) -> Resource:
    """Return what all spans share. What the operator calls the service goes before our name for it."""
    given = Resource.create()
    named = environment.get("OTEL_SERVICE_NAME") or SERVICE_NAME in environment.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return given.merge(Resource({SERVICE_VERSION: __version__, **({} if named else {SERVICE_NAME: name})}))
