"""Every refusal and every error as a problem (RFC 9457), in words that are safe to show.

Only a Refusal brings its own words. Whatever else was raised is told by a fixed text of ours; its message, which may
hold rows, paths or addresses, goes nowhere.
"""

import secrets
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, cast

import msgspec
import psycopg
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import ParameterKwarg

from tidegate.db.connect import AWAY, sqlstate
from tidegate.domain.failures import FailureCode
from tidegate.domain.refusals import Refusal
from tidegate.domain.sentences import Sentence
from tidegate.pipeline.step import StepFailed
from tidegate.web.who import request_id_of

MEDIA_TYPE = "application/problem+json"
AWAY_RETRY_SECONDS = 2
FRAMES = 8
"""Innermost code positions that a log line names: enough to find the place, and none of its values."""

_SAFE_MESSAGES = ("Expected ", "Object missing required field", "Object contains unknown field", "Invalid UUID")
_TEXTS: Mapping[int, tuple[str, str]] = {
    401: ("not_signed_in", "Sign in first."),
    403: ("forbidden", "This is not allowed."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take such a request."),
    413: ("body_too_large", "The request is larger than this address takes."),
    429: ("too_many_requests", "Too many requests: wait a little."),
}
_AUTHENTICATE = {"WWW-Authenticate": 'Bearer realm="tidegate"'}

log = structlog.get_logger("tidegate.web")


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one part of a request; `source` is body, query, path, header or cookie."""

    field: str
    message: str
    source: str = "body"


class ProblemBody(msgspec.Struct, kw_only=True, rename={"kind": "type"}):
    """A problem as it is sent; some carry more members, such as `state` or `needs`."""

    kind: str
    title: str
    status: int
    detail: str
    code: str
    instance: str
    request_id: str
    errors: list[FieldError] = []


@dataclass(frozen=True)
class Problem:
    """What went wrong: a stable `code`, a safe `pattern` of a sentence, typed `facts`, and the headers that go with it."""

    status: int
    code: str
    pattern: str
    facts: Mapping[str, str | int] = field(default_factory=dict)
    errors: tuple[FieldError, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The code in plain letters: the same for each problem of a kind."""
        return self.code.replace("_", " ").capitalize()

    @property
    def sentence(self) -> Sentence:
        """What a reader is told."""
        return Sentence(self.pattern, self.facts)

    def body(self, instance: str, request_id: str) -> dict[str, object]:
        """Return the members of the JSON object; facts never replace the standard ones."""
        detail = f"{self.errors[0].field}: {self.errors[0].message}" if self.errors else str(self.sentence)
        standard = {
            "type": f"urn:tidegate:problem:{self.code}", "title": self.title, "status": self.status, "detail": detail,
            "code": self.code, "instance": instance, "request_id": request_id,
        }  # fmt: skip
        facts = {name: int(value) if isinstance(value, int) else value for name, value in self.facts.items()}
        return {**facts, **({"errors": self.errors} if self.errors else {}), **standard}


ProblemPage = Callable[[Request[Any, Any, Any], Problem], Response[Any]]
"""How the console shows a problem to a browser."""


def handle(request: Request[Any, Any, Any], exception: Exception) -> Response[Any]:
    """Answer a request that ended in an exception: a page for a browser on the console, else a JSON problem."""
    if isinstance(exception, ValidationException):
        _name_as_sent(request, exception)
    problem = problem_for(exception)
    page: ProblemPage | None = request.app.state.problem_page
    if page is not None and wants_page(request):
        return page(request, problem)
    return problem_response(request, problem)


def problem_response(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    """Return the JSON answer of a problem."""
    body = problem.body(request.url.path, request_id_of(request.scope))
    return Response(body, status_code=problem.status, headers=dict(problem.headers), media_type=MEDIA_TYPE)


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """Tell whether a person's browser asks for a page, rather than a program or a script for data."""
    machine = request.url.path.startswith(("/api/", "/health/", "/metrics"))
    return not machine and "text/html" in request.headers.get("accept", "")


def problem_for(exception: Exception) -> Problem:
    """Return the problem that an exception is to the one who asked; what nobody foresaw is logged with a reference."""
    return next((tell(exception) for kinds, tell in _TELLERS if isinstance(exception, kinds)), None) or _internal(exception)


def declared(*statuses: int) -> dict[int, ResponseSpec]:
    """Return the `responses` of a route's OpenAPI description: these statuses, each a problem."""
    return {
        status: ResponseSpec(ProblemBody, generate_examples=False, description=HTTPStatus(status).phrase, media_type=MEDIA_TYPE)
        for status in statuses
    }


def _refused(refusal: Refusal) -> Problem:
    headers = dict(_AUTHENTICATE) if refusal.status == 401 else {}
    if "retry_after" in refusal.facts:
        headers["Retry-After"] = str(refusal.facts["retry_after"])
    return Problem(refusal.status, refusal.code, refusal.sentence.pattern, refusal.facts, headers=headers)


def _content(failed: StepFailed) -> Problem:
    """Tell what the content store refuses."""
    code, told = failed.failure.code, failed.failure.sentence
    if code == FailureCode.FILE_TOO_LARGE:
        return Problem(413, str(code), told.pattern, told.values)
    _report("storage_failed", failed)
    return Problem(503, str(code), told.pattern, told.values, headers={"Retry-After": "10"})


def _away(exception: Exception) -> Problem:
    log.warning("database_away", error=type(exception).__name__)
    headers = {"Retry-After": str(AWAY_RETRY_SECONDS)}
    return Problem(503, "database_away", "The database does not answer at the moment. Nothing was changed.", headers=headers)


def _unstorable(error: psycopg.DataError) -> Problem:
    """Tell of a value that PostgreSQL has no room for: a NUL in a text, a number out of range."""
    _report("unstorable_value", error, sqlstate=sqlstate(error))
    return Problem(400, "invalid_request", "The request holds a value that cannot be stored or looked for.")


def _too_deep(error: RecursionError) -> Problem:
    """Tell of a body nested beyond what any of ours is; logged, lest it be a fault of ours after all."""
    _report("too_deep", error)
    return Problem(400, "malformed_body", "The body of the request is nested too deeply.")


def _http(exception: HTTPException) -> Problem | None:
    status, headers = exception.status_code, dict(exception.headers or {})
    if status >= 500:
        return None
    if status in _TEXTS:
        headers |= _AUTHENTICATE if status == 401 else {}
        return Problem(status, _TEXTS[status][0], _TEXTS[status][1], headers=headers)
    if isinstance(exception.__cause__, SerializationException):
        return Problem(400, "malformed_body", "The body of the request is not valid JSON.")
    errors = tuple(_field_error(entry) for entry in exception.extra or [] if isinstance(entry, dict))
    return Problem(400, "invalid_request", "The request cannot be understood.", errors=errors)


def _name_as_sent(request: Request[Any, Any, Any], exception: ValidationException) -> None:
    """Call parameters as the client does, where our own name for one differs (`state` is taken by the framework)."""
    parameters = request.route_handler.parsed_fn_signature.parameters
    for entry in cast(list[dict[str, Any]], exception.extra or []):
        ours = parameters.get(entry.get("key", ""))
        if ours is not None and isinstance(ours.kwarg_definition, ParameterKwarg) and ours.kwarg_definition.name:
            entry["key"] = ours.kwarg_definition.name


def _field_error(entry: Mapping[str, Any]) -> FieldError:
    """Keep what tells types apart; any other text may be an exception's own."""
    message = str(entry.get("message", ""))
    if message.startswith("Invalid enum value"):
        message = "is none of the values that this takes"
    elif not message.startswith(_SAFE_MESSAGES):
        message = "is not valid"
    source = entry.get("source", "body")
    return FieldError(str(entry.get("key", "request")), message, str(getattr(source, "value", source)))


def _internal(exception: Exception) -> Problem:
    reference = f"E-{secrets.token_hex(6)}"
    _report("internal_error", exception, reference=reference)
    return Problem(500, "internal", "Something went wrong on our side. The reference helps an administrator to find out what.",
                   {"reference": reference})  # fmt: skip


def _report(event: str, exception: BaseException, **facts: str) -> None:
    """Log an exception by its types and its places in the code; its messages may hold secrets."""
    chain: list[str] = []
    link: BaseException | None = exception
    while link is not None and len(chain) < FRAMES:
        chain.append(type(link).__qualname__)
        link = link.__cause__ or link.__context__
    frames = traceback.extract_tb(exception.__traceback__)[-FRAMES:]
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    log.error(event, errors=chain, places=places, **facts)


_TELLERS: tuple[tuple[Any, Callable[[Any], Problem | None]], ...] = (
    (Refusal, _refused),
    (StepFailed, _content),
    (AWAY, _away),
    (psycopg.DataError, _unstorable),
    (RecursionError, _too_deep),
    (HTTPException, _http),
)
