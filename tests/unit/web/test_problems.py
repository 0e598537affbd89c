import psycopg
import pytest
from litestar.exceptions import ClientException, HTTPException, NotFoundException, ValidationException
from psycopg_pool import PoolTimeout
from structlog.testing import capture_logs

from tidegate.domain.actor import Permission, Role
from tidegate.domain.failures import FailureCode
from tidegate.domain.refusals import Conflict, Forbidden, Invalid, NotFound, TooLarge, TooMany, Unauthenticated
from tidegate.pipeline.step import StepFailed
from tidegate.web.problems import problem_for

SECRET = "postgresql://u:hunter2@db/x"


@pytest.mark.parametrize(
    ("exception", "status", "code"),
    [
        (Invalid("bad_login", "A name has letters."), 400, "bad_login"),
        (Unauthenticated("not_signed_in", "Sign in first."), 401, "not_signed_in"),
        (Forbidden(Permission.JOB_RETRY, Role.POWER_USER), 403, "forbidden"),
        (NotFound("job_not_found", "There is no such job."), 404, "job_not_found"),
        (Conflict("job_changed", "The job has changed.", state="running"), 409, "job_changed"),
        (TooLarge("file_too_large", "Too large.", limit=1), 413, "file_too_large"),
        (TooMany("too_many_requests", "Wait.", retry_after=7), 429, "too_many_requests"),
        (StepFailed(FailureCode.FILE_TOO_LARGE, SECRET, limit=5), 413, "file_too_large"),
        (StepFailed(FailureCode.STORAGE_UNAVAILABLE, SECRET), 503, "storage_unavailable"),
        (psycopg.OperationalError(SECRET), 503, "database_away"),
        (PoolTimeout(SECRET), 503, "database_away"),
        (psycopg.DataError(SECRET), 400, "invalid_request"),
        (psycopg.IntegrityError(SECRET), 500, "internal"),
        (RecursionError(SECRET), 400, "malformed_body"),
        (KeyError(SECRET), 500, "internal"),
        (NotFoundException(SECRET), 404, "not_found"),
        (ClientException(SECRET), 400, "invalid_request"),
        (HTTPException(SECRET, status_code=418), 400, "invalid_request"),
        (HTTPException(SECRET, status_code=500), 500, "internal"),
        (ValidationException(SECRET, extra=[{"key": "data", "message": SECRET}]), 400, "invalid_request"),
    ],
)
def test_each_exception_is_a_problem_that_tells_no_secret(exception: Exception, status: int, code: str) -> None:
    with capture_logs() as logs:
        problem = problem_for(exception)
    body = problem.body("/here", "req-1")
    assert (problem.status, problem.code, body["status"], body["code"]) == (status, code, status, code)
    assert "hunter2" not in f"{problem} {body} {logs}"
    assert str(body["detail"])[-1:] in {".", "d"}


def test_facts_travel_and_never_replace_the_standard_members() -> None:
    body = problem_for(Conflict("job_changed", "It has changed.", state="running", status=200, title="other")).body("/x", "r")
    assert (body["state"], body["status"], body["title"]) == ("running", 409, "Job changed")


def test_headers_go_with_what_they_explain() -> None:
    assert problem_for(TooMany("x", "y", retry_after=7)).headers["Retry-After"] == "7"
    assert "WWW-Authenticate" in problem_for(Unauthenticated("x", "y")).headers
    assert problem_for(NotFound("x", "y")).headers == {}
