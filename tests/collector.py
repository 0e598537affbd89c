"""A collector of traces: takes OTLP over HTTP as a real one does, keeps what came, and tells the spans in plain words."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.message import Message
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse
from opentelemetry.proto.trace.v1.trace_pb2 import Status


@dataclass(frozen=True)
class Seen:
    """A span as it arrived; ids are hexadecimal, `parent` is empty for the first of a trace."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    failed: str | None
    facts: dict[str, str | int | bool]


@dataclass
class Collector:
    """What came, and where to send it."""

    endpoint: str = ""
    bodies: list[bytes] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process send its spans here, a batch every 50 ms."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": self.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "50"}

    def spans(self) -> list[Seen]:
        """Return everything that came so far."""
        return [span for body in list(self.bodies) for span in _spans(body)]

    def texts(self) -> set[str]:
        """Return every text in whatever field of whatever came, each once."""
        return {text for body in list(self.bodies) for text in _texts(ExportTraceServiceRequest.FromString(body))}

    def named(self, name: str) -> list[Seen]:
        """Return the spans of a name."""
        return [span for span in self.spans() if span.name == name]


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector on a free port."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert (self.path, self.headers["Content-Type"]) == ("/v1/traces", "application/x-protobuf")
            collector.bodies.append(body)
            collector.keys.add(self.headers.get("X-Key", ""))
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _texts(message: Message) -> Iterator[str]:
    for _, value in message.ListFields():
        for one in [value] if isinstance(value, str | bytes | Message) or not isinstance(value, Iterable) else value:
            if isinstance(one, Message):
                yield from _texts(one)
            elif isinstance(one, str):
                yield one


def _spans(body: bytes) -> Iterator[Seen]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = {one.key: one.value.string_value for one in resource.resource.attributes}["service.name"]
        for scope in resource.scope_spans:
            for span in scope.spans:
                assert not span.events, "no event is ever recorded: an exception's would carry its text"
                failed = span.status.message if span.status.code == Status.STATUS_CODE_ERROR else None
                facts = {one.key: getattr(one.value, one.value.WhichOneof("value") or "") for one in span.attributes}
                yield Seen(
                    service, span.name, span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(), failed, facts
                )  # fmt: skip
