from datetime import timedelta

import pytest

from tests.unit.console.samples import CLOCK, NOW, actor, ago, job
from tidegate.console.shown.rows import attempt_text, row
from tidegate.domain.actor import Role
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import Outcome, State
from tidegate.ledger.views import JobFilter

GRACE = actor(Role.POWER_USER)
UNREACHABLE = FailureCode.SOURCE_UNREACHABLE


@pytest.mark.parametrize(
    ("state", "more", "text"),
    [
        (State.QUEUED, {"queued_at": ago(180)}, "waiting 3 min"),
        (State.RUNNING, {"started_at": ago(12)}, "running 12 s"),
        (State.FAILED, {"ended_at": ago(7200), "failure_code": UNREACHABLE}, "failed 2 h ago"),
        (State.SUCCEEDED, {"outcome": Outcome.INGESTED}, "succeeded 6 min ago"),
        (State.CANCELLED, {}, "cancelled 6 min ago"),
    ],
)
def test_each_state_tells_the_time_that_matters(state: State, more: dict[str, object], text: str) -> None:
    assert row(job(state, **more), GRACE, CLOCK).time.text == text


def test_a_failed_job_says_its_failure_and_offers_the_retry() -> None:
    shown = row(job(State.FAILED, failure_code=FailureCode.DOCUMENT_ENCRYPTED), GRACE, CLOCK)
    assert (shown.line, shown.tone, shown.retry.yes) == ("The document is protected by a password.", "failed", True)


def test_a_viewer_is_told_which_role_a_retry_needs() -> None:
    shown = row(job(State.FAILED, failure_code=FailureCode.DOCUMENT_ENCRYPTED), actor(Role.VIEWER), CLOCK)
    assert (shown.retry.yes, shown.retry.why_not) == (False, "This needs the role power user.")


def test_a_retry_that_does_nothing_is_not_offered() -> None:
    assert not row(job(State.FAILED, failure_code=FailureCode.MALWARE_DETECTED), GRACE, CLOCK).retry.yes


def test_a_waiting_retry_tells_its_number_and_when() -> None:
    waiting = job(State.QUEUED, failure_code=UNREACHABLE, automatic_used=2, attempt_no=3, run_after=NOW + timedelta(seconds=30))
    shown = row(waiting, GRACE, CLOCK)
    assert shown.retry_at is not None
    assert (shown.retry_text, shown.retry_at.text, shown.line) == ("Retry 2 of 5", "in 30 s", "The source did not answer.")
    assert shown.attempt == "Attempt 3 of 6"


def test_an_ended_job_promises_no_further_attempts() -> None:
    assert attempt_text(job(State.FAILED, failure_code=UNREACHABLE, attempt_no=2)) == "Attempt 2"


def test_known_content_is_an_outcome_and_no_failure() -> None:
    shown = row(job(State.SUCCEEDED, outcome=Outcome.DUPLICATE_CONTENT), GRACE, CLOCK)
    assert (shown.line, shown.tone) == ("Known already: the same content was ingested before", "quiet")


def test_a_row_that_left_its_list_says_so() -> None:
    assert not row(job(State.QUEUED), GRACE, CLOCK, JobFilter(state=State.FAILED)).here
    assert row(job(State.QUEUED), GRACE, CLOCK, JobFilter()).here
