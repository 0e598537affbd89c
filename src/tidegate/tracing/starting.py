"""Whether to trace, by OpenTelemetry's own environment variables. The library is imported only when they ask for it."""

import os
from collections.abc import Mapping
from importlib.util import find_spec

import structlog

from tidegate.tracing.port import SILENT, Tracing

log = structlog.get_logger("tidegate.tracing")

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""One of them must name the collector: without, the exporter would send to this machine, whether anything listens or not."""


def wanted(environment: Mapping[str, str]) -> bool:
    """Tell whether traces are asked for."""
    off = environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    exporter = environment.get("OTEL_TRACES_EXPORTER", "otlp").strip() or "otlp"
    return not off and exporter == "otlp" and any(environment.get(name, "").strip() for name in ENDPOINTS)


def start(name: str) -> Tracing:
    """Return tracing as the environment asks for it. `name` is the service's, where OTEL_SERVICE_NAME gives none."""
    if not wanted(os.environ):
        return SILENT
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter") is None:
        log.warning("tracing_not_installed", extra="otel")
        return SILENT
    from tidegate.tracing.otlp import Otlp  # noqa: PLC0415

    return Otlp(name.replace(" ", "-"), os.environ)
