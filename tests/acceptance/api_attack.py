"""Schemathesis against a running server, as one visitor: what it sent, and what it found wrong with the answers."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from tests.acceptance.route_table import Route, matrix

ENDLESS = "/api/ingestion/stream"
"""Never ends, so it is left to test_api_stream.py."""

COVERAGE_COUNT = 20
"""From so many on, every border of every parameter is tried too: about 850 requests a visitor, too many for the suite."""

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
LEFT_OUT = (
    "positive_data_acceptance",  # a URL's host, a page token, a login's letters: the schema cannot say all that is refused
    "negative_data_rejection",  # a body's nulls and a query's extra parameters are let pass on purpose
    "missing_required_header",
    "unsupported_method",  # test_route_matrix.py asserts it for every path
    "allow_header_conformance",
    "use_after_free",
    "ensure_resource_availability",
    "ignored_auth",  # test_route_matrix.py asserts every route without a credential
    "object_level_authorization",
)

Headers = dict[str, str]
Come = Callable[[], Coroutine[Any, Any, Headers]]
"""Makes a new visitor of the same kind and returns what proves it."""


@dataclass
class Attack:
    """One visitor's attempts. Runs in a thread of its own; visitors are made on the test's loop."""

    visitor: str
    come: Come
    loop: asyncio.AbstractEventLoop
    phases: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: dict[str, str] = field(default_factory=dict)
    reached: set[Route] = field(default_factory=set)
    _headers: Headers = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def sent(self) -> int:
        """The number of requests that were answered."""
        return sum(self.statuses.values())

    def run(self, url: str, count: int, seed: int) -> None:
        """Attack every operation `count` times, examples, borders and chains of calls included."""
        self._renew()
        described = schemathesis.openapi.from_url(f"{url}/api/openapi.json", config=configuration(url, count, seed))
        schema = described.exclude(path=ENDLESS)
        self._hook()
        try:
            for event in from_schema(schema).execute():
                if isinstance(event, events.ScenarioFinished):
                    self._note(event)
                elif isinstance(event, events.NonFatalError | events.FatalError):
                    self.wrong[f"{type(event).__name__} {getattr(event, 'label', '')}"] = repr(getattr(event, "value", event))
        finally:
            schemathesis.hooks.unregister_all()  # the library keeps them for the whole process

    def _hook(self) -> None:
        def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
            case.headers.update(self._headers)

        def after_call(context: Any, case: Any, response: Any) -> None:
            self._judge(case, response)

        schemathesis.hook(before_call)
        schemathesis.hook(after_call)

    def _judge(self, case: Any, response: Any) -> None:
        """Judge the answer against the matrix; whoever lost their own session or role is replaced by another."""
        route = (case.method.upper(), case.path)
        known = route in matrix().cells
        self.statuses[response.status_code] += 1
        self.reached.add(route)
        if response.status_code >= 500:
            self.wrong[f"{' '.join(route)} answers {response.status_code}"] = response.text[:500]
        if known and response.status_code < 400 and not matrix().may(self.visitor, route):
            self.wrong[f"{' '.join(route)} escapes"] = response.text[:500]
        if known and response.status_code in {401, 403} and matrix().may(self.visitor, route) and self._headers:
            self._renew()

    def _note(self, event: events.ScenarioFinished) -> None:
        self.phases[event.phase.value] += len(event.recorder.interactions)
        for checks in event.recorder.checks.values():
            for node in checks:
                if node.failure_info is not None:
                    failure = node.failure_info.failure
                    self.wrong[f"{event.recorder.label}: {node.name}: {failure.title}"] = (
                        f"{failure.message}\n{node.failure_info.code_sample}"
                    )

    def _renew(self) -> None:
        with self._lock:
            self._headers = asyncio.run_coroutine_threadsafe(self.come(), self.loop).result(30)


def configuration(url: str, count: int, seed: int) -> SchemathesisConfig:
    """Return the settings of a run that repeats itself under the same seed and stores nothing."""
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "base-url": url,
            "request-timeout": 20,
            "continue-on-failure": True,
            "generation": {"max-examples": count, "database": "none", "no-shrink": True, "with-security-parameters": False},
            "phases": {"stateful": {"max-steps": 8}, "coverage": {"enabled": count >= COVERAGE_COUNT, "unexpected-methods": []}},
            "checks": {name: {"enabled": name in CHECKS} for name in (*CHECKS, *LEFT_OUT)},
            "reports": {},
        }
    )
