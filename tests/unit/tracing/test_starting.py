"""When traces are asked for, and which contexts are taken from outside."""

import pytest

from tidegate.tracing.port import SILENT, Fact, traceparent_in
from tidegate.tracing.starting import start, wanted

AT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
CONTEXT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        (AT, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False),
        (AT | {"OTEL_SDK_DISABLED": "true"}, False),
        (AT | {"OTEL_SDK_DISABLED": "false"}, True),
        (AT | {"OTEL_TRACES_EXPORTER": "none"}, False),
        (AT | {"OTEL_TRACES_EXPORTER": ""}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, False),
    ],
)
def test_the_environment_asks_for_traces(environment: dict[str, str], expected: bool) -> None:
    assert wanted(environment) is expected


def test_unasked_it_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in AT:
        monkeypatch.delenv(name, raising=False)
    tracing = start("tidegate serve")
    assert tracing is SILENT
    with tracing.span("x", {Fact.ATTEMPT: 1}, parent=CONTEXT) as span:
        span.tell(Fact.CODE, "internal")
        span.fail("internal")
        assert tracing.here() is None


@pytest.mark.parametrize(
    "text",
    [
        None, "", CONTEXT.upper(), CONTEXT[:-1], f"{CONTEXT}-more", f" {CONTEXT}", CONTEXT.replace("00-4", "ff-4"),
        f"00-{'0' * 32}-00f067aa0ba902b7-01", f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01", "a name of a document",
    ],
)  # fmt: skip
def test_what_is_no_context_is_passed_over(text: str | None) -> None:
    assert traceparent_in(text) is None


def test_a_context_is_taken() -> None:
    assert traceparent_in(CONTEXT) == CONTEXT
