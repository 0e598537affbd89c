from datetime import timedelta

import pytest

from tests.unit.console.samples import CLOCK, NOW, actor, ago, job
from tidegate.console.shown.rows import attempt_text, row
from tidegate.domain.actor import Role
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import Attention, Outcome, State
from tidegate.ledger.views import JobSummary

GRACE = actor(Role.POWER_USER)
UNREACHABLE = FailureCode.SOURCE_UNREACHABLE


def acknowledged() -> JobSummary:
    return job(
        State.FAILED, failure_code=FailureCode.DOCUMENT_CORRUPT, attention=Attention.ACKNOWLEDGED, acknowledged_by="ada",
        acknowledged_reason="Sent again.", acknowledged_at=NOW,
    )  # fmt: skip


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


def test_a_row_that_left_its_list_says_what_it_is_now() -> None:
    assert row(job(State.QUEUED), GRACE, CLOCK, here=False).left == "It has left this list: it is queued now."
    assert row(acknowledged(), GRACE, CLOCK, here=False).left == "It has left this list: it is acknowledged now."
    assert row(job(State.QUEUED), GRACE, CLOCK).left == ""


def test_an_acknowledged_failure_is_not_red_and_says_who_and_why() -> None:
    shown = row(acknowledged(), GRACE, CLOCK)
    assert (shown.mark.word, shown.mark.icon, shown.mark.tone) == ("Failed", "state-failed", "acknowledged")
    assert (shown.line, shown.tone, shown.standing) == ("The document is damaged.", "quiet", "Failed, acknowledged")
    assert shown.note is not None
    assert shown.note.text == "Acknowledged by ada: Sent again."
    assert (shown.acknowledged, shown.retry.yes) == (True, True)


def test_a_failure_that_later_succeeded_is_not_red() -> None:
    shown = row(job(State.SUCCEEDED, attempt_no=3, attention=Attention.RECOVERED, outcome=Outcome.INGESTED), GRACE, CLOCK)
    assert (shown.mark.tone, shown.tone, shown.note and shown.note.text) == ("succeeded", "quiet", "Recovered by attempt 3")


def test_a_retry_says_so_while_it_runs_and_by_its_line_while_it_waits() -> None:
    running = row(job(State.RUNNING, attempt_no=2, attention=Attention.RETRYING), GRACE, CLOCK)
    waiting = row(job(State.QUEUED, attempt_no=2, attention=Attention.RETRYING, failure_code=UNREACHABLE), GRACE, CLOCK)
    assert running.note is not None
    assert running.note.text == "Retrying, attempt 2"
    assert (waiting.note, waiting.line) == (None, "Queued again after: The source did not answer.")


def test_a_viewer_is_told_which_role_an_acknowledgement_needs() -> None:
    failed = job(State.FAILED, failure_code=FailureCode.DOCUMENT_CORRUPT, attention=Attention.UNRESOLVED)
    shown = row(failed, actor(Role.VIEWER), CLOCK)
    assert (shown.acknowledge.yes, shown.acknowledge.why_not) == (False, "This needs the role power user; yours is viewer.")
